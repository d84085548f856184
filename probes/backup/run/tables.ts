/** What a reader asks of a run: how fast each stage was, how complete the backups are, and what failed. @module */

import type { TableSpec } from "../../../core/judge/table_spec.ts";
import { COMMON_REASONS } from "../../../core/measure/sample.ts";
import { MISSES } from "../accounting/account.ts";
import { CREATE_OP, READY_OP, READY_REASONS } from "../load/measured.ts";
import { STOP_OP, STOPPED_OP } from "../stop/measured.ts";

type Columns = TableSpec["columns"];

export function tablesOf({ isBackedUp }: { readonly isBackedUp: boolean }): TableSpec[] {
  return isBackedUp
    ? [WORKSPACES, UNREADY, STOPS, BACKUPS, MISSED, JOBS, RESTORES, USAGE]
    : [WORKSPACES, UNREADY, USAGE];
}

/** Left out where there is none in any row. */
function optional(columns: Columns): Columns {
  return columns.map((column) => ({ ...column, isOptional: true }));
}

function quantiles(title: string, metric: string, view = ""): Columns {
  return ["p50", "p95"].map((stat) => ({
    title: `${title} ${stat}`,
    figure: `${metric}${view}.${stat}`,
  }));
}

const WORKSPACES: TableSpec = {
  title: "Workspaces",
  rows: { by: "stage", isOptional: true },
  columns: optional([
    { title: "created", figure: `${CREATE_OP}.ok.count` },
    { title: "not created", figure: `${CREATE_OP}.failed.count` },
    ...quantiles("create", CREATE_OP),
    { title: "ready", figure: `${READY_OP}.ok.count` },
    { title: "not ready", figure: `${READY_OP}.failed.count` },
    ...quantiles("ready since due", READY_OP),
    ...quantiles("ready since created", READY_OP, ".service"),
  ]),
};

const STOPS: TableSpec = {
  title: "Stops",
  rows: { by: "stage", isOptional: true },
  columns: optional([
    { title: "stopped", figure: `${STOPPED_OP}.ok.count` },
    { title: "not stopped", figure: `${STOPPED_OP}.failed.count` },
    ...quantiles("call", STOP_OP),
    ...quantiles("stopped since due", STOPPED_OP),
  ]),
};

const UNREADY: TableSpec = {
  title: "Workspaces that were not ready",
  rows: { by: "stage", isOptional: true },
  columns: optional(
    [...READY_REASONS, ...COMMON_REASONS].map((reason) => ({
      title: reason,
      figure: `${READY_OP}.failed{reason=${reason}}.count`,
    })),
  ),
};

const BACKUPS: TableSpec = {
  title: "Backups",
  rows: { by: "tag", tag: "mode" },
  columns: [
    { title: "workspaces", figure: "backup.count" },
    { title: "backed up", figure: "backup.ok.count" },
    { title: "missed", figure: "backup.failed.count" },
    { title: "coverage", figure: "backup.ok.ratio" },
    ...optional([
      ...quantiles("since eligible", "backup"),
      ...quantiles("since first Job", "backup", ".service"),
    ]),
  ],
};

const MISSED: TableSpec = {
  title: "Missed backups",
  rows: { by: "tag", tag: "mode" },
  columns: optional(MISSES.map((miss) => ({
    title: miss,
    figure: `backup.failed{reason=${miss}}.count`,
  }))),
};

const JOBS: TableSpec = {
  title: "Backup Jobs",
  rows: { by: "stage", isOptional: true },
  columns: optional([
    { title: "ticks", figure: "ticks.total" },
    { title: "Jobs", figure: "backupJobs.total" },
    { title: "succeeded", figure: "backupJobsSucceeded.total" },
    { title: "failed", figure: "backupJobsFailed.total" },
    { title: "not over", figure: "backupJobsOpen.last" },
    { title: "pods", figure: "backupPods.total" },
    { title: "failed pods", figure: "backupPodsFailed.total" },
    { title: "most of a workspace", figure: "jobsPerWorkspaceMost.max" },
    { title: "most at once", figure: "backupJobsVisible.max" },
    { title: "repeated", figure: "repeatedJobs.total" },
    { title: "stale outcomes", figure: "staleOutcomes.total" },
  ]),
};

const RESTORES: TableSpec = {
  title: "Restores",
  rows: { by: "stage", isOptional: true },
  columns: optional([
    { title: "restored", figure: "restore.ok.count" },
    { title: "failed", figure: "restore.failed.count" },
    ...quantiles("created to running", "restore"),
  ]),
};

const USAGE: TableSpec = {
  title: "CPU and memory",
  rows: { by: "stage", isOptional: true },
  columns: optional(["operator", "etcd", "backup"].flatMap((component) => [
    { title: `${component} CPU mean`, figure: `componentCpuCores{component=${component}}.mean` },
    { title: `${component} CPU max`, figure: `componentCpuCores{component=${component}}.max` },
    {
      title: `${component} memory max`,
      figure: `componentMemoryBytes{component=${component}}.max`,
    },
    { title: `${component} restarts`, figure: `componentRestarts{component=${component}}.total` },
  ])),
};
