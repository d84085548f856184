/**
 * How many backup Jobs may a workspace of this run have, by the ticks that were seen, and how many of them
 * were made though there was one already?
 * @module
 */

import type { Run } from "../../../core/run/run.ts";
import type { BackupBook } from "../accounting/backup_book.ts";
import { expectedJobs, type Range } from "../accounting/expected_jobs.ts";
import type { WorkspaceRecord } from "../accounting/workspace_record.ts";
import { type Configuration, isToFail } from "../configure/configuration.ts";

/** Of the CRD since 0.40.1, where a configuration says nothing else. */
const USUAL_BACKOFF_LIMIT = 1;
/** A push that fails does so at once, or when a connection is given up. */
const FAILING_POD_MS: Range = { least: 1_000, most: 60_000 };
/** Counter of Jobs that overlapping ticks have made for workspaces that had one. */
export const REPEATED_JOBS = "repeatedJobs";

/** Records them, each when it was seen; to be called in the stage in which they were. */
export function countRepeatedJobs(
  run: Pick<Run, "declare" | "recorder">,
  context: Pick<RangeContext, "book" | "configuration">,
): void {
  run.declare([{ name: REPEATED_JOBS }]);
  for (const workspace of context.book.workspaces.filter(({ isExpected }) => isExpected)) {
    const { most } = rangeOf(workspace, { ...context, mayOverlap: false });
    for (const { seenAtMs } of workspace.jobs.slice(most)) {
      run.recorder.count(REPEATED_JOBS, 1, { atMs: seenAtMs });
    }
  }
}

interface RangeContext {
  readonly book: BackupBook;
  readonly configuration: Configuration;
  /** Whether ticks that last longer than a period repeat Jobs. @default true */
  readonly mayOverlap?: boolean;
}

/** See the module. */
export function rangeOf(
  workspace: WorkspaceRecord,
  { book, configuration, mayOverlap = true }: RangeContext,
): Range {
  const dueMs = book.dueAtMs(workspace) ?? Infinity;
  const hasFailed = workspace.jobs.some(({ end }) => end?.kind === "failed");
  const lengths = book.ticks.map(({ startMs, endMs }) => endMs - startMs);
  return expectedJobs({
    kind: hasFailed || isToFail(configuration) ? "fails" : "succeeds",
    periodMs: configuration.periodMs,
    ticks: book.ticks.filter(({ seenAtMs }) => seenAtMs >= dueMs).length,
    backoffLimit: configuration.backupCronJob.backoffLimit ?? USUAL_BACKOFF_LIMIT,
    failingPodMs: FAILING_POD_MS,
    longestTickMs: mayOverlap ? Math.max(0, ...lengths) : 0,
    staleOutcomes: workspace.staleOutcomes,
  });
}
