/**
 * What the stand-in knows of the cluster: the objects of each kind that it works on, from one list and
 * one watch for all of its controllers.
 * @module
 */

import { given } from "../../core/given.ts";
import type { Clock } from "../../core/load/clock.ts";
import { DEV_WORKSPACES, OPERATOR_CONFIGS } from "../../kube/devworkspace/kinds.ts";
import type { KubeObject } from "../../kube/object.ts";
import { JOBS, PERSISTENT_VOLUME_CLAIMS, PODS, type Resource } from "../../kube/resource.ts";
import type { ApiHandler } from "../faults/fault.ts";
import { ObjectCache, type ObjectChange } from "../gateway/controller/object_cache.ts";
import { KubeFeed } from "../kube_feed.ts";
import { keptClaim, keptJob, keptPod } from "./kept.ts";

export type Change = ObjectChange<KubeObject>;

/** The objects of one kind. */
export class WatchedKind {
  readonly #cache: ObjectCache<KubeObject>;
  readonly #listeners = new Set<(change: Change) => void>();

  constructor(
    resource: Resource,
    { feed, signal, kept }: {
      readonly feed: KubeFeed;
      readonly signal: AbortSignal;
      /** What is kept of an object beyond its change. @default all of it */
      readonly kept?: ((object: KubeObject) => KubeObject) | undefined;
    },
  ) {
    this.#cache = new ObjectCache<KubeObject>(resource, {
      feed,
      signal,
      ...given({ kept }),
      onChange: (change) => {
        for (const listener of this.#listeners) listener(change);
      },
    });
  }

  /** Resolves with the first list. */
  get ready(): Promise<void> {
    return this.#cache.ready;
  }

  get size(): number {
    return this.#cache.size;
  }

  /** @param key `namespace/name` */
  get(key: string): KubeObject | undefined {
    return this.#cache.get(key);
  }

  all(): KubeObject[] {
    return [...this.#cache.values()];
  }

  /** Of changes from now on, in their order. @param options.signal ends it */
  listen(listener: (change: Change) => void, { signal }: { readonly signal: AbortSignal }): void {
    if (signal.aborted) return;
    this.#listeners.add(listener);
    signal.addEventListener("abort", () => this.#listeners.delete(listener), { once: true });
  }
}

export class ClusterView {
  readonly workspaces: WatchedKind;
  readonly configs: WatchedKind;
  readonly jobs: WatchedKind;
  readonly pods: WatchedKind;
  readonly claims: WatchedKind;

  /** @param options.signal ends its watches */
  constructor(
    kube: ApiHandler,
    { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
  ) {
    const feed = new KubeFeed(kube, { clock });
    const watched = (resource: Resource, kept?: (object: KubeObject) => KubeObject) =>
      new WatchedKind(resource, { feed, signal, kept });
    this.workspaces = watched(DEV_WORKSPACES);
    this.configs = watched(OPERATOR_CONFIGS);
    this.jobs = watched(JOBS, keptJob);
    this.pods = watched(PODS, keptPod);
    this.claims = watched(PERSISTENT_VOLUME_CLAIMS, keptClaim);
  }

  /** Resolves with the first lists. */
  async ready(): Promise<void> {
    const { workspaces, configs, jobs, pods, claims } = this;
    await Promise.all([workspaces, configs, jobs, pods, claims].map(({ ready }) => ready));
  }
}
