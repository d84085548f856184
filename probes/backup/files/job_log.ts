/** Backup Jobs as `kubectl get jobs --watch` prints them: a row when each was seen, and one when it ended. @module */

import { humanDuration } from "../../../kube/human_duration.ts";
import type { JobAccount, WorkspaceAccount } from "../accounting/account.ts";
import { WatchLog } from "./watch_log.ts";

interface Change {
  readonly atMs: number;
  readonly job: JobAccount;
  readonly isEnd: boolean;
}

/** In the order of time. */
export function jobLogText(workspaces: readonly WorkspaceAccount[], log = newLog()): string {
  const changes = workspaces.flatMap(({ jobs }) => jobs.flatMap(changesOf));
  for (const { job, isEnd } of changes.sort((one, other) => one.atMs - other.atMs)) {
    const { namespace, name, end } = job;
    const age = isEnd ? humanDuration(job.endedAtMs! - job.seenAtMs) : "0s";
    const hasSucceeded = isEnd && end?.kind === "succeeded";
    const status = !isEnd ? "Running" : hasSucceeded ? "Complete" : "Failed";
    log.add(namespace, name, status, hasSucceeded ? "1/1" : "0/1", age, age);
  }
  return log.text();
}

function newLog(): WatchLog {
  return new WatchLog(["NAMESPACE", "NAME", "STATUS", "COMPLETIONS", "DURATION", "AGE"]);
}

function changesOf(job: JobAccount): Change[] {
  const seen = { atMs: job.seenAtMs, job, isEnd: false };
  return job.endedAtMs === undefined ? [seen] : [seen, { atMs: job.endedAtMs, job, isEnd: true }];
}
