/**
 * What must be there before the stress test begins: its footprint with the definition and the first
 * object of each type, and a Steve that shows them. Can be done again after a run that was killed; puts
 * no load on.
 * @module
 */

import type { Say } from "../../../core/say.ts";
import { CannotRunError, OperationFailedError } from "../../../core/errors.ts";
import type { Run } from "../../../core/run/run.ts";
import { NAME } from "../../../core/version.ts";
import type { Cluster, ClusterWriter } from "../../../kube/cluster.ts";
import type { NeededRight } from "../../../kube/kubernetes_command.ts";
import type { SetUpContext } from "../../../kube/owned/definition.ts";
import { Footprint } from "../../../kube/owned/footprint.ts";
import type { OwnedObjects } from "../../../kube/owned/owned_objects.ts";
import { ownerLabels, type RunIdentity } from "../../../kube/owned/ownership.ts";
import { recordRights } from "../../../kube/owned/run_record.ts";
import { CUSTOM_RESOURCE_DEFINITIONS, NAMESPACES, type Resource } from "../../../kube/resource.ts";
import { retrying } from "../../../kube/set_up_retry.ts";
import { isAlreadyExists } from "../../../kube/status_error.ts";
import { removeLeftovers } from "./leftovers.ts";
import { COLUMNS, crd, FOO_SCHEMA_ID, FOO_TYPE, FOOS, ObjectSet } from "../load/objects.ts";
import { requireSteve, untilColumns, untilShown } from "../client/reach.ts";
import type { SteveClient } from "../client/steve_client.ts";
import type { SteveType } from "../written_event.ts";

interface SetUpPlan {
  readonly identity: RunIdentity;
  readonly namespace: string;
  /** Those that are churned. */
  readonly types: ReadonlyMap<SteveType, Resource>;
  /** Of the churned objects; the first ones of set-up hold nothing. */
  readonly payloadBytes: number;
}

interface SetUpParts {
  readonly cluster: Cluster;
  /** Makes the first objects: best one whose answers hold metadata alone. */
  readonly creator: Pick<ClusterWriter, "create">;
  readonly steve: Pick<SteveClient, "list" | "columns" | "url">;
  readonly plan: SetUpPlan;
  readonly say: Say;
}

/** What the load works with. */
export interface Prepared {
  readonly objects: ObjectSet;
  readonly owned: ReadonlyMap<SteveType, OwnedObjects>;
  /** Of each type: the revision of Steve's list, for subscriptions to begin after. */
  readonly revisions: ReadonlyMap<SteveType, string | undefined>;
}

/** What set-up, churn and CRD changes ask of the cluster. */
export function setUpRights(
  { namespace, types }: Pick<SetUpPlan, "namespace" | "types">,
): NeededRight[] {
  const needs = (kind: Resource, verbs: readonly string[]): NeededRight[] =>
    verbs.map((verb) => ({ verb, kind, ...(kind.namespaced ? { namespace } : {}) }));
  const kinds = new Set([...types.values(), FOOS]);
  return [
    ...[...kinds].flatMap((kind) => needs(kind, ["create", "delete", "list", "watch"])),
    ...needs(CUSTOM_RESOURCE_DEFINITIONS, ["get", "create", "patch", "delete"]),
    ...needs(NAMESPACES, ["get", "create", "delete"]),
    ...recordRights(namespace),
  ];
}

/**
 * Gets everything ready, what is to be undone registered first. A cluster on which a run was killed
 * is made as good as new before.
 * @throws {CannotRunError} for whatever keeps the test from beginning, in one line
 * @throws the signal's reason, once the run is stopped
 */
export async function setUp(run: Run, parts: SetUpParts): Promise<Prepared> {
  try {
    return await prepare(run, parts);
  } catch (error) {
    if (!(error instanceof OperationFailedError)) throw error;
    throw new CannotRunError(`The server does not let the test begin: ${error.message}`, {
      cause: error,
    });
  }
}

async function prepare(run: Run, parts: SetUpParts): Promise<Prepared> {
  const { cluster, steve, say, plan: { identity, namespace, types, payloadBytes } } = parts;
  const { clock, rng, stopping: signal } = run;
  const context = { clock, rng: rng.fork("set-up"), signal, say };
  await requireSteve(steve, { ...context, namespace });
  if (!run.isOnGroundwork) await removeLeftovers(cluster, { ...context, identity, namespace });
  const footprint = await Footprint.lay(run, cluster, {
    identity,
    namespaces: [namespace],
    createsNamespaces: true,
    kinds: [...types.values(), FOOS, CUSTOM_RESOURCE_DEFINITIONS],
    say,
  });
  const labels = ownerLabels(identity);
  await footprint.define(FOOS, crd("A", { labels }));
  const objects = { runId: identity.runId, namespace, labels };
  const first = new ObjectSet({ ...objects, payloadBytes: 0 });
  const owned = new Map([...types].map(([type, resource]) => [type, footprint.objects(resource)]));
  for (const [type, resource] of run.isOnGroundwork ? [] : types) {
    await makeFirst(resource, { ...parts, first, owned: owned.get(type)!, context });
  }
  const revisions = new Map<SteveType, string | undefined>();
  for (const [type, resource] of types) {
    const { name } = first.ref(resource, 0);
    revisions.set(type, await untilShown(steve, { ...context, type, name }));
  }
  if (types.has(FOO_TYPE)) {
    await untilColumns(steve, { ...context, schemaId: FOO_SCHEMA_ID, columns: COLUMNS.A });
  }
  return { objects: new ObjectSet({ ...objects, payloadBytes }), owned, revisions };
}

/** Steve has no revision of a type of which it has seen no object. */
async function makeFirst(
  resource: Resource,
  { creator, first, owned, context }: Pick<SetUpParts, "creator"> & {
    first: ObjectSet;
    owned: OwnedObjects;
    context: SetUpContext;
  },
): Promise<void> {
  const options = { signal: context.signal, fieldManager: NAME };
  owned.register(first.ref(resource, 0));
  try {
    const object = first.make(resource, 0);
    await retrying(() => creator.create(resource, object, options), context);
  } catch (thrown) {
    // The answer to an earlier try may have been lost: no other run has this name.
    if (!isAlreadyExists(thrown)) throw thrown;
  }
}
