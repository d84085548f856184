/**
 * Which objects of one resource has this run made that are still there, and how do all of them go?
 * Deletes by name what it knows of, then whatever else carries the run's label. Never touches an
 * object of another run.
 * @module
 */

import type { Say } from "../../core/say.ts";
import { given } from "../../core/given.ts";
import { LeftoverError, messageOf, OperationFailedError } from "../../core/errors.ts";
import { Backoff, type BackoffPolicy } from "../../core/load/backoff.ts";
import type { Clock } from "../../core/load/clock.ts";
import type { Rng } from "../../core/load/rng.ts";
import type { Cluster, DeleteOptions } from "../cluster.ts";
import { eachAtMost } from "../each_at_most.ts";
import { listAll, type PageOptions } from "../list_all.ts";
import type { KubeObject, ObjectRef } from "../object.ts";
import { deleteByHand, runSelector } from "./ownership.ts";
import { JOBS, type Resource, resourceName } from "../resource.ts";
import { retrying } from "../set_up_retry.ts";
import { isNotFound, StatusError } from "../status_error.ts";

interface OwnedObjectsOptions {
  readonly resource: Resource;
  /** Where objects may be; ignored for a cluster-scoped resource. */
  readonly namespaces: readonly string[];
  readonly runId: string;
  readonly clock: Clock;
  readonly rng: Rng;
}

interface Deletion {
  readonly signal: AbortSignal;
  /** Takes lines for the user. */
  readonly say: Say;
}

const DELETIONS_AT_ONCE = 32;
/** Above this one request for a whole namespace is cheaper than one for each object. */
const MOST_ONE_BY_ONE = 500;
/** After a look that found fewer than ever before, and after fruitless ones. */
const PAUSE: BackoffPolicy = { firstMs: 500, longestMs: 2_000 };
/** Looks in a row that find no fewer than ever before, until the rest counts as stuck: about 15 s. */
const MOST_FRUITLESS_LOOKS = 8;
const HEARTBEAT_MS = 10_000;
const NAMED_IN_ERROR = 5;

/** One run's objects of one resource: tell it of each create and delete, and it cleans up. */
export class OwnedObjects {
  readonly #cluster: Cluster;
  readonly #options: OwnedObjectsOptions;
  /** Names by namespace, because joining both to a key would cost every operation a new text. */
  readonly #names = new Map<string, Set<string>>();
  /** A registered object may not have been there: its create was cut off, or may still arrive. */
  #hasMissed = false;
  #nextHeartbeatMs = 0;

  constructor(cluster: Cluster, options: OwnedObjectsOptions) {
    this.#cluster = cluster;
    this.#options = options;
    const scopes = options.resource.namespaced ? options.namespaces : [""];
    for (const scope of scopes) this.#names.set(scope, new Set());
  }

  /** The object may be there from now on: call it before its create is sent. */
  register({ namespace = "", name }: ObjectRef): void {
    const names = this.#names.get(namespace);
    if (names === undefined) this.#names.set(namespace, new Set([name]));
    else names.add(name);
  }

  /** It is gone for sure: its delete succeeded or was answered "not found". */
  release({ namespace = "", name }: ObjectRef): void {
    this.#names.get(namespace)?.delete(name);
  }

  /**
   * Its create failed with this.
   * @returns whether there is something to be deleted, as far as the answer tells
   */
  settle(ref: ObjectRef, thrown: unknown): boolean {
    // Never sent, or cut off by the end of the run: cleaning up sees to what is registered.
    if (!(thrown instanceof OperationFailedError)) return false;
    // After a 5xx or a broken connection the server may have stored it all the same.
    const isRefused = thrown instanceof StatusError && thrown.code < 500;
    if (isRefused) this.release(ref);
    return !isRefused;
  }

  /** How many may be there. */
  get count(): number {
    let count = 0;
    for (const names of this.#names.values()) count += names.size;
    return count;
  }

  /**
   * Deletes all that this run made, and resolves when a look at the cluster finds none. Refusals
   * that ask for a retry and failed connections are retried until the signal aborts.
   * @throws {LeftoverError} saying how many are left, why, and the command that deletes them, if the
   *   signal aborts or about 15 s bring no progress
   */
  async deleteAll(signal: AbortSignal, { say }: Pick<Deletion, "say">): Promise<void> {
    const { clock, resource } = this.#options;
    const deletion = { signal, say };
    this.#nextHeartbeatMs = clock.now() + HEARTBEAT_MS;
    if (this.count > 0) say(`deleting ${this.count} ${resourceName(resource)}`);
    try {
      if (this.count > MOST_ONE_BY_ONE) await this.#deleteCollections(deletion);
      await this.#deleteEach(this.#registered(), deletion);
      await this.#deleteRemains(deletion);
    } catch (thrown) {
      if (thrown instanceof LeftoverError) throw thrown;
      const why = signal.aborted ? "cleaning up was cut off" : messageOf(thrown);
      const what = resourceName(resource);
      throw this.#leftover(
        this.count === 0 ? `${what} may be left` : `at least ${this.count} ${what} left`,
        why,
      );
    }
  }

  /** One request a namespace. What it cannot delete, or may not, is left to the looks after it. */
  async #deleteCollections({ signal, say }: Deletion): Promise<void> {
    const { resource, runId } = this.#options;
    const labelSelector = runSelector(runId);
    for (const [namespace, names] of this.#names) {
      try {
        await this.#patiently(signal, () =>
          this.#cluster.deleteCollection(
            resource,
            namespace === "" ? { labelSelector } : { namespace, labelSelector },
            { ...deletionOf(resource), signal },
          ));
        names.clear();
        this.#hasMissed = true; // one answer for all does not say which were there
      } catch (thrown) {
        signal.throwIfAborted();
        say(`deleting ${resourceName(resource)} one by one: ${messageOf(thrown)}`);
      }
    }
  }

  /** Looks and deletes until nothing is found, or what is found does not get less. */
  async #deleteRemains(deletion: Deletion): Promise<void> {
    const { clock, rng } = this.#options;
    const pause = new Backoff(PAUSE, rng);
    let fewest = Infinity;
    let fruitless = 0;
    let error: unknown;
    for (;;) {
      const objects = await this.#list(deletion);
      if (objects.length === 0 && !this.#hasMissed) return;
      fruitless++;
      if (objects.length < fewest) {
        fruitless = 0;
        pause.succeeded();
      }
      fewest = Math.min(fewest, objects.length);
      if (fruitless >= MOST_FRUITLESS_LOOKS) throw this.#stuck(objects, error);
      const untouched = objects.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
      error = await this.#deleteEach(untouched.map(refOf), deletion);
      // Nothing found, but a create may be on its way: one more look after the pause.
      if (objects.length === 0) this.#hasMissed = false;
      const nowMs = clock.now();
      await clock.sleepUntil(nowMs + pause.failedAt(nowMs), deletion.signal);
    }
  }

  /** @returns the first error, undefined if every one was deleted */
  async #deleteEach(refs: Iterable<ObjectRef>, { signal, say }: Deletion): Promise<unknown> {
    const { resource } = this.#options;
    let firstError: unknown;
    await eachAtMost(refs, async (ref) => {
      try {
        const options = { ...deletionOf(resource), signal };
        await this.#patiently(signal, () => this.#cluster.delete(resource, ref, options));
        this.release(ref);
      } catch (thrown) {
        signal.throwIfAborted();
        if (isNotFound(thrown)) {
          this.#hasMissed = true;
          this.release(ref);
        } else firstError ??= thrown;
      }
      this.#heartbeat(say);
    }, { limit: DELETIONS_AT_ONCE, signal });
    return firstError;
  }

  /** What the cluster has of this run, all pages of all namespaces; that is what is registered then. */
  async #list({ signal, say }: Deletion): Promise<KubeObject[]> {
    const found: KubeObject[] = [];
    for (const [namespace, names] of this.#names) {
      const items = await this.#listScope(namespace, signal);
      names.clear();
      for (const { metadata } of items) names.add(metadata.name ?? "");
      for (const item of items) found.push(item);
      this.#heartbeat(say);
    }
    return found;
  }

  async #listScope(namespace: string, signal: AbortSignal): Promise<KubeObject[]> {
    const { resource, runId } = this.#options;
    const selection = {
      ...(namespace === "" ? {} : { namespace }),
      labelSelector: runSelector(runId),
      signal,
    };
    const list = (page: PageOptions) =>
      this.#patiently(signal, () => this.#cluster.list(resource, { ...selection, ...page }));
    return (await listAll(list, nameAndHold)).items;
  }

  #patiently<T>(signal: AbortSignal, call: () => Promise<T>): Promise<T> {
    const { clock, rng } = this.#options;
    return retrying(call, { clock, rng, signal, deadlineMs: Infinity });
  }

  #heartbeat(say: Say): void {
    const nowMs = this.#options.clock.now();
    if (nowMs < this.#nextHeartbeatMs) return;
    this.#nextHeartbeatMs = nowMs + HEARTBEAT_MS;
    say(`deleting ${resourceName(this.#options.resource)}: ${this.count} to go`);
  }

  *#registered(): Generator<ObjectRef> {
    for (const [namespace, names] of this.#names) {
      for (const name of names) yield namespace === "" ? { name } : { namespace, name };
    }
  }

  #stuck(objects: readonly KubeObject[], error: unknown): LeftoverError {
    const named = objects.slice(0, NAMED_IN_ERROR).map(describe);
    if (objects.length > named.length) named.push(`${objects.length - named.length} more`);
    const why = error === undefined ? "" : `; ${messageOf(error)}`;
    const what = `${objects.length} ${resourceName(this.#options.resource)} left`;
    return this.#leftover(what, named.join(", ") + why);
  }

  #leftover(what: string, why: string): LeftoverError {
    const byHand = deleteByHand(this.#options);
    return new LeftoverError({ what, why, byHand, left: this.count });
  }
}

/**
 * A Job leaves its pods alone unless it is told otherwise, alone of all kinds.
 * Source: kubernetes, pkg/registry/batch/job/strategy.go, DefaultGarbageCollectionPolicy.
 */
function deletionOf(resource: Resource): Pick<DeleteOptions, "propagationPolicy"> {
  return resourceName(resource) === resourceName(JOBS) ? { propagationPolicy: "Background" } : {};
}

/** What a deletion has to know of one of thousands: which it is, and what holds it. */
function nameAndHold(
  { metadata: { namespace, name, deletionTimestamp, finalizers } }: KubeObject,
): KubeObject {
  return { metadata: given({ namespace, name, deletionTimestamp, finalizers }) };
}

function refOf({ metadata: { namespace, name = "" } }: KubeObject): ObjectRef {
  return namespace === undefined ? { name } : { namespace, name };
}

/** `scaletest/a (finalizers example.com/hold)`. */
function describe({ metadata: { namespace, name, finalizers = [] } }: KubeObject): string {
  const place = namespace === undefined ? `${name}` : `${namespace}/${name}`;
  return finalizers.length === 0 ? place : `${place} (finalizers ${finalizers.join(", ")})`;
}
