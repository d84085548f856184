/**
 * cmdriverclosed: flags -> what it does. Its load: workers through create, update and delete, each with
 * one write at a time.
 * @module
 */

import { isGiven } from "../core/command/settings.ts";
import type { Load } from "../core/load/executor.ts";
import type { Iteration } from "../core/load/workload.ts";
import type { LoadScope } from "../core/run/run_stage.ts";
import { formatBytes, formatDuration } from "../core/units.ts";
import type { ClusterUse, Identified } from "../kube/conduct_on_cluster.ts";
import { objectNames } from "../kube/owned/object_names.ts";
import { CONFIG_MAPS } from "../kube/resource.ts";
import { UPDATE_TIMESTAMP } from "../kube/sample_log/times.ts";
import {
  highestObjectOf,
  operationsOf,
  type OrderedWrite,
  peakPopulationOf,
  type WriteOrder,
  writesOf,
} from "./closed_writes.ts";
import { driverUse } from "./drive.ts";
import type { Driver, DriverTools } from "./driver.ts";
import { type ClosedFlags, type ClosedValues, MOST_OBJECTS, MOST_WORKERS } from "./flags.ts";
import { type ParmValue, programDigest } from "./parms.ts";

/** What it asks of a cluster, and its run there. @throws as {@link cmdriverclosed} */
export function useCmdriverclosed(invocation: Identified<ClosedFlags>): ClusterUse {
  return driverUse(cmdriverclosed(invocation), invocation);
}

/** @throws {UsageError} for values that no objects can be named after */
export function cmdriverclosed(invocation: Identified<ClosedFlags>): Driver {
  const { values, identity: { runId }, shown } = invocation;
  const order = orderOf(values);
  const data = { foo: "X".repeat(values["create-value-length"]) };
  return {
    kind: CONFIG_MAPS,
    objects: `${values.n} ConfigMaps of ${formatBytes(values["create-value-length"])}`,
    ...paceOf(values, operationsOf(order)),
    mostAtOnce: peakPopulationOf(order),
    targetRatePerSec: null,
    // How many workers there are decides who writes what from the beginning on.
    changes: {},
    targetPopulation: peakPopulationOf(order),
    steadyAfterMs: undefined,
    leavesObjects: order.createOnly,
    writes: [
      "create",
      ...(order.updates > 0 ? ["update" as const] : []),
      ...(order.createOnly ? [] : ["delete" as const]),
    ],
    connections: values.conns === 1
      ? { spread: "configured", count: 1 }
      : { spread: "endpoints", count: values.conns },
    startLogger: undefined,
    parms: (of) => parmsOf(values, { ...of, runId }),
    nameOf: objectNames({
      runId,
      highest: highestObjectOf(order),
      padDigits: values["name-pad-length"],
    }),
    make: () => ({ metadata: {}, data }),
    climbs: {
      climbables: [{
        flag: "threads",
        unit: "workers",
        isWhole: true,
        highest: MOST_WORKERS,
        startLevel: values.threads,
      }],
      limits: ["n"],
    },
    derived: {},
    load: (scope, tools) => closedLoad(scope, { ...tools, order, values, runId }),
    // The rung's end ends it, unless so many objects were asked for.
    at: (threads) => {
      const n = isGiven(shown, "n") ? values.n : MOST_OBJECTS;
      // More workers at one pace would be no more load.
      const rate = isGiven(shown, "rate") ? values.rate : 0;
      return cmdriverclosed({ ...invocation, values: { ...values, threads, n, rate } });
    },
  };
}

function orderOf(values: ClosedValues): WriteOrder {
  return {
    objects: values.n,
    maxPopulation: values.maxpop,
    threads: values.threads,
    ratePerSec: values.rate,
    updates: values.updates,
    createOnly: values["create-only"],
  };
}

/** What a load of cmdriverclosed is made of. */
interface ClosedTools extends DriverTools {
  readonly order: WriteOrder;
  readonly values: ClosedValues;
  readonly runId: string;
}

/**
 * Workers go through their writes in order, one at a time, at a common pace that a slow server holds
 * up. An iteration is all writes of a worker: each has its own due time in it.
 */
function closedLoad({ clock, tempo }: LoadScope, tools: ClosedTools): Load {
  const { threads } = tools.order;
  const { running } = tempo;
  const startMs = running.now();
  return {
    model: { kind: "closed", workers: threads, thinkMs: 0 },
    maxIterations: threads,
    workload: {
      name: "writes in order",
      firstOp: "create",
      async iterate(iteration) {
        const { worker, stopping } = iteration;
        for (const ordered of writesOf(worker, tools.order)) {
          const atMs = ordered.dueMs === undefined ? tempo.afterNowMs : startMs + ordered.dueMs;
          await running.sleepUntil(atMs, stopping);
          if (stopping.aborted) return;
          const dueMs = ordered.dueMs === undefined ? clock.now() : running.dueTimeOf(atMs);
          await write(iteration, { ...ordered, dueMs }, tools);
        }
      },
    },
  };
}

async function write(
  iteration: Iteration,
  { op, phase, object, dueMs }: OrderedWrite & { dueMs: number },
  { objects, writer, values, runId }: ClosedTools,
): Promise<void> {
  const spec = { ref: objects.refOf(object), dueMs, lane: iteration.worker };
  switch (op) {
    case "create":
      await writer.create(iteration, {
        ...spec,
        make: (stamp) => objects.make(object, stamp),
        query: values["hack-create"] ? { r: runId, i: String(object) } : undefined,
      });
      return;
    case "update":
      return await writer.update(iteration, {
        ...spec,
        make: (stamp) => patchOf(values, { phase, stamp }),
      });
    case "delete":
      return await writer.delete(iteration, spec);
  }
}

function paceOf(
  { threads, rate }: ClosedValues,
  count: number,
): Pick<Driver, "model" | "expectedDuration"> {
  const model = `closed, ${threads} worker${threads === 1 ? "" : "s"}, ${count} writes`;
  if (rate === 0) {
    return { model: `${model} as fast as it goes`, expectedDuration: "as the server can" };
  }
  return {
    model: `${model} at most ${rate}/s in all, in turn`,
    expectedDuration: `${formatDuration(count * 1_000 / rate)} at least`,
  };
}

/** An update adds the key `baz`: it needs no look at the object before, and meets no conflict. */
function patchOf(
  { "update-value-length": width }: ClosedValues,
  { phase, stamp }: { phase: number; stamp: string },
): unknown {
  return {
    metadata: { annotations: { [UPDATE_TIMESTAMP]: stamp } },
    data: { baz: String(phase).padStart(width, "0") },
  };
}

/** In the original's order and spelling. */
function parmsOf(
  values: ClosedValues,
  { runId, servers, dataFile }: {
    runId: string;
    servers: readonly string[];
    dataFile: string;
  },
): [string, ParmValue][] {
  return [
    ["PROG_SHA256", programDigest()],
    ["KUBECONFIG", values.kubeconfig ?? ""],
    ["N", values.n],
    ["MAXPOP", values.maxpop],
    ["CONNS", values.conns],
    ["THREADS", values.threads],
    ["RATE", { float: values.rate }],
    ["UPDATES", values.updates],
    ["NAME_PAD_LENGTH", values["name-pad-length"]],
    ["HACK_CREATE", values["hack-create"]],
    ["CREATE_VALUE_LENGTH", values["create-value-length"]],
    ["UPDATE_VALUE_LENGTH", values["update-value-length"]],
    ["DATAFILENAME", dataFile],
    ["RUNID", runId],
    ["SEED", values.seed],
    ["CREATE_ONLY", values["create-only"]],
    ["ENDPOINTS", `[${servers.join(" ")}]`],
  ];
}
