/**
 * cm-logger while cmdriverclosed, a process of its own, makes 1,000 changes a second: does it see all
 * of them, how long do they wait in its queue, and how much memory does it take?
 * @module
 */

import type { Report } from "../core/report/report.ts";
import { columns, formatTable } from "../core/report/table.ts";
import { Scaletool } from "../tests/support/scaletool.ts";
import {
  type CommandRun,
  distributionOf,
  gaugeMax,
  type KubeBench,
  loadAverage,
  noteAll,
  onControlPlane,
  readReport,
  runCommand,
  totalOf,
} from "./kube_cluster.ts";
import { gaugeMean } from "./processes.ts";

const EVENTS_PER_SEC = 1_000;
const DURATION_SEC = 20;
/** Create, update, delete. */
const EVENTS_PER_OBJECT = 3;
/** Less than a program of the tests may run. */
const DRIVER_LIMIT_SEC = 45;

export async function kubeLogger(): Promise<Record<string, unknown>> {
  return await onControlPlane(async (bench) => {
    const result = resultOf(await observe(bench));
    noteAll(tableOf(result));
    return result;
  });
}

interface Reports {
  readonly logger: Report;
  readonly driver: Report;
}

function resultOf({ logger, driver }: Reports) {
  const writes = driver.summary.operations.reduce((sum, { ok }) => sum + ok, 0);
  const writeSec = driver.summary.measuredMs / 1_000;
  const notifications = totalOf(logger, "notifications");
  return {
    targetEventsPerSec: EVENTS_PER_SEC,
    writes,
    notifications,
    rows: totalOf(logger, "rows"),
    collapsedRows: totalOf(logger, "collapsed"),
    notificationsToWrites: notifications / writes,
    // By the driver's time: the logger also waits before and after.
    eventsPerSec: notifications / writeSec,
    queueDelay: distributionOf(logger, "queueDelay"),
    notificationDelay: distributionOf(logger, "notificationDelay"),
    createLatency: distributionOf(logger, "createLatency"),
    updateLatency: distributionOf(logger, "updateLatency"),
    rssMaxBytes: gaugeMax(logger, "rssBytes"),
    cpuCores: gaugeMean(logger, "cpuRatio"),
    validity: logger.validity,
    loadAverage: loadAverage(),
  };
}

function tableOf(result: ReturnType<typeof resultOf>): string[] {
  const { queueDelay, createLatency, rssMaxBytes, cpuCores } = result;
  const titles = columns(
    ...[">EVENTS/S", ">SEEN/WRITTEN", ">QUEUE P50 MS", ">QUEUE P99 MS", ">CREATE P99 MS"],
    ...[">RSS MAX MB", ">CPU CORES", ">LOAD"],
  );
  return formatTable(titles, [[
    result.eventsPerSec.toFixed(0),
    result.notificationsToWrites.toFixed(4),
    queueDelay?.p50Ms?.toFixed(3) ?? "",
    queueDelay?.p99Ms?.toFixed(3) ?? "",
    createLatency?.p99Ms?.toFixed(1) ?? "",
    ((rssMaxBytes ?? NaN) / 1e6).toFixed(0),
    (cpuCores ?? NaN).toFixed(2),
    result.loadAverage.toFixed(1),
  ]]);
}

/** The reports of both: the logger runs before the driver's first write and after its last. */
async function observe(bench: KubeBench): Promise<Reports> {
  const { kubeconfig, dir } = bench;
  const out = dir.file("logger");
  await using logger = new Scaletool([
    ...["cm-logger", "--kubeconfig", kubeconfig, "--namespace", "default", "--out", out],
    ...["--data-filename", dir.file("log.csv"), "--metrics-addr", "127.0.0.1:0", "--quiet"],
  ], { cwd: dir.path });
  await logger.line(/rows go to/);
  const { report: driver } = await drive(bench);
  logger.kill("SIGINT");
  const { stderr } = await logger.finished();
  return { logger: readReport(out, stderr), driver };
}

async function drive(bench: KubeBench): Promise<CommandRun> {
  const objects = Math.round(EVENTS_PER_SEC * DURATION_SEC / EVENTS_PER_OBJECT);
  return await runCommand(bench, {
    limitSec: DRIVER_LIMIT_SEC,
    args: [
      ...["cmdriverclosed", "--namespace", "default", "--n", String(objects)],
      ...["--rate", String(EVENTS_PER_SEC), "--threads", "16", "--conns", "4"],
    ],
  });
}
