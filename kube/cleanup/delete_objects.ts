/**
 * How do the objects that were found of a run go, and what of them does not? One kind after the
 * other; never touches what does not carry the run's labels.
 * @module
 */

import { LeftoverError, messageOf } from "../../core/errors.ts";
import { deleteByHand, runSelector } from "../owned/ownership.ts";
import { OwnedObjects } from "../owned/owned_objects.ts";
import { type Resource, resourceName } from "../resource.ts";
import { grantCommand, missingPermissions, type User } from "../server/access.ts";
import type { FoundKind } from "./found_runs.ts";
import { type CleanupContext, labelledObject, listLabelled } from "./labelled_objects.ts";
import type { KindResult, Leftover } from "./result.ts";

/** In which run's name. */
interface Deletion {
  readonly runId: string;
  readonly user: User | undefined;
}

export interface KindOutcome {
  readonly result: KindResult;
  readonly left: readonly Leftover[];
}

interface Target extends Deletion {
  readonly resource: Resource;
  readonly context: CleanupContext;
}

/** Deletes what was found, and whatever else of this kind and run is in the same namespaces. */
export async function deleteKind(
  { resource, objects }: FoundKind,
  context: CleanupContext,
  deletion: Deletion,
): Promise<KindOutcome> {
  const target = { ...deletion, resource, context };
  const byNamespace = Map.groupBy(objects, ({ ref }) => ref.namespace ?? "");
  const refused = await refusedNamespaces([...byNamespace.keys()], target);
  const allowed = [...byNamespace.keys()].filter((namespace) => !refused.has(namespace));
  const left = [...refused].map((namespace) =>
    forbidden(byNamespace.get(namespace)!.length, namespace, target)
  );
  const open = allowed.flatMap((namespace) => byNamespace.get(namespace)!);
  const rest = open.length === 0 ? { count: 0, left: [] } : await deleteAll(open, allowed, target);
  return {
    result: {
      resource: resourceName(resource),
      namespaces: [...byNamespace.keys()].filter((namespace) => namespace !== ""),
      found: objects.length,
      left: objects.length - open.length + rest.count,
    },
    left: [...left, ...rest.left],
  };
}

/** Where the server says that this user may not delete; nowhere if it does not say. */
async function refusedNamespaces(
  namespaces: readonly string[],
  { resource, context: { cluster, signal } }: Target,
): Promise<Set<string>> {
  const permissions = namespaces.map((namespace) => ({ verb: "delete", resource, namespace }));
  try {
    const missing = await missingPermissions(cluster, permissions, { signal });
    return new Set(missing.map(({ namespace = "" }) => namespace));
  } catch {
    // Then the deletes themselves will tell.
    return new Set();
  }
}

interface Rest {
  readonly count: number;
  readonly left: readonly Leftover[];
}

async function deleteAll(
  objects: FoundKind["objects"],
  namespaces: readonly string[],
  target: Target,
): Promise<Rest> {
  const { resource, runId, context } = target;
  const { cluster, clock, rng, signal, say } = context;
  const owned = new OwnedObjects(cluster, { resource, namespaces, runId, clock, rng });
  for (const { ref } of objects) owned.register(ref);
  try {
    await owned.deleteAll(signal, { say });
    return { count: 0, left: [] };
  } catch (thrown) {
    if (!(thrown instanceof LeftoverError)) throw thrown;
    const rests: Rest[] = [];
    for (const namespace of namespaces) rests.push(await restIn(namespace, thrown, target));
    return {
      count: rests.reduce((sum, { count }) => sum + count, 0),
      left: rests.flatMap(({ left }) => left),
    };
  }
}

/** What is left in one namespace, by a new look at it. */
async function restIn(namespace: string, error: LeftoverError, target: Target): Promise<Rest> {
  const { resource, runId, context } = target;
  const labelSelector = runSelector(runId);
  const byHand = deleteByHand({ resource, namespaces: [namespace], runId });
  const name = `${resourceName(resource)}${placeOf(namespace)}`;
  try {
    context.signal.throwIfAborted();
    const place = { resource, namespace, labelSelector };
    const objects = await listLabelled(context, place, labelledObject);
    const held = objects.filter(({ isGoing, finalizers }) => isGoing && finalizers.length > 0);
    const others = objects.length - held.length;
    const left: Leftover[] = [];
    if (held.length > 0) {
      const finalizers = [...new Set(held.flatMap((object) => object.finalizers))];
      left.push({
        what: `${held.length} ${name}`,
        why: `held by finalizers ${finalizers.join(", ")}: whoever set them has to let go; ` +
          "the command gives up on that",
        command: dropFinalizers(target, namespace),
      });
    }
    if (others > 0) left.push({ what: `${others} ${name}`, why: error.why, command: byHand });
    return { count: objects.length, left };
  } catch (thrown) {
    const reason = context.signal.aborted ? messageOf(context.signal.reason) : messageOf(thrown);
    return { count: error.left, left: [{ what: `some ${name}`, why: reason, command: byHand }] };
  }
}

function dropFinalizers({ resource, runId }: Target, namespace: string): string {
  const scope = namespace === "" ? "" : ` -n ${namespace}`;
  const patch = `'{"metadata":{"finalizers":null}}'`;
  return `kubectl get ${resourceName(resource)}${scope} -l ${runSelector(runId)} -o name | ` +
    `xargs -n 1 kubectl patch${scope} --type=merge -p ${patch}`;
}

function forbidden(
  count: number,
  namespace: string,
  { resource, user }: Target,
): Leftover {
  const name = resourceName(resource);
  return {
    what: `${count} ${name}${placeOf(namespace)}`,
    why: `${user === undefined ? "this user" : `user "${user.username}"`} may not delete ${name}`,
    command: grantCommand([{ verb: "delete", resource, namespace }], user),
  };
}

function placeOf(namespace: string): string {
  return namespace === "" ? "" : ` in namespace ${namespace}`;
}
