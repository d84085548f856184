/**
 * From the flags of a load to the pods that are to put it on: which cluster, with what rights, and
 * whether this user may. Makes nothing yet.
 * @module
 */

import { type Command, type Invocation, withFlags } from "../../core/command/command.ts";
import { RUN_FLAGS, type RunFlags } from "../../core/command/run_flags.ts";
import { UsageError } from "../../core/errors.ts";
import { readTextFile } from "../../core/files.ts";
import { given } from "../../core/given.ts";
import { type Clock, SystemClock } from "../../core/load/clock.ts";
import { createRng, randomSeed } from "../../core/load/rng.ts";
import { writeYaml } from "../../core/yaml.ts";
import { CLUSTER_FLAGS, type ClusterValues } from "../cluster_flags.ts";
import { type ClusterTarget, resolveTarget, systemWorld } from "../config/target.ts";
import { type ClusterSession, connectCluster } from "../connect.ts";
import type { ClusterNeeds, KubernetesCommand, NeededRight } from "../kubernetes_command.ts";
import { ensureNamespaces } from "../owned/namespaces.ts";
import { type RunIdentity, userAgent } from "../owned/ownership.ts";
import type { KindName, Resource } from "../resource.ts";
import { missingPermissions, notPermitted, permissionsOf } from "../server/access.ts";
import { discover } from "../server/discovery.ts";
import { parsePodResources, POD_FLAGS, type PodFlags, type PodValues } from "./flags.ts";
import { accountRights, handedOn, hostingRights } from "./host_rights.ts";
import { connectionsFor, PodHost } from "./pod_host.ts";
import { orderRights, podObjects, type PodPlan, podsName, SETTINGS_FOLDER } from "./pod_objects.ts";
import { offsetToServer } from "./server_date.ts";
import { type ShippedSettings, shippedSettings } from "./shipped_settings.ts";

/** A run that ends by itself nobody knows when is given so long. */
const DEADLINE_MS = 3_600_000;
/** For getting ready, and for what is in flight at the end. */
const DEADLINE_MARGIN_MS = 120_000;
/** etcd takes 1.5 MiB of an object, the API server 1 MiB of a Secret. */
const MOST_SETTINGS_BYTES = 1_000_000;

const NO_NEEDS: ClusterNeeds = {
  rights: [],
  namespaces: [],
  createsNamespaces: false,
  requestsPerSec: null,
  connections: 0,
  watches: 0,
};

/** What the flags alone tell. */
interface Wanted {
  readonly identity: RunIdentity;
  readonly values: PodValues & ClusterValues;
  readonly target: ClusterTarget;
  readonly namespace: string;
  readonly needs: ClusterNeeds;
  readonly settings: ShippedSettings;
  readonly deadlineMs: number;
}

/**
 * Connects, and asks whether all of it is allowed.
 * @throws {UsageError | CannotRunError} in one line, before anything is made
 */
export async function hostInCluster(invocation: Invocation, inner: Command): Promise<PodHost> {
  const clock = new SystemClock();
  const wanted = await wantedOf(invocation, inner);
  const { values, target, identity, settings } = wanted;
  using opened = new DisposableStack();
  const session = opened.use(
    await connectCluster({
      identity,
      values,
      target,
      clock,
      connections: connectionsFor(values.pods),
    }),
  );
  await requireNamespace(session, { wanted, clock });
  const { needs, loadKinds } = await grantedNeeds(session, wanted);
  const plan = planOf(wanted, { needs, settings: settings.files });
  const open = opened.move();
  return new PodHost({
    cluster: session.cluster,
    plan,
    loadKinds,
    timeoutMs: values["pods-timeout"],
    clock,
    rng: createRng(randomSeed()),
    measureClock: (signal) =>
      offsetToServer({ target, values, userAgent: userAgent(identity), clock, signal }),
    found: { server: target.server, ...given({ context: target.names.context }) },
    close: () => open[Symbol.dispose](),
  });
}

/** The objects as YAML, secrets masked; contacts nothing. */
export async function shownInCluster(invocation: Invocation, inner: Command): Promise<string> {
  const wanted = await wantedOf(invocation, inner);
  const { needs, settings } = wanted;
  const objects = podObjects(planOf(wanted, { needs, settings: settings.shown }), null);
  return objects.map((object) => writeYaml(object, { lineWidth: 0 })).join("---\n");
}

async function wantedOf(invocation: Invocation, inner: Command): Promise<Wanted> {
  const { command } = invocation;
  const values = valuesOf(invocation);
  if (invocation.values["sandbox"] === true) {
    throw new UsageError("--in-cluster and --sandbox do not go together: no pod reaches a sandbox");
  }
  const runId = withFlags(invocation, RUN_FLAGS).values["run-id"]!;
  podsName(runId, values.pods);
  const target = resolveTarget(values, systemWorld(new SystemClock()));
  const settings = shippedSettings(invocation, {
    flags: inner.flags,
    folder: SETTINGS_FOLDER,
    readTextFile,
  });
  requireRoom(settings);
  return {
    identity: { runId, command },
    values,
    target,
    namespace: values["pods-namespace"] ?? target.namespace ?? "default",
    needs: "needs" in inner ? await (inner as KubernetesCommand).needs(invocation) : NO_NEEDS,
    settings,
    deadlineMs: deadlineOf(withFlags(invocation, { ...RUN_FLAGS, ...POD_FLAGS })),
  };
}

/** With the defaults of those flags that the command does not have. */
function valuesOf({ values }: Invocation): PodValues & ClusterValues {
  const declared = Object.entries({ ...CLUSTER_FLAGS, ...POD_FLAGS });
  return Object.fromEntries(
    declared.map(([name, flag]) => [name, name in values ? values[name] : flag.defaultValue]),
  ) as PodValues & ClusterValues;
}

/** @throws {UsageError} if they are more than a Secret takes */
function requireRoom({ files }: ShippedSettings): void {
  const bytes = new TextEncoder().encode(Object.values(files).join("")).length;
  if (bytes <= MOST_SETTINGS_BYTES) return;
  throw new UsageError(
    `Cannot hand ${bytes} bytes of settings and files to pods: a Secret takes ${MOST_SETTINGS_BYTES}`,
  );
}

function planOf(
  { identity, values, namespace, deadlineMs }: Wanted,
  { needs, settings }: Pick<PodPlan, "needs" | "settings">,
): PodPlan {
  return {
    identity,
    namespace,
    count: values.pods,
    image: values.image,
    serviceAccount: values["service-account"],
    needs,
    requests: parsePodResources(values["pods-requests"]),
    limits: parsePodResources(values["pods-limits"]),
    deadlineMs,
    isReplaced: values["lost-pod"] === "replace",
    settings,
  };
}

/** From a pod's start, which may wait for the last one's. */
function deadlineOf({ values }: Invocation<RunFlags & PodFlags>): number {
  const { "pods-deadline": asked, "pods-timeout": timeoutMs, duration, warmup } = values;
  if (asked !== undefined) return asked;
  return duration === undefined ? DEADLINE_MS : warmup + duration + timeoutMs + DEADLINE_MARGIN_MS;
}

/** @throws {CannotRunError} if the namespace of the pods is not there, and this run does not make it */
async function requireNamespace(
  { cluster }: ClusterSession,
  { wanted: { needs, namespace }, clock }: { readonly wanted: Wanted; readonly clock: Clock },
): Promise<void> {
  if (needs.createsNamespaces && needs.namespaces.includes(namespace)) return;
  await ensureNamespaces(cluster, [namespace], {
    create: false,
    labels: {},
    clock,
    rng: createRng(randomSeed()),
    signal: new AbortController().signal,
    say: () => {},
  });
}

/**
 * What the load needs, of kinds as the server has them, as far as it can be handed on.
 * @throws {CannotRunError} naming all at once that this user may not do
 */
async function grantedNeeds(
  session: ClusterSession,
  { needs, namespace, identity, values }: Wanted,
): Promise<{ readonly needs: ClusterNeeds; readonly loadKinds: readonly Resource[] }> {
  const { cluster, user, ask } = session;
  const found = new Map<Resource | KindName, Resource>();
  const resourceOf = async (kind: Resource | KindName) => {
    const known = found.get(kind) ??
      ("plural" in kind ? kind : await ask(() => discover(cluster, kind)));
    found.set(kind, known);
    return known;
  };
  const rights: (NeededRight & { readonly kind: Resource })[] = [];
  for (const right of needs.rights) rights.push({ ...right, kind: await resourceOf(right.kind) });
  const loadKinds: Resource[] = [];
  for (const { kind } of needs.objects ?? []) loadKinds.push(await resourceOf(kind));
  const isOwn = values["service-account"] === undefined;
  const orders = { namespace, name: podsName(identity.runId, values.pods) };
  const handed = isOwn
    ? await ask(() => handedOn(cluster, [...rights, ...ordersOf(orders)]))
    : { rights: [], missing: [] };
  const hosting = [
    ...hostingRights(namespace),
    ...(isOwn ? accountRights(namespace, handed.rights) : []),
  ];
  const asked = permissionsOf(hosting, (kind) => kind as Resource);
  const missing = [...await ask(() => missingPermissions(cluster, asked)), ...handed.missing];
  if (missing.length > 0) throw notPermitted(missing, user);
  const granted = new Set(handed.rights);
  return { needs: { ...needs, rights: rights.filter((one) => granted.has(one)) }, loadKinds };
}

function ordersOf(orders: { namespace: string; name: string }) {
  return orderRights(orders) as (NeededRight & { readonly kind: Resource })[];
}
