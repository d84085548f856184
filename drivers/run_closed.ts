/**
 * cmdriverclosed: flags -> plan and objects.
 * @module
 */

import type { Identified as IdentifiedInvocation } from "../kube/conduct_on_cluster.ts";
import { UPDATE_TIMESTAMP } from "../kube/sample_log/times.ts";
import { formatBytes, formatDuration } from "../core/units.ts";
import { CONFIG_MAPS } from "../kube/resource.ts";
import { runClosedLoad } from "./closed_load.ts";
import {
  type ClosedPlanOptions,
  highestObjectOf,
  operationsOf,
  peakPopulationOf,
} from "./closed_plan.ts";
import type { DriverUse } from "./driver_command.ts";
import type { ClosedFlags, ClosedValues } from "./flags.ts";
import { objectNames } from "./object_names.ts";
import type { ParmValue } from "./parms.ts";
import { programDigest } from "./program_digest.ts";
import type { Driver, Identified } from "./run_driver.ts";
import { dataFilePath } from "./run_names.ts";

/** @throws as {@link closedDriver} */
export function useCmdriverclosed(
  { values: given, identity }: IdentifiedInvocation<ClosedFlags>,
): DriverUse {
  const values = { ...given, "run-id": identity.runId };
  return { values, driver: closedDriver(values) };
}

/** @throws {UsageError} for values that no objects can be named after */
export function closedDriver(values: Identified<ClosedValues>): Driver {
  const plan: ClosedPlanOptions = {
    objects: values.n,
    maxPopulation: values.maxpop,
    threads: values.threads,
    ratePerSec: values.rate,
    updates: values.updates,
    createOnly: values["create-only"],
  };
  const count = operationsOf(plan);
  const data = { foo: "X".repeat(values["create-value-length"]) };
  return {
    kind: CONFIG_MAPS,
    objects: `${values.n} ConfigMaps of ${formatBytes(values["create-value-length"])}`,
    ...paceOf(values, count),
    mostAtOnce: peakPopulationOf(plan),
    targetRatePerSec: null,
    targetPopulation: peakPopulationOf(plan),
    steadyAfterMs: undefined,
    leavesObjects: plan.createOnly,
    writes: [
      "create",
      ...(plan.updates > 0 ? ["update" as const] : []),
      ...(plan.createOnly ? [] : ["delete" as const]),
    ],
    connections: values.conns === 1
      ? { spread: "configured", count: 1 }
      : { spread: "endpoints", count: values.conns },
    startLogger: undefined,
    parms: (servers) => parmsOf(values, servers),
    nameOf: objectNames({
      runId: values["run-id"],
      highest: highestObjectOf(plan),
      padDigits: values["name-pad-length"],
    }),
    make: () => ({ metadata: {}, data }),
    derived: {},
    load: (run, { objects, writer }) => {
      const load = { plan, objects, makePatch: patchOf(values), createQuery: queryOf(values) };
      return runClosedLoad(run, { load, writer });
    },
  };
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
function patchOf(values: ClosedValues): (phase: number, stamp: string) => unknown {
  const width = values["update-value-length"];
  return (phase, stamp) => ({
    metadata: { annotations: { [UPDATE_TIMESTAMP]: stamp } },
    data: { baz: String(phase).padStart(width, "0") },
  });
}

function queryOf(
  values: Identified<ClosedValues>,
): (index: number) => Readonly<Record<string, string>> | undefined {
  if (!values["hack-create"]) return () => undefined;
  return (index) => ({ r: values["run-id"], i: String(index) });
}

/** In the original's order and spelling. */
function parmsOf(
  values: Identified<ClosedValues>,
  servers: readonly string[],
): [string, ParmValue][] {
  const runId = values["run-id"];
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
    ["DATAFILENAME", dataFilePath(values.datafile, { runId })],
    ["RUNID", runId],
    ["SEED", values.seed],
    ["CREATE_ONLY", values["create-only"]],
    ["ENDPOINTS", `[${servers.join(" ")}]`],
  ];
}
