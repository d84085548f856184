/**
 * What pods of a run are to a cluster, made and removed: the Job with all that goes with it, and the
 * record that tells another machine where to look. Each undoing is registered before the thing is made.
 * @module
 */

import type { Clock } from "../../core/load/clock.ts";
import type { Rng } from "../../core/load/rng.ts";
import type { Say } from "../../core/say.ts";
import type { Cluster } from "../cluster.ts";
import type { KubeObject, ObjectRef } from "../object.ts";
import { makeObjects } from "../owned/make_objects.ts";
import { OwnedObjects } from "../owned/owned_objects.ts";
import type { RunIdentity } from "../owned/ownership.ts";
import { RunRecord } from "../owned/run_record.ts";
import {
  CLUSTER_ROLE_BINDINGS,
  CLUSTER_ROLES,
  CONFIG_MAPS,
  JOBS,
  PODS,
  type Resource,
  ROLE_BINDINGS,
  ROLES,
  SECRETS,
  SERVICE_ACCOUNTS,
} from "../resource.ts";
import { retrying } from "../set_up_retry.ts";
import { ownedBy } from "./pod_objects.ts";

/** The Job first, with which most others go. */
const KINDS = [
  JOBS,
  SECRETS,
  CONFIG_MAPS,
  SERVICE_ACCOUNTS,
  ROLES,
  ROLE_BINDINGS,
  CLUSTER_ROLES,
  CLUSTER_ROLE_BINDINGS,
];

export interface FootprintOptions {
  readonly identity: RunIdentity;
  /** Where the pods are. */
  readonly namespace: string;
  /** What the load makes, and where: whoever cleans up looks there, too. */
  readonly load: { readonly kinds: readonly Resource[]; readonly namespaces: readonly string[] };
  readonly clock: Clock;
  readonly rng: Rng;
  readonly say: Say;
}

/** See the module. */
export class PodFootprint {
  readonly #cluster: Cluster;
  readonly #options: FootprintOptions;
  /** Undone first to last. */
  readonly #owned = new Map<Resource, OwnedObjects>();
  #record: RunRecord | undefined;
  #job: Required<ObjectRef> | undefined;

  constructor(cluster: Cluster, options: FootprintOptions) {
    this.#cluster = cluster;
    this.#options = options;
  }

  /**
   * Makes them all, and no pod yet.
   * @param objects the Job first
   * @throws {CannotRunError} if one is there already @throws what the server refuses one for
   */
  async lay(
    objects: readonly [KubeObject, ...KubeObject[]],
    { signal }: { readonly signal: AbortSignal },
  ): Promise<void> {
    const byKind = Map.groupBy(objects, ({ kind }) => KINDS.find((one) => one.kind === kind)!);
    await this.#writeRecord(objects, [...byKind.keys()], signal);
    const [job] = objects;
    const { namespace = "", name = "" } = job.metadata;
    this.#job = { namespace, name };
    await this.#make(JOBS, [job], signal);
    const made = await this.#patiently(
      signal,
      () => this.#cluster.get(JOBS, this.#job!, { signal }),
    );
    for (const [kind, ofKind] of byKind) {
      if (kind !== JOBS) await this.#make(kind, ofKind.map((one) => ownedBy(made, one)), signal);
    }
  }

  /** Lets the Job's controller make the pods. */
  async release(signal: AbortSignal): Promise<void> {
    const patch = {
      body: { spec: { suspend: false } },
      options: { type: "merge", signal },
    } as const;
    await this.#patiently(signal, () => this.#cluster.patch(JOBS, this.#job!, patch));
  }

  /**
   * Removes what was made, pods too.
   * @param options `untilPodsEnd`: waited for when the Job is gone
   * @throws {LeftoverError} if something is left
   */
  async remove(
    signal: AbortSignal,
    { untilPodsEnd }: { readonly untilPodsEnd: () => Promise<void> },
  ): Promise<void> {
    let left: unknown;
    const attempt = async (undo: () => Promise<void>) => {
      try {
        await undo();
      } catch (thrown) {
        left ??= thrown;
      }
    };
    const { say } = this.#options;
    const quietly = { say: () => {} };
    for (const [kind, owned] of this.#owned) {
      await attempt(() => owned.deleteAll(signal, quietly));
      if (kind !== JOBS) continue;
      await attempt(untilPodsEnd);
      await attempt(() => this.#ownedOf(PODS, []).deleteAll(signal, { say }));
    }
    await attempt(async () =>
      await (left === undefined ? this.#record?.remove(signal) : this.#record?.end(signal))
    );
    if (left !== undefined) throw left;
  }

  async #writeRecord(
    objects: readonly KubeObject[],
    kinds: readonly Resource[],
    signal: AbortSignal,
  ): Promise<void> {
    const { identity, namespace, load, clock, rng, say } = this.#options;
    const places = objects.flatMap(({ metadata }) => metadata.namespace ?? []);
    this.#record = await RunRecord.write(this.#cluster, {
      part: "pods",
      identity,
      clock,
      rng: rng.fork("record"),
      signal,
      namespace,
      resources: [...new Set([...kinds, PODS, ...load.kinds])],
      namespaces: [...new Set([...places, ...load.namespaces])],
      madeNamespaces: [],
      warn: (message) => say(`WARNING: ${message}`),
    });
  }

  async #make(
    kind: Resource,
    objects: readonly KubeObject[],
    signal: AbortSignal,
  ): Promise<void> {
    const { clock, rng } = this.#options;
    const objectsOf = () => {
      const owned = this.#ownedOf(kind, objects);
      this.#owned.set(kind, owned);
      return owned;
    };
    await makeObjects({ clock, rng, stopping: signal }, {
      cluster: this.#cluster,
      objectsOf,
      kind,
      objects,
    });
  }

  #ownedOf(resource: Resource, objects: readonly KubeObject[]): OwnedObjects {
    const { identity: { runId }, namespace, clock, rng } = this.#options;
    const places = objects.flatMap(({ metadata }) => metadata.namespace ?? []);
    return new OwnedObjects(this.#cluster, {
      resource,
      namespaces: [...new Set([namespace, ...places])],
      runId,
      clock,
      rng: rng.fork(resource.plural),
    });
  }

  #patiently<T>(signal: AbortSignal, call: () => Promise<T>): Promise<T> {
    const { clock, rng } = this.#options;
    return retrying(call, { clock, rng, signal });
  }
}
