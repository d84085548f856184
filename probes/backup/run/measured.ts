/** What a run may measure. @module */

import { allMeasures, type Measures } from "../../../core/run/measures.ts";
import { BACKUP_MEASURES } from "../accounting/backup_records.ts";
import { CREATE_OP, DELETE_OP, READY_OP } from "../load/measured.ts";
import { RESTORE_MEASURES } from "../restore/restore_sample.ts";
import { STOP_OP, STOPPED_OP } from "../stop/measured.ts";
import { SYSTEM_MEASURES } from "../system/watch_system.ts";
import type { BackupPlan } from "./backup_plan.ts";
import { REPEATED_JOBS } from "./jobs_range.ts";

const OF_LOAD: Measures = {
  counters: [],
  others: [CREATE_OP, READY_OP, DELETE_OP, STOP_OP, STOPPED_OP],
};

/** 0 is an answer of what is looked at only once it is. */
function undeclared({ counters, others }: Measures): Measures {
  return { counters: [], others: [...others, ...counters.map(({ name }) => name)] };
}

export function measuresOf(
  { configuration, restores }: Pick<BackupPlan, "configuration" | "restores">,
): Measures {
  const ofLoad = allMeasures(OF_LOAD, SYSTEM_MEASURES);
  if (configuration === undefined) return ofLoad;
  const ofRestores = restores ? RESTORE_MEASURES : undeclared(RESTORE_MEASURES);
  const ofBackups = { counters: [], others: [REPEATED_JOBS] };
  return allMeasures(ofLoad, undeclared(BACKUP_MEASURES), ofBackups, ofRestores);
}
