/**
 * How do objects of one kind come to be as they should, and who wrote them how often on the way? A
 * copy of them that is kept up to date, waits on it that every change wakes, and each write as it is
 * seen. Never writes to the cluster, and never asks for an object a second time.
 * @module
 */

import { KeyedWakes } from "../../core/load/keyed_wakes.ts";
import { given } from "../../core/given.ts";
import type { Clock } from "../../core/load/clock.ts";
import { until, type UntilOptions } from "../../core/load/until.ts";
import type { ClusterReader } from "../cluster.ts";
import { type KubeObject, objectKey } from "../object.ts";
import { type FieldWriter, forgetFields, writerOf } from "./field_writer.ts";
import { Informer, type InformerOptions } from "./informer.ts";
import type { ReflectorActivity } from "./reflector.ts";

/** One write that was notified; a delete is none, because it has no manager. */
export interface ObjectWrite extends FieldWriter {
  readonly atMs: number;
  /** Undefined: this write made it. */
  readonly before: KubeObject | undefined;
  readonly after: KubeObject;
}

/** What one write or several of them came to, which nobody saw one by one. */
export type ObjectFound = Omit<ObjectWrite, keyof FieldWriter>;

export interface ObjectWatchOptions extends
  Pick<
    InformerOptions,
    "resource" | "selection" | "clock" | "rng" | "onActivity" | "transform" | "kept"
  > {
  /** Ends the first list; what comes after it ends by disposal. */
  readonly signal?: AbortSignal;
  /** Called for each object that is there at first; must not throw. */
  readonly onThere?: (found: ObjectFound) => void;
  /** Called for each write, in the order of the notifications; must not throw. */
  readonly onWrite?: (write: ObjectWrite) => void;
  /**
   * Called for each object that a list found changed after the watch had been lost, as it is now: see
   * {@link ObjectWatch.missed}; must not throw.
   */
  readonly onFound?: (change: ObjectFound) => void;
  /** Called for each object that is gone, as it was last; must not throw. */
  readonly onGone?: (object: KubeObject) => void;
}

interface ObjectWait<T> extends Omit<UntilOptions<T>, "pollMs" | "woken"> {
  /** Key of the only object whose changes matter; absent: any one's do. */
  readonly of?: string;
}

/** See the module. Dispose it to end the watch. */
export class ObjectWatch implements AsyncDisposable {
  readonly #options: ObjectWatchOptions;
  readonly #clock: Clock;
  readonly #informer: Informer;
  readonly #ending = new AbortController();
  readonly #running: Promise<void>;
  readonly #wakes = new KeyedWakes();
  readonly #writes = new Map<string, { writer: FieldWriter; count: number }>();
  /** Changes that are in the copy, until it is known whether an event or a list told of them. */
  #changes: ObjectFound[] = [];
  #missed = 0;
  #broken: { readonly error: unknown } | undefined;

  private constructor(cluster: ClusterReader, options: ObjectWatchOptions) {
    const { resource, selection, clock, rng, transform, kept } = options;
    this.#options = options;
    this.#clock = clock;
    this.#informer = new Informer(cluster, {
      resource,
      clock,
      rng,
      ...given({ selection, transform, kept }),
      handler: {
        onAdd: (after) => this.#changed(undefined, after),
        onUpdate: (before, after) => this.#changed(before, after),
        onDelete: (object) => {
          options.onGone?.(object);
          this.#wakes.wake(objectKey(object));
        },
      },
      onActivity: (activity) => this.#onActivity(activity),
    });
    this.#running = this.#informer.run(this.#ending.signal).catch((error: unknown) => {
      this.#broken = { error };
      this.#wakes.wakeAll();
    });
  }

  /**
   * Resolves when all objects that were there at its start are in the copy.
   * @throws {StatusError} if the server says that the resource is forbidden, not found or unauthorized
   * @throws the signal's reason
   */
  static async open(cluster: ClusterReader, options: ObjectWatchOptions): Promise<ObjectWatch> {
    const { signal } = options;
    signal?.throwIfAborted();
    const watch = new ObjectWatch(cluster, options);
    const onAbort = () => watch.#ending.abort(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      await watch.#informer.synced;
      return watch;
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
  }

  /** By `namespace/name`, or the name alone; as last seen, but without `managedFields[].fieldsV1`. */
  get(key: string): KubeObject | undefined {
    return this.#informer.get(key);
  }

  /** Of all objects in the copy, in no particular order. */
  keys(): IterableIterator<string> {
    return this.#informer.keys();
  }

  /** The writes since its start, by who wrote what part. */
  get writes(): readonly (FieldWriter & { readonly count: number })[] {
    return [...this.#writes.values()].map(({ writer, count }) => ({ ...writer, count }));
  }

  /**
   * Objects that a list found changed after the watch had been lost: each was written at least once,
   * and nobody can say how often or by whom.
   */
  get missed(): number {
    return this.#missed;
  }

  /**
   * What `look` gives, looked for again with every change of the object, or of any.
   * @throws {OperationFailedError} `stalled`, if it runs out
   * @throws the signal's reason
   */
  async until<T>(look: () => T | undefined, { of, ...wait }: ObjectWait<T>): Promise<T> {
    return await until(this.#clock, () => {
      if (this.#broken !== undefined) throw this.#broken.error;
      return look();
    }, {
      ...wait,
      pollMs: Infinity,
      woken: (wake) => this.#wakes.on(of, wake),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await this.#running;
    this.#broken ??= { error: this.#ending.signal.reason };
    this.#wakes.wakeAll();
  }

  #changed(before: KubeObject | undefined, after: KubeObject): void {
    const { resourceVersion } = after.metadata;
    if (before !== undefined && before.metadata.resourceVersion === resourceVersion) return;
    this.#changes.push({ atMs: this.#clock.now(), before, after });
    this.#wakes.wake(objectKey(after));
  }

  /** The copy is changed before its reflector says by what. */
  #onActivity(activity: ReflectorActivity): void {
    if (activity.kind === "event") this.#changes.forEach((change) => this.#written(change));
    if (activity.kind === "listed") this.#found(activity);
    if (activity.kind === "event" || activity.kind === "listed") this.#settle();
    this.#options.onActivity?.(activity);
  }

  /** What has been told of is the state before from now on. */
  #settle(): void {
    for (const { after } of this.#changes) forgetFields(after);
    this.#changes = [];
  }

  #found({ isRelist }: { readonly isRelist: boolean }): void {
    const { onThere, onFound } = this.#options;
    if (isRelist) this.#missed += this.#changes.length;
    for (const change of this.#changes) (isRelist ? onFound : onThere)?.(change);
  }

  #written(change: ObjectFound): void {
    const writer = writerOf(change.before, change.after);
    const key = JSON.stringify([writer.manager, writer.subresource]);
    const { count = 0 } = this.#writes.get(key) ?? {};
    this.#writes.set(key, { writer, count: count + 1 });
    this.#options.onWrite?.({ ...change, ...writer });
  }
}
