/**
 * What a run is judged by unless the user says otherwise: the limits of the field's load test, and of each
 * kind of configuration what it has to come to. Each needs something that was seen: a run in which nothing
 * happened holds none of them.
 * @module
 */

import { type Configuration, isToFail } from "../configure/configuration.ts";
import { CREATE_OP, DELETE_OP, READY_OP } from "../load/measured.ts";

export interface Expected {
  /** Workspaces that are created at most. */
  readonly count: number;
  /** Undefined: workspaces are not backed up. */
  readonly configuration: Pick<Configuration, "type" | "periodMs"> | undefined;
  /** How long backups are waited for, ms. */
  readonly backupWaitMs: number;
  readonly restores: boolean;
  readonly deletesReady: boolean;
  /** CPU and memory are looked at. */
  readonly readsUsage: boolean;
}

/** Values, as judging has it. */
const LEAST_FOR_P95 = 20;

/** Ticks after which each workspace whose backups fail has to have had a second Job. */
export const TICKS_FOR_RETRIES = 3;

export function thresholdsOf(expected: Expected): string[] {
  const { count, configuration, restores, deletesReady, readsUsage } = expected;
  // Of fewer there is no such percentile: then it has to hold of all.
  const most = count < LEAST_FOR_P95 ? "max" : "p95";
  return [
    `${CREATE_OP}.response.${most} < 15s`,
    `${CREATE_OP}.failed.count < 50`,
    // The load test of the field takes it from the end of the call that creates.
    `${READY_OP}.service.${most} < 60s`,
    `${READY_OP}.failed.count < 5`,
    ...(deletesReady ? [`${DELETE_OP}.response.${most} < 10s`] : []),
    ...(configuration === undefined ? [] : backupThresholds(configuration, expected)),
    ...(restores ? ["restore.ok.ratio >= 95%"] : []),
    "componentRestarts{component=operator}.total <= 0",
    ...(readsUsage ? USAGE : []),
  ];
}

/** What its Deployment requests, and the memory that the field's load test allows. */
const USAGE = [
  "componentCpuCores{component=operator}.max <= 0.25",
  "componentMemoryBytes{component=operator}.max <= 200MiB",
];

function backupThresholds(
  configuration: NonNullable<Expected["configuration"]>,
  { backupWaitMs }: Expected,
): string[] {
  if (!isToFail(configuration)) return ["backup.ok.ratio >= 95%"];
  const hasRetries = backupWaitMs > TICKS_FOR_RETRIES * configuration.periodMs;
  return [
    "backup.ok.count <= 0",
    "backup.failed{reason=failed}.ratio >= 95%",
    // A later tick makes another Job for each workspace whose last one failed.
    ...(hasRetries ? ["backupJobs.total / backup.total > 1"] : []),
  ];
}
