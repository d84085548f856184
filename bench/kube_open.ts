/**
 * 500 ConfigMaps a second for a minute, each deleted again after 0.2 s (cmdriver --lambda 500
 * --maxpop 100): does the driver send what it says, when it says, and how much memory does that take?
 * @module
 */

import type { Report } from "../core/report/report.ts";
import { columns, formatTable } from "../core/report/table.ts";
import {
  distributionOf,
  gaugeMax,
  loadAverage,
  noteAll,
  onControlPlane,
  runCommand,
  serviceTimes,
} from "./kube_cluster.ts";
import { gaugeMean } from "./processes.ts";

const RATE_PER_SEC = 500;
const DURATION_SEC = 60;
const POPULATION = 100;
/** Always the same arrivals: how many there are by chance is no difference between two runs. */
const SEED = 1;

export async function kubeOpen(): Promise<Record<string, unknown>> {
  return await onControlPlane(async (bench) => {
    const { report } = await runCommand(bench, {
      limitSec: DURATION_SEC + 60,
      args: [
        ...["cmdriver", "--namespace", "default", "--lambda", String(RATE_PER_SEC)],
        ...["--duration", `${DURATION_SEC}s`, "--maxpop", String(POPULATION)],
        ...["--seed", String(SEED)],
      ],
    });
    const result = resultOf(report);
    noteAll(tableOf(result));
    return result;
  });
}

function resultOf(report: Report) {
  const creates = report.summary.operations.find(({ op }) => op === "create");
  const achievedPerSec = (creates?.ok ?? 0) / DURATION_SEC;
  return {
    targetPerSec: RATE_PER_SEC,
    durationSec: DURATION_SEC,
    population: POPULATION,
    arrivals: creates?.total ?? 0,
    failed: creates?.failed ?? 0,
    dropped: creates?.dropped ?? 0,
    cancelled: creates?.cancelled ?? 0,
    achievedPerSec,
    achievedToTarget: achievedPerSec / RATE_PER_SEC,
    /** Of a Poisson process of this rate and length: one standard deviation of the number of arrivals. */
    chanceRatio: 1 / Math.sqrt(RATE_PER_SEC * DURATION_SEC),
    schedulingLag: distributionOf(report, "schedulingLag"),
    create: serviceTimes(report, "create"),
    delete: serviceTimes(report, "delete"),
    rssMaxBytes: gaugeMax(report, "rssBytes"),
    cpuCores: gaugeMean(report, "cpuRatio"),
    validity: report.validity,
    loadAverage: loadAverage(),
  };
}

function tableOf(result: ReturnType<typeof resultOf>): string[] {
  const { schedulingLag, create, rssMaxBytes, cpuCores } = result;
  const titles = columns(
    ...[">TARGET/S", ">ACHIEVED/S", ">RATIO", ">LAG P50 MS", ">LAG P99 MS", ">CREATE P99 MS"],
    ...[">RSS MAX MB", ">CPU CORES", ">LOAD"],
  );
  return formatTable(titles, [[
    String(RATE_PER_SEC),
    result.achievedPerSec.toFixed(1),
    result.achievedToTarget.toFixed(4),
    schedulingLag?.p50Ms?.toFixed(2) ?? "",
    schedulingLag?.p99Ms?.toFixed(2) ?? "",
    create.p99Ms?.toFixed(1) ?? "",
    ((rssMaxBytes ?? NaN) / 1e6).toFixed(0),
    (cpuCores ?? NaN).toFixed(2),
    result.loadAverage.toFixed(1),
  ]]);
}
