/**
 * One run of gateway probes between its connections and its report: Gateways are made sure of, what the
 * run lays into the cluster is registered to go again, and each probe works on each of its scenes: all
 * Gateways joined, or one after another.
 * @module
 */

import { CannotRunError, OperationFailedError } from "../../../core/errors.ts";
import type { Run } from "../../../core/run/run.ts";
import { runStage } from "../../../core/run/run_stage.ts";
import type { Say } from "../../../core/say.ts";
import { HTTP_ROUTES, REFERENCE_GRANTS } from "../../../kube/gateway_api/kinds.ts";
import type { GrantedSession } from "../../../kube/conduct_on_cluster.ts";
import { objectNames } from "../../../kube/owned/object_names.ts";
import { Footprint } from "../../../kube/owned/footprint.ts";
import type { OwnedObjects } from "../../../kube/owned/owned_objects.ts";
import type { RunIdentity } from "../../../kube/owned/ownership.ts";
import type { Resource } from "../../../kube/resource.ts";
import type { GatewayValues } from "../flags.ts";
import { grantBackend, requireBackend } from "./backend.ts";
import { requireGatewayApi } from "./gateway_api_version.ts";
import type { GatewayProbe, Scene, SceneGateway } from "./gateway_probe.ts";
import { parseAddressOverride, parseGatewayRef } from "./gateway_ref.ts";
import { GatewayWatch } from "./gateway_watch.ts";
import { laySimulated } from "./lay_simulated.ts";
import { namespacesOf } from "./probe_namespaces.ts";
import { layPilots } from "./pilots.ts";
import { readyGateway } from "./ready_gateway.ts";
import { RouteWatch } from "./route_watch.ts";
import { RouteWrites } from "./route_writes.ts";

export interface ProbesOptions {
  readonly probes: readonly GatewayProbe[];
  /** `namespace/name`, each once. */
  readonly gateways: readonly string[];
  readonly values: GatewayValues;
  readonly identity: RunIdentity;
  readonly session: Pick<GrantedSession, "cluster" | "flow">;
  readonly say: Say;
}

/** See the module. @throws {CannotRunError} before any load */
export async function runProbes(run: Run, options: ProbesOptions): Promise<void> {
  const { probes, values: { joined }, session } = options;
  await using closing = new AsyncDisposableStack();
  const ready = await prepare(run, { ...options, closing });
  if (ready === undefined) return;
  session.flow.reset(); // getting ready was no load
  const scale = probes.find((probe) => probe.scale?.simulated !== undefined)?.scale;
  if (scale !== undefined) await laySimulated(run, ready, scale);
  let pass = 0;
  for (const probe of probes) {
    const passes = joined ? [ready.gateways] : ready.gateways.map((gateway) => [gateway]);
    for (const gateways of passes) {
      if (run.stopping.aborted) return;
      const isOneOfMany = !joined && ready.gateways.length > 1;
      const prefix = [
        ...probes.length > 1 ? [probe.name] : [],
        ...isOneOfMany ? [gateways[0]!.tag] : [],
      ].join(" ");
      await probe.work(sceneOf(run, { ...ready, gateways, prefix, pass: pass++ }));
    }
  }
}

type Prepared = Omit<Scene, "stage" | "run" | "pass">;

/** Undefined if the run was stopped meanwhile. */
async function prepare(
  run: Run,
  options: ProbesOptions & { readonly closing: AsyncDisposableStack },
): Promise<Prepared | undefined> {
  try {
    return await getReady(run, options);
  } catch (thrown) {
    if (run.stopping.aborted) return undefined;
    if (!(thrown instanceof OperationFailedError)) throw thrown;
    throw new CannotRunError(`The server does not let the probe begin: ${thrown.message}`, {
      cause: thrown,
    });
  }
}

async function getReady(
  run: Run,
  options: ProbesOptions & { readonly closing: AsyncDisposableStack },
): Promise<Prepared> {
  const { probes, values, identity, session: { cluster }, closing, say } = options;
  const { clock, rng, recorder, stopping: signal } = run;
  await requireGatewayApi(run, cluster);
  await requireBackend(run, cluster, values);
  const namespaces = namespacesOf(values, probes);
  const gateways = await gatewaysOf(run, { ...options, namespaces: namespaces.ofRoutes });
  const kinds = new Set([
    HTTP_ROUTES,
    ...namespaces.granting.length === 0 ? [] : [REFERENCE_GRANTS],
    ...probes.flatMap(kindsOf),
  ]);
  const footprint = await Footprint.lay(run, cluster, {
    identity,
    namespaces: namespaces.all,
    createsNamespaces: values["create-namespace"],
    kinds: [...kinds],
    isKept: () => isKept(run, values),
    say,
  });
  const owned = new Map<Resource, OwnedObjects>();
  const objectsOf = (kind: Resource) => {
    const found = owned.get(kind) ?? footprint.objects(kind);
    owned.set(kind, found);
    return found;
  };
  const writes = new RouteWrites({
    cluster,
    resource: HTTP_ROUTES,
    owned: objectsOf(HTTP_ROUTES),
    fieldManager: "scaletool",
  });
  const routes = await RouteWatch.open(cluster, {
    namespaces: namespaces.ofRoutes,
    runId: identity.runId,
    clock,
    rng: rng.fork("routes"),
    recorder,
    signal,
  });
  closing.use(routes);
  for (const gateway of gateways) routes.follow(gateway);
  const nameOf = objectNames({ runId: `${identity.runId}-pilot`, highest: gateways.length });
  const place = { cluster, identity, objectsOf };
  await grantBackend(run, place, { values, routeNamespaces: namespaces.ofRoutes });
  await layPilots(run, { gateways, writes, values, identity, nameOf });
  return { cluster, identity, gateways, routes, writes, objectsOf, say };
}

function kindsOf({ objects }: GatewayProbe): Resource[] {
  return objects.map(({ kind }) => kind as Resource);
}

async function gatewaysOf(
  run: Run,
  { gateways, values, session: { cluster }, namespaces, closing }: ProbesOptions & {
    readonly namespaces: readonly string[];
    readonly closing: AsyncDisposableStack;
  },
): Promise<SceneGateway[]> {
  const { clock, rng, recorder, stopping: signal } = run;
  const overrides = values.address.map(parseAddressOverride);
  const found: SceneGateway[] = [];
  for (const tag of gateways) {
    const ref = parseGatewayRef(tag);
    const watch = await GatewayWatch.open(cluster, {
      gateway: ref,
      clock,
      rng: rng.fork(`watch of ${tag}`),
      recorder,
      signal,
    });
    closing.use(watch);
    const ready = await readyGateway(run, cluster, {
      watch,
      ref,
      listeners: values.listeners,
      namespaces,
      override: overrides.find(({ gateway = tag }) => gateway === tag),
      timeoutMs: values["ready-timeout"],
    });
    const { className, controllerName, plane: { address, port } } = ready;
    run.addFact(`Gateway ${tag}`, `class ${className} of ${controllerName}, at ${address}:${port}`);
    found.push({ ...ready, watch });
  }
  return found;
}

function isKept({ live, end }: Run, { keep }: GatewayValues): boolean {
  if (keep !== "on-failure") return keep === "always";
  const endedByItself = end?.reason === "limit" || end?.reason === "duration";
  return !endedByItself ||
    [...live.operations.values()].some(({ failedCount }) => failedCount > 0);
}

function sceneOf(
  run: Run,
  { prefix, ...prepared }: Prepared & { readonly prefix: string; readonly pass: number },
): Scene {
  return {
    ...prepared,
    run,
    async stage({ name, ...spec }, work) {
      const full = prefix === "" ? name : `${prefix} ${name}`;
      await runStage(run, { level: null, targetRatePerSec: null, ...spec, name: full }, work);
    },
  };
}
