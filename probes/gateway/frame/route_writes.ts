/**
 * Routes of a run come, change and go: each write is measured as `create`, `update` or `delete`, and
 * what may exist is registered to be deleted again. Decides neither when nor what.
 * @module
 */

import { OperationFailedError } from "../../../core/errors.ts";
import { timed, type TimedContext } from "../../../core/load/timed.ts";
import type { TimedOperation } from "../../../core/load/workload.ts";
import type { LoadScope } from "../../../core/run/run_stage.ts";
import type { Cluster } from "../../../kube/cluster.ts";
import { eachAtMost } from "../../../kube/each_at_most.ts";
import type { KubeObject, ObjectRef } from "../../../kube/object.ts";
import type { OwnedObjects } from "../../../kube/owned/owned_objects.ts";
import type { Resource } from "../../../kube/resource.ts";
import { retrying } from "../../../kube/set_up_retry.ts";
import { isNotFound } from "../../../kube/status_error.ts";
import { outcomeOf } from "./outcome.ts";

export interface RouteWritesOptions {
  readonly cluster: Pick<Cluster, "create" | "patch" | "delete">;
  readonly resource: Resource;
  readonly owned: Pick<OwnedObjects, "register" | "release" | "settle">;
  readonly fieldManager: string;
  /** Called with each write that has failed; must not throw. Absent: nobody asks why. */
  readonly onFailed?: (failed: FailedWrite) => void;
}

/** A write that has failed, as far as its answer tells. */
export interface FailedWrite {
  readonly op: string;
  readonly ref: Required<ObjectRef>;
  readonly error: OperationFailedError;
}

/** How many are written at a time. */
export interface Pace {
  readonly concurrency: number;
  /** Between two pauses. */
  readonly batch: number;
  readonly pauseMs: number;
}

/** When the schedule wanted a write. */
export type Due = Pick<TimedOperation, "dueMs">;

/** A write that has succeeded. */
export interface WrittenAt {
  readonly ref: Required<ObjectRef>;
  /** Clock time at which it was sent. */
  readonly sentMs: number;
  /** Clock time of the server's answer. */
  readonly doneMs: number;
}

/** Clock time of the last answer; undefined: there was none. */
export function lastDoneMs(written: readonly WrittenAt[]): number | undefined {
  if (written.length === 0) return undefined;
  return written.reduce((last, { doneMs }) => Math.max(last, doneMs), -Infinity);
}

type SettlingScope = Pick<LoadScope, "clock" | "rng" | "stopping">;

const SETTLED_AT_ONCE = 16;
/** How long after a delete that found nothing a create that was sent before it may still take effect. */
const LANDING_MS = 1_000;

/** See the module. */
export class RouteWrites {
  readonly #options: RouteWritesOptions;
  /** Of which nobody knows whether they are there: an answer was lost, or a delete has failed. */
  readonly #doubtful = new Map<string, Required<ObjectRef>>();
  /** Of those, whose create may still take effect: nobody has looked for it since. */
  readonly #unanswered = new Set<string>();

  constructor(options: RouteWritesOptions) {
    this.#options = options;
  }

  /** Routes of which nobody knows whether they are there. */
  get inDoubt(): number {
    return this.#doubtful.size;
  }

  /**
   * @param due now, unless a schedule says otherwise
   * @throws {OperationFailedError} if it was not created, as far as the answer tells
   */
  async create(context: TimedContext, route: KubeObject, due: Due = {}): Promise<WrittenAt> {
    const { cluster, resource, owned, fieldManager } = this.#options;
    const ref = refOf(route);
    owned.register(ref);
    try {
      return await this.#write(
        context,
        { op: "create", ref, ...due },
        (signal) => cluster.create(resource, route, { fieldManager, signal }),
      );
    } catch (thrown) {
      if (owned.settle(ref, thrown)) {
        this.#doubt(ref);
        this.#unanswered.add(keyOf(ref));
      }
      throw thrown;
    }
  }

  /** A merge patch. @param due as of {@link create} @throws {OperationFailedError} */
  update(
    context: TimedContext,
    ref: Required<ObjectRef>,
    body: unknown,
    due: Due = {},
  ): Promise<WrittenAt> {
    const { cluster, resource, fieldManager } = this.#options;
    return this.#write(
      context,
      { op: "update", ref, ...due },
      (signal) =>
        cluster.patch(resource, ref, { body, options: { type: "merge", fieldManager, signal } }),
    );
  }

  /** @throws {OperationFailedError} if it may still be there */
  async delete(context: TimedContext, ref: Required<ObjectRef>): Promise<WrittenAt> {
    try {
      const remove = (signal: AbortSignal) => this.#remove(ref, signal);
      return await this.#write(context, { op: "delete", ref }, remove);
    } catch (thrown) {
      if (thrown instanceof OperationFailedError) this.#doubt(ref);
      throw thrown;
    }
  }

  /**
   * Deletes, unmeasured and trying for 30 s, the routes of which nobody knows whether they are there:
   * until then no count can be called right or wrong. A create may come after the delete that was to
   * undo it, so what is not found is looked for once more.
   * @returns how many of them may still be there
   */
  async settle(scope: SettlingScope): Promise<number> {
    const { clock, stopping } = scope;
    const unanswered = [...this.#doubtful.values()].filter((ref) => this.#isUnanswered(ref));
    await this.#removeAll([...this.#doubtful.values()], scope);
    const missed = unanswered.filter((ref) => this.#isDoubtful(ref) && !this.#isUnanswered(ref));
    if (missed.length > 0) {
      await clock.sleepUntil(clock.now() + LANDING_MS, stopping);
      await this.#removeAll(missed, scope);
    }
    return this.inDoubt;
  }

  /**
   * Creates many; those whose create failed are missing in what it returns, and are recorded.
   * Begins no further one once the context is stopping.
   */
  createAll(
    context: TimedContext,
    routes: readonly KubeObject[],
    { onWritten, ...pace }: Pace & { onWritten?: (written: WrittenAt) => void },
  ): Promise<WrittenAt[]> {
    return this.#all(context, routes, {
      pace,
      write: (route) => this.create(context, route),
      ...(onWritten === undefined ? {} : { onWritten }),
    });
  }

  /** As {@link createAll}. */
  deleteAll(
    context: TimedContext,
    refs: readonly Required<ObjectRef>[],
    { onWritten, ...pace }: Pace & { onWritten?: (written: WrittenAt) => void },
  ): Promise<WrittenAt[]> {
    return this.#all(context, refs, {
      pace,
      write: (ref) => this.delete(context, ref),
      ...(onWritten === undefined ? {} : { onWritten }),
    });
  }

  /** As {@link createAll}, of merge patches. */
  updateAll(
    context: TimedContext,
    updates: readonly { readonly ref: Required<ObjectRef>; readonly body: unknown }[],
    { onWritten, ...pace }: Pace & { onWritten?: (written: WrittenAt) => void },
  ): Promise<WrittenAt[]> {
    return this.#all(context, updates, {
      pace,
      write: ({ ref, body }) => this.update(context, ref, body),
      ...(onWritten === undefined ? {} : { onWritten }),
    });
  }

  async #all<T>(context: TimedContext, items: readonly T[], { pace, write, onWritten }: {
    pace: Pace;
    write: (item: T) => Promise<WrittenAt>;
    onWritten?: (written: WrittenAt) => void;
  }): Promise<WrittenAt[]> {
    const { clock, stopping } = context;
    const done: WrittenAt[] = [];
    for (let first = 0; first < items.length; first += pace.batch) {
      if (first > 0) await clock.sleepUntil(clock.now() + pace.pauseMs, stopping);
      await eachAtMost(items.slice(first, first + pace.batch), async (item) => {
        if (stopping.aborted) return;
        // A write that failed is in the figures; a route that is not there is not waited for.
        const written = await outcomeOf(context, write(item));
        if (written === undefined) return;
        done.push(written);
        onWritten?.(written);
      }, { limit: pace.concurrency });
    }
    return done;
  }

  #doubt(ref: Required<ObjectRef>): void {
    this.#doubtful.set(keyOf(ref), ref);
  }

  #isDoubtful(ref: Required<ObjectRef>): boolean {
    return this.#doubtful.has(keyOf(ref));
  }

  #isUnanswered(ref: Required<ObjectRef>): boolean {
    return this.#unanswered.has(keyOf(ref));
  }

  /** Those that cannot be deleted stay in doubt, and are left to the end of the run. */
  async #removeAll(
    refs: readonly Required<ObjectRef>[],
    { clock, rng, stopping: signal }: SettlingScope,
  ): Promise<void> {
    const context = { clock, rng: rng.fork("routes in doubt"), signal };
    await eachAtMost(refs, async (ref) => {
      try {
        await retrying(() => this.#remove(ref, signal), context);
      } catch (thrown) {
        if (!signal.aborted && !(thrown instanceof OperationFailedError)) throw thrown;
      }
    }, { limit: SETTLED_AT_ONCE });
  }

  async #remove(ref: Required<ObjectRef>, signal: AbortSignal): Promise<void> {
    const { cluster, resource, owned } = this.#options;
    const key = keyOf(ref);
    try {
      await cluster.delete(resource, ref, { signal });
    } catch (thrown) {
      if (!isNotFound(thrown)) throw thrown;
      if (this.#unanswered.delete(key)) return;
    }
    owned.release(ref);
    this.#doubtful.delete(key);
    this.#unanswered.delete(key);
  }

  async #write(
    context: TimedContext,
    { op, ref, ...due }: { op: string; ref: Required<ObjectRef> } & Due,
    call: (signal: AbortSignal) => Promise<unknown>,
  ): Promise<WrittenAt> {
    const { clock, aborted } = context;
    const sentMs = clock.now();
    try {
      await timed(context, () => call(aborted), { op, ...due });
    } catch (error) {
      if (error instanceof OperationFailedError) this.#options.onFailed?.({ op, ref, error });
      throw error;
    }
    return { ref, sentMs, doneMs: clock.now() };
  }
}

function keyOf({ namespace, name }: Required<ObjectRef>): string {
  return `${namespace}/${name}`;
}

function refOf({ metadata: { namespace = "", name = "" } }: KubeObject): Required<ObjectRef> {
  return { namespace, name };
}
