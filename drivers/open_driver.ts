/**
 * cmdriver and flunder-driver: flags -> what they do.
 * @module
 */

import { shareOf } from "../core/command/command.ts";
import { isGiven } from "../core/command/settings.ts";
import { CannotRunError, messageOf } from "../core/errors.ts";
import { createRng } from "../core/load/rng.ts";
import { ownRng } from "../core/load/share.ts";
import { readTextFile } from "../core/files.ts";
import { formatBytes, formatDuration } from "../core/units.ts";
import type { ClusterUse, Identified } from "../kube/conduct_on_cluster.ts";
import { objectNames } from "../kube/owned/object_names.ts";
import { CONFIG_MAPS, FLUNDERS } from "../kube/resource.ts";
import type { StartObserver } from "../kube/watch/start_observer.ts";
import { driverUse } from "./drive.ts";
import type { Driver } from "./driver.ts";
import type { CmdriverFlags, CmdriverValues, OpenFlags, OpenValues } from "./flags.ts";
import {
  loadLimitMs,
  mostObjects,
  openLoad,
  type OpenSchedule,
  openSchedule,
} from "./open_load.ts";
import type { ParmValue } from "./parms.ts";
import { parseTemplate } from "./template.ts";

/** The objects of a driver, whenever they come. */
interface ObjectMaker extends Pick<Driver, "kind" | "make"> {
  /** For people, e.g. `ConfigMaps of 2 kB`. */
  readonly text: string;
}

/** What it asks of a cluster, and its run there. @throws as {@link cmdriver} */
export function useCmdriver(
  given: Identified<CmdriverFlags>,
  startLogger: StartObserver,
): ClusterUse {
  const invocation = { ...given, values: withMetricPort(given.values) };
  return driverUse(cmdriver(invocation, startLogger), invocation);
}

/** What it asks of a cluster, and its run there. @throws as {@link flunderDriver} */
export function useFlunderDriver(
  invocation: Identified<OpenFlags>,
  startLogger: StartObserver,
): ClusterUse {
  return driverUse(flunderDriver(invocation, startLogger), invocation);
}

/** @throws {UsageError | CannotRunError} for values of which no run can be made */
export function cmdriver(
  invocation: Identified<CmdriverFlags>,
  startLogger: StartObserver,
): Driver {
  const { values, identity: { runId } } = invocation;
  const maker = values.kind === undefined
    ? configMaps(values.datalen)
    : templated(values.kind, runId);
  return {
    ...openDriver(invocation, { maker, startLogger }),
    parms: ({ dataFile }) =>
      parmsOf(values, { runId, dataFile, further: [["DATALEN", values.datalen]] }),
    lingerMs: values.waitBeforeTerminate,
  };
}

/** @throws {UsageError} for values of which no run can be made */
export function flunderDriver(
  invocation: Identified<OpenFlags>,
  startLogger: StartObserver,
): Driver {
  const maker = { kind: FLUNDERS, text: "Flunders", make: () => ({ metadata: {}, spec: {} }) };
  return openDriver(invocation, { maker, startLogger });
}

function openDriver(
  invocation: Identified<OpenFlags>,
  surroundings: { maker: ObjectMaker; startLogger: StartObserver },
): Driver {
  const { values, identity: { runId }, shown } = invocation;
  const { maker, startLogger } = surroundings;
  const schedule = openSchedule(values, { isGiven: (flag) => isGiven(shown, flag) });
  const { arrivals, lifetimeMs, objects: count, ratePerSec } = schedule;
  return {
    kind: maker.kind,
    objects: `${count ?? "any number of"} ${maker.text}`,
    model: `open, ${arrivals.label}, each object lives ${formatDuration(lifetimeMs)}`,
    mostAtOnce: Math.min(count ?? Infinity, highestPoisson(schedule.meanPopulation)),
    targetRatePerSec: ratePerSec,
    changes: { ratePerSec: arrivals.ratePerSec },
    expectedDuration: durationText(schedule, values),
    targetPopulation: schedule.meanPopulation,
    // A schedule that ends (ramp, step, replay) has no one rate that the population could settle at.
    steadyAfterMs: arrivals.durationMs === Infinity ? lifetimeMs : undefined,
    leavesObjects: false,
    // An object that would outlive the load is deleted after it, by the clean-up.
    writes: loadLimitMs(values) <= lifetimeMs ? ["create"] : ["create", "delete"],
    connections: values.clientlb
      ? {
        spread: "endpoints",
        count: 0,
        random: ownRng(shareOf(invocation), createRng(values.seed).fork("connections")),
      }
      : { spread: "configured" },
    startLogger: values["with-logger"] ? startLogger : undefined,
    parms: ({ dataFile }) => parmsOf(values, { runId, dataFile, further: [] }),
    nameOf: objectNames({ runId, highest: mostObjects(schedule, values) }),
    make: maker.make,
    climbs: {
      climbables: [{
        flag: "lambda",
        unit: "arrivals/s",
        isWhole: false,
        startLevel: values.lambda,
      }],
      limits: ["n"],
      rivals: ["rate"],
    },
    derived: {
      n: count,
      ttl: lifetimeMs,
      lambda: values.rate === undefined ? values.lambda : undefined,
      "metrics-addr": values["metrics-addr"],
    },
    load: (scope, tools) => openLoad(scope, { ...tools, schedule, values }),
    at: (lambda, { durationMs: duration }) => {
      const atLevel = { ...values, lambda, rate: undefined, warmup: 0, duration };
      return openDriver({ ...invocation, values: atLevel }, surroundings);
    },
  };
}

/** A Poisson number with this mean is above it once in 30,000 readings. */
function highestPoisson(mean: number): number {
  return Math.ceil(mean + 4 * Math.sqrt(mean));
}

function durationText(
  { arrivals, objects = Infinity, ratePerSec, lifetimeMs }: OpenSchedule,
  values: OpenValues,
): string {
  const limitMs = loadLimitMs(values);
  const countMs = ratePerSec === 0 ? 0 : objects * 1_000 / ratePerSec;
  const arrivalsMs = Math.min(arrivals.durationMs, countMs);
  if (arrivalsMs + lifetimeMs >= limitMs) {
    return `${formatDuration(limitMs)}, then what is left is deleted`;
  }
  const life = formatDuration(lifetimeMs);
  return `${formatDuration(arrivalsMs)} of arrivals, and ${life} until the last is deleted`;
}

function configMaps(bytes: number): ObjectMaker {
  const data = { key1: "0".repeat(bytes) };
  return {
    kind: CONFIG_MAPS,
    text: `ConfigMaps of ${formatBytes(bytes)}`,
    make: () => ({ metadata: {}, data }),
  };
}

function templated(path: string, runId: string): ObjectMaker {
  let yaml: string;
  try {
    yaml = readTextFile(path);
  } catch (error) {
    throw new CannotRunError(`--kind: cannot read "${path}": ${messageOf(error)}`, {
      cause: error,
    });
  }
  const { apiVersion, kind, make } = parseTemplate(yaml);
  return {
    kind: { apiVersion, kind },
    text: `${kind} objects as in ${path}`,
    make: ({ stamp, ...place }) => make({ ...place, runId, timestamp: stamp }),
  };
}

/** In the originals' order and spelling. */
function parmsOf(
  values: OpenValues,
  { runId, dataFile, further }: {
    runId: string;
    dataFile: string;
    further: readonly [string, ParmValue][];
  },
): [string, ParmValue][] {
  return [
    ["KUBECONFIG", values.kubeconfig ?? ""],
    ["LAMBDA", { float: values.lambda }],
    ["N", values.n],
    ["MAXPOP", values.maxpop],
    ...further,
    ["DATEFILENAME", dataFile],
    ["RUNID", runId],
    ["SEED", values.seed],
  ];
}

/** `--metricport` is the original's way to ask for metrics, on all interfaces. */
export function withMetricPort(values: CmdriverValues): CmdriverValues {
  const { metricport } = values;
  if (metricport === undefined || values["metrics-addr"] !== undefined) return values;
  return { ...values, "metrics-addr": `0.0.0.0:${metricport}` };
}
