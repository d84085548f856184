/**
 * What a run is judged by unless the user says otherwise: the limits of the field's load test, and of each
 * kind of configuration what it has to come to. Each needs something that was seen: a run in which nothing
 * happened holds none of them.
 * @module
 */

import { type Configuration, isToFail } from "../configure/configuration.ts";
import { CREATE_OP, DELETE_OP, READY_OP } from "../load/measured.ts";
import { STOP_OP, STOPPED_OP } from "../stop/measured.ts";
import { REPEATED_JOBS } from "./jobs_range.ts";

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

/** Of those that were asked for: what fails in one stage is missing in the next, and failed nowhere else. */
const LEAST_SHARE = ">= 95%";
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
    `${CREATE_OP}.ok.ratio ${LEAST_SHARE}`,
    // The load test of the field takes it from the end of the call that creates.
    `${READY_OP}.service.${most} < 60s`,
    `${READY_OP}.failed.count < 5`,
    `${READY_OP}.ok.ratio ${LEAST_SHARE}`,
    ...(deletesReady ? [`${DELETE_OP}.response.${most} < 10s`] : []),
    ...(configuration === undefined ? [] : backupThresholds(configuration, expected)),
    ...(restores ? [`restore.ok.ratio ${LEAST_SHARE}`] : []),
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
  const stopped = [STOP_OP, STOPPED_OP].map((op) => `${op}.ok.ratio ${LEAST_SHARE}`);
  if (!isToFail(configuration)) {
    return [...stopped, `backup.ok.ratio ${LEAST_SHARE}`, `${REPEATED_JOBS}.total <= 0`];
  }
  const hasRetries = backupWaitMs > TICKS_FOR_RETRIES * configuration.periodMs;
  return [
    ...stopped,
    "backup.ok.count <= 0",
    `backup.failed{reason=failed}.ratio ${LEAST_SHARE}`,
    // A later tick makes another Job for each workspace whose last one failed.
    ...(hasRetries ? ["backupJobs.total / backup.total > 1"] : []),
  ];
}
