/**
 * One run of a gateway probe between its connections and its report: Gateways are made sure of, what the
 * run lays into the cluster is registered to go again, and the probe works on each of its scenes: all
 * Gateways joined, or one after another.
 * @module
 */

import { CannotRunError, OperationFailedError } from "../../../core/errors.ts";
import { formatAddress } from "../../../core/net/address.ts";
import type { Run } from "../../../core/run/run.ts";
import { runStage } from "../../../core/run/run_stage.ts";
import { isOrderly } from "../../../core/run_log/record.ts";
import type { Say } from "../../../core/say.ts";
import { HTTP_ROUTES } from "../../../kube/gateway_api/kinds.ts";
import type { GrantedSession } from "../../../kube/conduct_on_cluster.ts";
import { objectNames } from "../../../kube/owned/object_names.ts";
import { Footprint } from "../../../kube/owned/footprint.ts";
import type { OwnedObjects } from "../../../kube/owned/owned_objects.ts";
import type { RunIdentity } from "../../../kube/owned/ownership.ts";
import type { Resource } from "../../../kube/resource.ts";
import type { GatewayValues } from "../flags.ts";
import { grantBackend, requireBackend } from "./backend.ts";
import { failedWritesSayer } from "./failed_writes.ts";
import { requireGatewayApi } from "./gateway_api_version.ts";
import type { GatewayProbe, Scene } from "./gateway_probe.ts";
import type { SceneGateway } from "./scene_gateway.ts";
import { parseGatewayRef } from "../../../kube/gateway_api/gateway_ref.ts";
import { addressOverride } from "./gateway_ref.ts";
import { GatewayWatch } from "./gateway_watch.ts";
import { laySimulated } from "./lay_simulated.ts";
import { namespacesOf } from "./probe_namespaces.ts";
import { layPilots } from "./pilots.ts";
import { readyGateway, STALE_AFTER_MS, UNVERSIONED_STATUS } from "./ready_gateway.ts";
import { hostnameOfAll } from "./route_places.ts";
import { RouteWatch, type UnversionedEvent } from "./route_watch.ts";
import { RouteWrites } from "./route_writes.ts";

export interface ProbeOptions {
  readonly probe: GatewayProbe;
  /** `namespace/name`, each once. */
  readonly gateways: readonly string[];
  readonly values: GatewayValues;
  readonly identity: RunIdentity;
  readonly session: Pick<GrantedSession, "cluster" | "flow">;
  readonly say: Say;
}

/** See the module. @throws {CannotRunError} before any load */
export async function runProbe(run: Run, options: ProbeOptions): Promise<void> {
  const { probe: { scale, work }, values: { joined }, session } = options;
  await using closing = new AsyncDisposableStack();
  const ready = await prepare(run, { ...options, closing });
  if (ready === undefined) return;
  session.flow.reset(); // getting ready was no load
  if (scale?.simulated !== undefined) await laySimulated(run, ready, scale);
  const passes = joined ? [ready.gateways] : ready.gateways.map((gateway) => [gateway]);
  for (const [pass, gateways] of passes.entries()) {
    if (run.stopping.aborted) break;
    const prefix = passes.length > 1 ? `${gateways[0]!.tag} ` : "";
    await work(sceneOf(run, { ...ready, gateways, prefix, pass }));
  }
  warnOfMissed(run, ready);
}

type Prepared = Omit<Scene, "stage" | "run" | "pass">;

/** Undefined if the run was stopped meanwhile. */
async function prepare(
  run: Run,
  options: ProbeOptions & { readonly closing: AsyncDisposableStack },
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
  options: ProbeOptions & { readonly closing: AsyncDisposableStack },
): Promise<Prepared> {
  const { probe, values, identity, session: { cluster }, closing, say } = options;
  const { clock, rng, recorder, stopping: signal } = run;
  const namespaces = namespacesOf(values, probe);
  const kinds = namespaces.objects.map(({ kind }) => kind as Resource);
  await requireGatewayApi(run, cluster, kinds);
  await requireBackend(run, cluster, values);
  const gateways = await gatewaysOf(run, { ...options, namespaces: namespaces.ofRoutes });
  const footprint = await Footprint.lay(run, cluster, {
    identity,
    namespaces: namespaces.all,
    createsNamespaces: values["create-namespace"],
    kinds,
    isKept: () => isKept(run, values),
    say,
  });
  const owned = new Map<Resource, OwnedObjects>();
  const objectsOf = (kind: Resource) => {
    const found = owned.get(kind) ?? footprint.objects(kind, namespaces.of(kind));
    owned.set(kind, found);
    return found;
  };
  const writes = new RouteWrites({
    cluster,
    resource: HTTP_ROUTES,
    owned: objectsOf(HTTP_ROUTES),
    fieldManager: "scaletool",
    onFailed: failedWritesSayer(run),
  });
  const routes = await RouteWatch.open(cluster, {
    namespaces: namespaces.ofRoutes,
    runId: identity.runId,
    clock,
    rng: rng.fork("routes"),
    recorder,
    signal,
    staleAfterMs: probe.scale?.holdMs ?? STALE_AFTER_MS,
    onUnversioned: (event) => warnOfUnversioned(run, event),
  });
  closing.use(routes);
  for (const gateway of gateways) routes.follow(gateway);
  const nameOf = objectNames({ runId: `${identity.runId}-pilot`, highest: gateways.length });
  const place = { cluster, identity, objectsOf };
  await grantBackend(run, place, { values, routeNamespaces: namespaces.ofRoutes });
  const pilots = await layPilots(run, { gateways, routes, writes, values, identity, nameOf });
  return { cluster, identity, gateways, pilots, routes, writes, objectsOf, say };
}

async function gatewaysOf(
  run: Run,
  { gateways, values, session: { cluster }, namespaces, closing }: ProbeOptions & {
    readonly namespaces: readonly string[];
    readonly closing: AsyncDisposableStack;
  },
): Promise<SceneGateway[]> {
  const { clock, rng, recorder, stopping: signal } = run;
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
      wishes: { names: values.listeners, namespaces, hostnames: values.hostnames },
      override: addressOverride(values.address, tag),
      timeoutMs: values["ready-timeout"],
    });
    const { className, controllerName, plane: { address, port } } = ready;
    run.addFact(
      `Gateway ${tag}`,
      `class ${className} of ${controllerName}, at ${formatAddress({ hostname: address, port })}`,
    );
    found.push({ ...ready, watch });
  }
  if (values.joined && hostnameOfAll(found) === null) {
    throw new CannotRunError(
      `No host name of a route fits the listeners of all Gateways (${
        found.map(({ tag, hostname = "any host" }) => `${tag}: ${hostname}`).join(", ")
      }): probe them one after another, without --joined`,
    );
  }
  return found;
}

function warnOfUnversioned(run: Run, { gateway, route, how }: UnversionedEvent): void {
  const what = how === "missing"
    ? "without saying of which generation (observedGeneration 0, or none)"
    : "of an earlier generation for longer than a status is only late";
  run.warn(
    UNVERSIONED_STATUS,
    `The controller of Gateway ${gateway} accepts routes ${what}, e.g. ${route}: whether they are ` +
      "accepted as they are now cannot be known",
  );
}

/** What nobody has seen cannot be counted. */
function warnOfMissed(run: Run, { gateways, routes }: Pick<Scene, "gateways" | "routes">): void {
  const missed = [
    ...gateways.map(({ tag, watch }) => ({ what: `Gateway ${tag}`, missed: watch.missed })),
    { what: "routes", missed: routes.missed },
  ].filter(({ missed }) => missed > 0);
  if (missed.length === 0) return;
  run.warn(
    "writes-incomplete",
    `Watches were lost, and the server had forgotten what came meanwhile: at least ${
      missed.map(({ what, missed }) => `${missed} writes to ${what}`).join(", ")
    } are in no figure of writes, and what they came to was seen late`,
  );
}

function isKept({ live, end }: Run, { keep }: GatewayValues): boolean {
  if (keep !== "on-failure") return keep === "always";
  return !isOrderly(end) ||
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
      await settleWrites(run, prepared.writes);
      const full = `${prefix}${name}`;
      await runStage(run, { level: null, targetRatePerSec: null, ...spec, name: full }, work);
    },
  };
}

/** What an earlier stage may have left is neither counted nor served in the one that is to begin. */
async function settleWrites(run: Run, writes: RouteWrites): Promise<void> {
  const left = await writes.settle(run);
  if (left === 0 || run.stopping.aborted) return;
  run.warn(
    "routes-in-doubt",
    `${left} routes whose create or delete was not answered may still be there, and cannot be ` +
      "deleted for now: what is counted and served from here on may include them",
  );
}
