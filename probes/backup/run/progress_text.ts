/** How far a stage has come, in a few words for the live line. Judges nothing. @module */

import type { RunStage } from "../../../core/run/run_stage.ts";
import { MISSES } from "../accounting/account.ts";
import type { BackupTotals } from "../accounting/totals.ts";

/** For example `12 of 50 ready`. @param of Infinity: as many as come */
export function doneText(
  { live }: Pick<RunStage, "live">,
  { op, of, what }: { readonly op: string; readonly of: number; readonly what: string },
): string {
  return `${live.operation(op)?.ok ?? 0}${of === Infinity ? "" : ` of ${of}`} ${what}`;
}

/** For example `40 of 50 backed up, 2 failed  Jobs 55, 5 not over  ticks 1`. */
export function backupProgressText(totals: BackupTotals): string {
  const { backedUp, expected, jobs, jobsOpen, ticks, misses } = totals;
  const missed = MISSES.filter((miss) => misses[miss] > 0)
    .map((miss) => `, ${misses[miss]} ${miss}`);
  return `${backedUp} of ${expected} backed up${missed.join("")}  ` +
    `Jobs ${jobs}${jobsOpen === 0 ? "" : `, ${jobsOpen} not over`}  ticks ${ticks}`;
}
