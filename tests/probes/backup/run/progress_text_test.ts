import assert from "node:assert/strict";
import { MISSES } from "../../../../probes/backup/accounting/account.ts";
import type { BackupTotals } from "../../../../probes/backup/accounting/totals.ts";
import { backupProgressText } from "../../../../probes/backup/run/progress_text.ts";

const NONE = Object.fromEntries(MISSES.map((miss) => [miss, 0])) as BackupTotals["misses"];
const STOPPED: BackupTotals = {
  ...{ workspaces: 50, expected: 50, backedUp: 0, running: 0, stopped: 50 },
  ...{
    jobs: 0,
    jobsSucceeded: 0,
    jobsFailed: 0,
    jobsVisible: 0,
    jobsOpen: 0,
    pods: 0,
    podsFailed: 0,
  },
  ...{ mostJobsOfAWorkspace: 0, staleOutcomes: 0, ticks: 0, misses: NONE },
};

Deno.test("the live line of the wait has what is backed up, what is missed, Jobs and ticks", () => {
  assert.equal(backupProgressText(STOPPED), "0 of 50 backed up  Jobs 0  ticks 0");
  const later = {
    ...{ backedUp: 40, jobs: 55, jobsOpen: 5, ticks: 2 },
    misses: { ...NONE, "lost-in-tick": 1, failed: 4 },
  };
  assert.equal(
    backupProgressText({ ...STOPPED, ...later }),
    "40 of 50 backed up, 1 lost-in-tick, 4 failed  Jobs 55, 5 not over  ticks 2",
  );
});
