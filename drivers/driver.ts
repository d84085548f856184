/**
 * What is one use of a driver, and what does it ask of a cluster and show before it runs? From its
 * flags alone: nothing here contacts anything.
 * @module
 */

import type { PlanSection } from "../core/command/dry_run.ts";
import { type ClimbOptions, ladderSections } from "../core/command/given_ladder.ts";
import type { Load } from "../core/load/executor.ts";
import { firstLevel, highestLevel, type Ladder } from "../core/ladder/ladder.ts";
import type { Rng } from "../core/load/rng.ts";
import { effectiveThresholds } from "../core/run/make_manifest.ts";
import type { LoadChanges } from "../core/run/run_plan.ts";
import type { LoadScope } from "../core/run/run_stage.ts";
import { formatSignificant } from "../core/units.ts";
import type { Identified } from "../kube/conduct_on_cluster.ts";
import type { Spread } from "../kube/connect.ts";
import { FLOW_NAME_RIGHTS } from "../kube/http/flow_control.ts";
import type { ClusterNeeds, NeededRight } from "../kube/kubernetes_command.ts";
import type { KubeObject } from "../kube/object.ts";
import type { ObjectWriter } from "../kube/owned/object_writer.ts";
import { NAMESPACE_RIGHTS } from "../kube/owned/namespaces.ts";
import { recordRights } from "../kube/owned/run_record.ts";
import { apiVersionOf, type KindName, type Resource } from "../kube/resource.ts";
import { formatPermission } from "../kube/server/access.ts";
import { guessedResource } from "../kube/server/discovery.ts";
import { ENDPOINT_RIGHTS } from "../kube/server/endpoints.ts";
import type { StartObserver } from "../kube/watch/start_observer.ts";
import { dataFilePath, parmsFilePath } from "./driver_files.ts";
import type { DriverFlags, DriverValues } from "./flags.ts";
import type { ParmValue } from "./parms.ts";
import type { ObjectPlace, RunObjects } from "./run_objects.ts";

/** What one use of a driver does; all of it known before anything is contacted. */
export interface Driver {
  /** A kind that is no {@link Resource} is looked up on the server. */
  readonly kind: Resource | KindName;
  /** For people, e.g. `300 ConfigMaps of 2 kB`. */
  readonly objects: string;
  /** The load model, for people. */
  readonly model: string;
  /** The writes of each object, each of which must succeed unless a threshold says otherwise. */
  readonly writes: readonly ("create" | "update" | "delete")[];
  /** Highest number of objects at a time, if the server keeps up. */
  readonly mostAtOnce: number;
  /** Offered arrivals; null if the server's speed decides. */
  readonly targetRatePerSec: number | null;
  /** What can be changed of its load while it goes. */
  readonly changes: LoadChanges;
  /** What the population should be in the steady state. */
  readonly targetPopulation: number;
  /**
   * Since the start of the load, until its arrivals are over: the first objects have lived out their
   * lives, so that the population is as Little's law has it. Undefined: the load has no steady state.
   */
  readonly steadyAfterMs: number | undefined;
  /** How long the load takes if the server keeps up, for people. */
  readonly expectedDuration: string;
  /** The objects stay after a run that ends by itself, or is stopped by who steers it. */
  readonly leavesObjects: boolean;
  readonly connections: { readonly spread: Spread; readonly count?: number; readonly random?: Rng };
  /** Watches the objects beside the load; undefined: nobody does. */
  readonly startLogger: StartObserver | undefined;
  /** The parameter file, in order. */
  readonly parms: (
    of: { readonly servers: readonly string[]; readonly dataFile: string },
  ) => Iterable<readonly [key: string, value: ParmValue]>;
  /** Of object `index` (from 1). */
  readonly nameOf: (index: number) => string;
  /** The object, around which the run puts its name, labels and time of create. */
  readonly make: (place: ObjectPlace) => KubeObject;
  /** With --metrics-addr: how long to stay up after the end. */
  readonly lingerMs?: number;
  /** What climbs, if a ladder is asked for. */
  readonly climbs: ClimbOptions;
  /** By flag: values that follow from others; undefined: without effect beside them. */
  readonly derived: Readonly<Record<string, unknown>>;
  /** What is put on a whole run, or on one stage of it; made anew for each. */
  readonly load: (scope: LoadScope, tools: DriverTools) => Load;
  /** The same for a rung of a ladder: at so many arrivals per second or workers, for so long. */
  readonly at: (level: number, options: { readonly durationMs: number }) => Driver;
}

/** What a load is made of: objects that no stage before had, and what writes them. */
export interface DriverTools {
  readonly objects: Pick<RunObjects, "refOf" | "make">;
  readonly writer: ObjectWriter;
}

/** What the driver must be ready for on all of a ladder. */
export function onLadder(driver: Driver, ladder: Ladder): Driver {
  const durationMs = ladder.settleMs + ladder.stageDurationMs;
  const first = driver.at(firstLevel(ladder), { durationMs });
  const { objects, mostAtOnce, nameOf } = driver.at(highestLevel(ladder), { durationMs });
  const { ttl: _follows, ...derived } = driver.derived;
  return {
    ...driver,
    model: `${first.model}, then more ${ladder.unit}`,
    writes: first.writes,
    ...{ objects, mostAtOnce, nameOf },
    targetRatePerSec: null,
    changes: {},
    derived: { ...derived, n: undefined, [ladder.flag]: undefined },
  };
}

const VERBS = { create: "create", update: "patch", delete: "delete" } as const;

export function driverNeeds(driver: Driver, values: DriverValues): ClusterNeeds {
  const { kind, mostAtOnce, targetRatePerSec, writes, connections } = driver;
  return {
    rights: [
      ...objectRights(driver, values.namespace),
      ...(values["create-namespace"] ? NAMESPACE_RIGHTS : []),
      ...(connections.spread === "endpoints" ? ENDPOINT_RIGHTS : []),
      ...recordRights(values.namespace[0] ?? "default"),
      ...FLOW_NAME_RIGHTS,
    ],
    namespaces: values.namespace,
    createsNamespaces: values["create-namespace"],
    objects: [{ kind, mostAtOnce }],
    requestsPerSec: targetRatePerSec === null ? null : targetRatePerSec * writes.length,
    connections: Math.max(1, connections.count ?? values.conns),
    watches: driver.startLogger === undefined ? 0 : values.namespace.length,
    defaultThresholds: driverThresholds(driver),
  };
}

/** Every write must succeed. */
export function driverThresholds({ writes }: Pick<Driver, "writes">): string[] {
  return writes.map((op) => `${op}.failed.count <= 0`);
}

/** Without which no run can take place. */
function objectRights(
  { kind, writes, startLogger }: Driver,
  namespaces: readonly string[],
): NeededRight[] {
  const verbs = new Set<string>(writes.map((op) => VERBS[op]));
  // Cleaning up lists what is left, and deletes it, whatever the load does.
  verbs.add("delete").add("list");
  if (startLogger !== undefined) verbs.add("watch");
  return namespaces.flatMap((namespace) => [...verbs].map((verb) => ({ verb, kind, namespace })));
}

/** For `--dry-run`, which asks no server: the path of a kind that has to be looked up is a guess. */
export function drySections(
  driver: Driver,
  { values, identity, ladder }: Pick<Identified<DriverFlags>, "values" | "identity"> & {
    ladder?: Ladder | undefined;
  },
): PlanSection[] {
  const { kind } = driver;
  const resource = "plural" in kind ? kind : guessedResource(kind);
  const { rights } = driverNeeds(driver, values);
  const dataFile = dataFilePath(values.datafile, identity);
  const textOf = ({ kind, ...right }: NeededRight) =>
    formatPermission({ ...right, resource: "plural" in kind ? kind : resource });
  // `get,create,delete namespaces for ...`: one line for each of what it is for.
  const comforts = Map.groupBy(
    rights.filter(({ onlyFor }) => onlyFor !== undefined),
    ({ verb: _, ...right }) => `${textOf({ ...right, verb: "" }).trim()} for ${right.onlyFor}`,
  );
  return [
    { title: "command", value: identity.command },
    { title: "run id", value: identity.runId },
    { title: "objects", value: driver.objects },
    { title: "kind", value: `${kind.kind} (${apiVersionOf(resource)})` },
    { title: "namespaces", value: values.namespace.join(", ") },
    { title: "writes of each object", value: driver.writes.join(", ") },
    { title: "load", value: driver.model },
    { title: "population", value: `about ${formatSignificant(driver.targetPopulation)}` },
    ...ladder === undefined
      ? [{ title: "duration", value: driver.expectedDuration }]
      : ladderSections(ladder),
    { title: "thresholds", value: effectiveThresholds(values, driverThresholds(driver)) },
    {
      title: "files",
      value: [dataFile, parmsFilePath(dataFile, { ...identity, out: values.out })],
    },
    {
      title: "permissions needed",
      value: rights.filter(({ onlyFor }) => onlyFor === undefined).map(textOf),
    },
    {
      title: "permissions used if granted",
      value: [...comforts].map(([what, all]) => `${all.map(({ verb }) => verb).join(",")} ${what}`),
    },
  ];
}
