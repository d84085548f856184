/** Tells of all objects of a kind, however they come to be known: at first, by events, by new lists. @module */

import { given } from "../../../core/given.ts";
import type { Run } from "../../../core/run/run.ts";
import type { ClusterReader, Selection } from "../../../kube/cluster.ts";
import type { KubeObject } from "../../../kube/object.ts";
import type { Resource } from "../../../kube/resource.ts";
import { ObjectWatch, type ObjectWatchOptions } from "../../../kube/watch/object_watch.ts";
import { withoutSpec } from "../../../kube/watch/without_spec.ts";

export interface ObjectFeed extends Pick<ObjectWatchOptions, "onActivity"> {
  readonly resource: Resource;
  readonly selection: Selection;
  /** Called with each object as it is at first and after each change, without its spec; must not throw. */
  readonly seen: (object: KubeObject, atMs: number) => void;
  /** Called with it as it was last, or with who it was if that was missed; must not throw. */
  readonly gone?: (object: KubeObject, atMs: number) => void;
}

/**
 * Resolves when all objects have been told of that are there.
 * @throws {StatusError} where this user may not watch them; the reason of `run.stopping`
 */
export async function feedObjects(
  run: Pick<Run, "clock" | "rng" | "stopping">,
  cluster: ClusterReader,
  { resource, selection, seen, gone = () => {}, onActivity = () => {} }: ObjectFeed,
): Promise<ObjectWatch> {
  const { clock, rng, stopping: signal } = run;
  return await ObjectWatch.open(cluster, {
    resource,
    selection,
    clock,
    rng: rng.fork(`watch ${resource.plural}`),
    signal,
    transform: withoutSpec,
    kept: identityOf,
    onThere: ({ after, atMs }) => seen(after, atMs),
    onWrite: ({ after, atMs }) => seen(after, atMs),
    onFound: ({ after, atMs }) => seen(after, atMs),
    onGone: (object) => gone(object, clock.now()),
    onActivity,
  });
}

/** By its labels it is known whose it was, if its end was missed. */
function identityOf(
  { metadata: { namespace, name, uid, resourceVersion, labels } }: KubeObject,
): KubeObject {
  return { metadata: given({ namespace, name, uid, resourceVersion, labels }) };
}
