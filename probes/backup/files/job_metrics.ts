/** How many Jobs there were and how they ended, as the field's scripts write it. @module */

import { formatDuration } from "../../../core/units.ts";
import type { WorkspaceAccount } from "../accounting/account.ts";
import type { BackupsData } from "./backup_data.ts";

const RULE = "=".repeat(36);
const JOB_RULE = "-".repeat(36);

export interface JobCounts {
  readonly total: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly pods: number;
  /** Of those whose end was seen, ms; undefined: there is none. */
  readonly meanDurationMs: number | undefined;
}

/** Of all Jobs that were ever seen, the ones that are gone too; an end is a condition, and no failed pod. */
export function jobCounts(workspaces: readonly WorkspaceAccount[]): JobCounts {
  const jobs = workspaces.flatMap(({ jobs }) => jobs);
  const durations = jobs.flatMap(({ seenAtMs, endedAtMs }) =>
    endedAtMs === undefined ? [] : [endedAtMs - seenAtMs]
  );
  const ended = (kind: "succeeded" | "failed") => jobs.filter(({ end }) => end?.kind === kind);
  return {
    total: jobs.length,
    succeeded: ended("succeeded").length,
    failed: ended("failed").length,
    pods: sumOf(jobs.map(({ pods }) => pods)),
    meanDurationMs: durations.length === 0 ? undefined : sumOf(durations) / durations.length,
  };
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0);
}

/** The block of `backup_jobs_metrics.txt`. */
export function jobMetricsText(counts: JobCounts, now: Date): string {
  return [
    RULE,
    "Backup Job Metrics",
    `Timestamp: ${now.toUTCString()}`,
    RULE,
    "",
    ...countLines(counts),
  ].map((line) => `${line}\n`).join("");
}

function countLines({ total, succeeded, failed, meanDurationMs }: JobCounts): string[] {
  const share = (count: number) => `${(100 * count / total).toFixed(2)}%`;
  const lines = [
    `Total backup Jobs: ${total}`,
    `Succeeded: ${succeeded}`,
    `Failed: ${failed}`,
    `Running/Pending: ${total - succeeded - failed}`,
  ];
  if (total === 0) return lines;
  const duration = meanDurationMs === undefined
    ? []
    : [`Average Job duration: ${formatDuration(meanDurationMs)}`];
  return [
    ...[...lines, "", `Success rate: ${share(succeeded)}`, `Failure rate: ${share(failed)}`],
    ...duration,
  ];
}

/** Jobs that are told of one by one: one log of many is like the others. */
const MOST_TOLD = 1_000;

/** `backup_jobs_failures.log`: each failed Job with the end of its pods' logs. */
export function failuresText({ workspaces, podLogs }: BackupsData): string {
  const failed = workspaces.flatMap(({ name: workspace, jobs }) =>
    jobs.filter(({ end }) => end?.kind === "failed").map((job) => ({ job, workspace }))
  );
  if (failed.length === 0) return "No failed backup Jobs\n";
  const lines = failed.slice(0, MOST_TOLD).flatMap(({ job, workspace }) => [
    `Job: ${job.name} (namespace: ${job.namespace})`,
    `Workspace: ${workspace}`,
    `UID: ${job.uid}`,
    `Pods: ${job.pods}, failed: ${job.failedPods}`,
    `Condition: Failed, ${job.end!.reason}: ${job.end!.message}`,
    ...podLogs.filter((log) => log.job === job.name && log.namespace === job.namespace)
      .flatMap((
        { pod, text, error },
      ) => ["", `Pod logs for ${pod}:`, text ?? `not read: ${error}`]),
    JOB_RULE,
  ]);
  const left = failed.length - MOST_TOLD;
  if (left > 0) lines.push(`# ${left} more failed Jobs are left out`);
  return ["Failed backup Jobs", JOB_RULE, ...lines].map((line) => `${line.trimEnd()}\n`).join("");
}
