/**
 * Does a fresh list show what the events before it told? One watcher's picture of its objects as
 * key and resourceVersion; it keeps no object and no clock.
 *
 * Between the end of a watch and the list after it nobody tells what changes. An object whose state
 * in the list is not the one that the last list and the events since then led to is *missed*: it
 * was created, changed or deleted without an event for this watcher. Some are expected wherever
 * objects change all the time; they are what a list instead of a continued watch costs.
 *
 * A missed change that is not newer than an event which the same watch did deliver is *lost*: the
 * server delivers changes in the order of their resourceVersions, so it should have come before that
 * event. There must be none. Deletions cannot be dated like this, nor can anything on a server whose
 * resourceVersions are no decimal numbers.
 * Source of the order: Kubernetes API concepts, "Resource versions" and "Efficient detection of
 * changes".
 * @module
 */

import type { WatchEvent } from "../kube/cluster.ts";
import { type KubeList, objectKey } from "../kube/object.ts";

/** What a list has that the events did not tell. */
export interface Gap {
  readonly missed: number;
  /** Part of `missed`. */
  readonly lost: number;
}

export class KnownState {
  #versions: Map<string, string> | undefined;
  /** The newest change that was told since the last list. */
  #newestEvent = -1;

  /** Notes an event of any type. */
  apply({ type, object }: WatchEvent): void {
    const { resourceVersion = "" } = object.metadata;
    const version = numberOf(resourceVersion);
    if (version > this.#newestEvent) this.#newestEvent = version;
    if (type === "DELETED") this.#versions?.delete(objectKey(object));
    else if (type !== "BOOKMARK") this.#versions?.set(objectKey(object), resourceVersion);
  }

  /** Takes the list as the new state. @returns how the old one differed; undefined: there was none */
  replace(list: Pick<KubeList, "items">): Gap | undefined {
    const before = this.#versions;
    const versions = new Map<string, string>();
    let [missed, lost, known] = [0, 0, 0];
    for (const item of list.items) {
      const key = objectKey(item);
      const { resourceVersion = "" } = item.metadata;
      versions.set(key, resourceVersion);
      const told = before?.get(key);
      if (told !== undefined) known++;
      if (told === resourceVersion) continue;
      missed++;
      if (numberOf(resourceVersion) <= this.#newestEvent) lost++;
    }
    this.#versions = versions;
    this.#newestEvent = -1;
    if (before === undefined) return undefined;
    return { missed: missed + before.size - known, lost };
  }
}

/** NaN, which is neither above nor below anything, if it is no decimal number. */
function numberOf(resourceVersion: string): number {
  return /^\d+$/.test(resourceVersion) ? Number(resourceVersion) : NaN;
}
