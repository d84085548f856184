/** What a run may measure. @module */

import { allMeasures, type Measures } from "../../../core/run/measures.ts";
import { usageMeasures } from "../../../kube/component/usage.ts";
import { CREATE_OP, DELETE_OP, READY_OP } from "../load/measured.ts";
import { STOP_OP, STOPPED_OP } from "../stop/measured.ts";
import type { BackupPlan } from "./backup_plan.ts";

/** Whose CPU and memory are looked at. */
export const COMPONENTS = ["operator", "etcd", "backup"] as const;

const OF_LOAD: Measures = {
  counters: [],
  others: [CREATE_OP, READY_OP, DELETE_OP, STOP_OP, STOPPED_OP, "componentRestarts"],
};

const OF_BACKUPS: Measures = {
  counters: [],
  others: [
    ...["backup", "restore"],
    ...["backupJobs", "backupJobsSucceeded", "backupJobsFailed", "backupPods", "backupPodsFailed"],
    ...["staleOutcomes", "ticks", "lostInTick", "lostByError"],
    ...["jobsPerWorkspaceMost", "workspacesRunning", "workspacesStopped", "backupJobsVisible"],
  ],
};

export function measuresOf({ configuration }: Pick<BackupPlan, "configuration">): Measures {
  const usage = usageMeasures(COMPONENTS.map((name) => ({ name })));
  return configuration === undefined
    ? allMeasures(OF_LOAD, usage)
    : allMeasures(OF_LOAD, OF_BACKUPS, usage);
}
