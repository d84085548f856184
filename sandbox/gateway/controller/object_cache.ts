/**
 * The objects of one kind as they are by the last event, and what has changed. Knows no kind.
 * @module
 */

import { type KubeObject, objectKey } from "../../../kube/object.ts";
import type { Resource } from "../../../kube/resource.ts";
import type { KubeFeed } from "../../kube_feed.ts";

/** One of the two is there. */
export interface ObjectChange<T extends KubeObject> {
  /** `namespace/name` */
  readonly key: string;
  readonly before: T | undefined;
  readonly after: T | undefined;
}

export interface CacheOptions<T extends KubeObject> {
  readonly feed: KubeFeed;
  readonly signal: AbortSignal;
  readonly onChange: (change: ObjectChange<T>) => void;
  /** What is kept of an object beyond its change; all of it unless given. */
  readonly kept?: (object: T) => T;
}

export class ObjectCache<T extends KubeObject> {
  /** Resolves with the first list. */
  readonly ready: Promise<void>;
  readonly #objects = new Map<string, T>();
  readonly #onChange: CacheOptions<T>["onChange"];
  readonly #kept: (object: T) => T;

  constructor(
    resource: Resource,
    { feed, signal, onChange, kept = (object) => object }: CacheOptions<T>,
  ) {
    this.#onChange = onChange;
    this.#kept = kept;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ready = promise;
    void feed.follow(resource, {
      signal,
      listener: {
        onList: (objects) => {
          this.#replace(objects as readonly T[]);
          resolve();
        },
        onEvent: (type, object) =>
          this.#put(objectKey(object), type === "DELETED" ? undefined : object as T),
      },
    }).finally(resolve);
  }

  get size(): number {
    return this.#objects.size;
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  keys(): Iterable<string> {
    return this.#objects.keys();
  }

  values(): Iterable<T> {
    return this.#objects.values();
  }

  #replace(objects: readonly T[]): void {
    const present = new Set(objects.map(objectKey));
    for (const key of [...this.#objects.keys()]) {
      if (!present.has(key)) this.#put(key, undefined);
    }
    for (const object of objects) this.#put(objectKey(object), object);
  }

  #put(key: string, after: T | undefined): void {
    const before = this.#objects.get(key);
    if (before?.metadata.resourceVersion === after?.metadata.resourceVersion) return;
    if (after === undefined) this.#objects.delete(key);
    else this.#objects.set(key, this.#kept(after));
    this.#onChange({ key, before, after });
  }
}
