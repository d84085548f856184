/**
 * What a driver is -> checked, shown or run: the part that all drivers have in common before the
 * first request and around the run. Knows no schedule and no kind of object.
 * @module
 */

import { UsageError } from "../core/errors.ts";
import { EXIT_CODE, type ExitCode } from "../core/exit_code.ts";
import { SystemClock } from "../core/load/clock.ts";
import { randomSeed, type Rng } from "../core/load/rng.ts";
import type { Invocation } from "../core/command/command.ts";
import { conduct } from "../core/run/conduct.ts";
import { type PlanSection, renderPlan } from "../core/command/dry_run.ts";
import type { RunPlan } from "../core/run/run_plan.ts";
import { effectiveThresholds } from "../core/run/make_manifest.ts";
import { allMeasures, countersOf } from "../core/run/measures.ts";
import type { Run } from "../core/run/run.ts";
import { runIdOf } from "../core/command/run_id.ts";
import { CREATE_TIMESTAMP } from "../kube/sample_log/times.ts";
import { formatSignificant } from "../core/units.ts";
import { FLOW_MEASURES } from "../kube/http/flow_control.ts";
import { LIFE_MEASURES } from "../kube/http/life_guard.ts";
import { formatPermission } from "../kube/server/access.ts";
import { KUBERNETES_REASONS } from "../kube/kubernetes_reasons.ts";
import { type ClusterSession, connectCluster, type Spread } from "../kube/connect.ts";
import { discover, type KindName } from "../kube/server/discovery.ts";
import { guessedResource } from "../kube/server/guessed_resource.ts";
import type { KubeObject, ObjectRef } from "../kube/object.ts";
import type { NeededRight } from "../kube/kubernetes_command.ts";
import { ownerLabels, type RunIdentity } from "../kube/owned/ownership.ts";
import { apiVersionOf, type Resource } from "../kube/resource.ts";
import { resolveTarget, systemWorld } from "../kube/config/target.ts";
import { driverNeeds, driverThresholds, objectPermissions, objectRights } from "./driver_needs.ts";
import { type DriverPlan, DriverRun, type DriverSession, POPULATION_GAUGES } from "./driver_run.ts";
import type { DriverFlags, DriverValues } from "./flags.ts";
import type { ObjectWriter, RunObjects } from "./object_writer.ts";
import type { ParmValue } from "./parms.ts";
import { dataFilePath, parmsFilePath } from "./run_names.ts";

/** Of one object: what its name, texts and times are made of. */
export type ObjectPlace = ObjectRef & { readonly index: number; readonly stamp: string };

/** What one use of a driver does; all of it known before anything is contacted. */
export interface Driver
  extends Pick<DriverPlan, "targetPopulation" | "steadyAfterMs" | "leavesObjects" | "startLogger"> {
  /** A kind that is no {@link Resource} is looked up on the server. */
  readonly kind: Resource | KindName;
  /** For people, e.g. `300 ConfigMaps of 2 kB`. */
  readonly objects: string;
  /** The load model, for people. */
  readonly model: string;
  /** Highest number of objects at a time, if the server keeps up. */
  readonly mostAtOnce: number;
  /** Offered arrivals; null if the server's speed decides. */
  readonly targetRatePerSec: number | null;
  /** How long the load takes if the server keeps up, for people. */
  readonly expectedDuration: string;
  /** The writes that the load has, each of which must succeed unless a threshold says otherwise. */
  readonly writes: readonly ("create" | "update" | "delete")[];
  readonly connections: { readonly spread: Spread; readonly count?: number; readonly random?: Rng };
  readonly parms: (
    servers: readonly string[],
  ) => Iterable<readonly [key: string, value: ParmValue]>;
  /** Of object `index` (from 1). */
  readonly nameOf: (index: number) => string;
  /** The object, around which the run puts its name, labels and time of create. */
  readonly make: (place: ObjectPlace) => KubeObject;
  readonly load: (
    run: Run,
    tools: { objects: RunObjects; writer: ObjectWriter },
  ) => Promise<void>;
  /** With --metrics-addr: how long to stay up after the end. */
  readonly lingerMs?: number;
  /** By flag: values that follow from others; undefined: without effect beside them. */
  readonly derived: Readonly<Record<string, unknown>>;
}

/** Values with which a run's objects can be made before there is a run: it has its id and its seed. */
export type Identified<V extends DriverValues> = V & { readonly "run-id": string };

/** The part of the connected cluster that the run itself, and not its beginning, needs. */
export interface LoadSession
  extends DriverSession, Pick<ClusterSession, "servers" | "facts" | "warnings"> {
  readonly target: { readonly server: string };
}

/**
 * The given run id and seed, or new ones.
 * @throws {UsageError} if the id cannot be one, or --datafile names no file
 */
export function withIdentity<V extends DriverValues>(values: V): Identified<V> {
  const id = runIdOf(values["run-id"], new SystemClock().wallNow());
  dataFilePath(values.datafile, { runId: id }); // refused before anything is shown or examined
  return { ...values, "run-id": id, seed: values.seed === 0 ? randomSeed() : values.seed };
}

/**
 * Shows or runs the driver.
 * @throws {UsageError | CannotRunError} before any load
 */
export async function runDriver(
  invocation: Invocation<DriverFlags> & { values: Identified<DriverValues> },
  driver: Driver,
): Promise<ExitCode> {
  const { command, values, io } = invocation;
  const identity = { runId: values["run-id"], command };
  if (values["dry-run"]) {
    io.stdout(renderPlan(planSections(driver, { values, identity }), values.output));
    return EXIT_CODE.pass;
  }
  const clock = new SystemClock();
  const { connections, kind } = driver;
  using session = await connectCluster({
    identity,
    values,
    target: resolveTarget(values, systemWorld(clock)),
    clock,
    spread: connections.spread,
    ...(connections.count === undefined ? {} : { connections: connections.count }),
    ...(connections.random === undefined ? {} : { random: connections.random }),
  });
  const resource = "plural" in kind
    ? kind
    : await session.ask(() => discover(session.cluster, kind));
  await session.require(objectPermissions(objectRights(driver, values.namespace), resource));
  return await conduct(invocation, runPlanOf(driver, { values, identity, session, resource }));
}

/** The run of a driver on a cluster that serves `resource`. */
export function runPlanOf(
  driver: Driver,
  { values, identity, session, resource }: {
    values: DriverValues;
    identity: RunIdentity;
    session: LoadSession;
    resource: Resource;
  },
): RunPlan {
  const where = resource.namespaced ? `, ${namespacesText(values.namespace)}` : "";
  const { targetPopulation, steadyAfterMs, leavesObjects, startLogger } = driver;
  const objects = runObjects(driver, { values, identity, resource });
  return {
    target: `${session.target.server}${where}`,
    model: driver.model,
    targetRatePerSec: driver.targetRatePerSec,
    defaultThresholds: driverThresholds(driver),
    reasons: KUBERNETES_REASONS,
    mainOperation: "create",
    measures: allMeasures(
      {
        counters: values["on-429"] === "retry" ? countersOf("retries") : [],
        others: [...driver.writes, ...POPULATION_GAUGES],
      },
      FLOW_MEASURES,
      LIFE_MEASURES,
      ...(startLogger?.measures === undefined ? [] : [startLogger.measures]),
    ),
    facts: { ...session.facts, objects: driver.objects },
    warnings: session.warnings,
    ...(driver.lingerMs === undefined ? {} : { lingerMs: driver.lingerMs }),
    instrument: (run, say) => {
      const plan: DriverPlan = {
        identity,
        values,
        resource,
        parms: driver.parms(session.servers),
        objects,
        targetPopulation,
        steadyAfterMs,
        leavesObjects,
        startLogger,
        load: (run, writer) => driver.load(run, { objects, writer }),
      };
      return new DriverRun(run, { session, plan, say }).work();
    },
  };
}

/** The driver's objects where they are, with the run's own labels and the time of their create. */
function runObjects(
  { nameOf, make }: Driver,
  { values, identity, resource }: {
    values: DriverValues;
    identity: RunIdentity;
    resource: Resource;
  },
): RunObjects {
  const own = ownerLabels(identity);
  const refOf = (index: number): ObjectRef => {
    const name = nameOf(index);
    if (!resource.namespaced) return { name };
    return { name, namespace: namespaceOf(index, values.namespace) };
  };
  return {
    refOf,
    make(index, stamp) {
      const ref = refOf(index);
      const object = make({ ...ref, index, stamp });
      const { labels, annotations } = object.metadata;
      const metadata = {
        ...object.metadata,
        ...ref,
        labels: { ...labels, ...own },
        annotations: { ...annotations, [CREATE_TIMESTAMP]: stamp },
      };
      return { ...object, metadata };
    },
  };
}

/** Object `index` (from 1) is in the namespace whose turn it is. */
function namespaceOf(index: number, namespaces: readonly string[]): string {
  const found = namespaces[(index - 1) % namespaces.length];
  if (found === undefined) throw new UsageError("--namespace: expected at least one");
  return found;
}

/** For `--dry-run`, which asks no server: the path of a kind that has to be looked up is a guess. */
export function planSections(
  driver: Driver,
  { values, identity }: { values: DriverValues; identity: RunIdentity },
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
    { title: "duration", value: driver.expectedDuration },
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

function namespacesText(names: readonly string[]): string {
  return `namespace${names.length > 1 ? "s" : ""} ${names.join(", ")}`;
}
