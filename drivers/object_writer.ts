/**
 * One write of a driver: sent through the executor's iteration, stamped, logged as a row, counted in
 * the population and in what has to be deleted again. Decides neither when nor what.
 * @module
 */

import { messageOf, OperationFailedError } from "../core/errors.ts";
import type { Clock } from "../core/load/clock.ts";
import type { Iteration } from "../core/load/workload.ts";
import type { Recorder } from "../core/measure/recorder.ts";
import type { CsvDialect } from "../kube/sample_log/dialect.ts";
import { formatOperationRow, type WriteOp } from "../kube/sample_log/operation_row.ts";
import { formatAnnotationTime } from "../kube/sample_log/times.ts";
import type { SampleLogWriter } from "../kube/sample_log/writer.ts";
import type { Cluster } from "../kube/cluster.ts";
import type { KubeObject, ObjectRef } from "../kube/object.ts";
import type { OwnedObjects } from "../kube/owned/owned_objects.ts";
import type { Resource } from "../kube/resource.ts";
import { isNotFound, isTooManyRequests, StatusError } from "../kube/status_error.ts";
import type { Population } from "./population.ts";

/** What happens to a write that is answered 429. */
export type On429 = "record" | "retry" | "abort";

/** A 429 without Retry-After; client-go's default for it. */
const RETRY_AFTER_MS = 1_000;

export interface ObjectWriterOptions {
  readonly clock: Clock;
  readonly recorder: Recorder;
  readonly cluster: Cluster;
  readonly resource: Resource;
  readonly fieldManager: string;
  readonly owned: OwnedObjects;
  readonly population: Population;
  readonly log: SampleLogWriter;
  readonly dialect: CsvDialect;
  readonly on429: On429;
  /** The server answered 429 and the run is to end for it. */
  readonly onOverload: () => void;
}

/** The objects of a run by their number, from 1. */
export interface RunObjects {
  refOf(index: number): ObjectRef;
  make(index: number, stamp: string): KubeObject;
}

/** How one write is sent. */
export interface WriteSpec {
  readonly ref: ObjectRef;
  /** When the schedule wanted it, clock ms. */
  readonly dueMs: number;
  /** Which connection carries it; absent: whichever the cluster takes. */
  readonly lane?: number;
}

/** Makes an object, or the body of its patch; `stamp` is now, as the annotations have it. */
export type MakeBody<T> = (stamp: string) => T;

/** See the module. A write that fails is recorded and never thrown. */
export class ObjectWriter {
  readonly #options: ObjectWriterOptions;
  /** Names in the population. A run gives each name once, whatever the namespace. */
  readonly #existing = new Set<string>();

  constructor(options: ObjectWriterOptions) {
    this.#options = options;
  }

  /** @returns whether there is something to be deleted, as far as the answer tells */
  async create(
    iteration: Iteration,
    { make, query, ...spec }: WriteSpec & {
      make: MakeBody<KubeObject>;
      /** Sent instead of the field manager. */
      query?: Readonly<Record<string, string>> | undefined;
    },
  ): Promise<boolean> {
    const { cluster, resource, fieldManager, owned, population, clock } = this.#options;
    const { ref } = spec;
    const failure = await this.#write(iteration, { op: "create", ...spec }, (stamp) => {
      const object = make(stamp);
      owned.register(ref);
      return cluster.create(resource, object, {
        ...callOptions(iteration, spec),
        ...(query === undefined ? { fieldManager } : { query }),
      });
    });
    if (failure === undefined) {
      this.#existing.add(ref.name);
      population.add(clock.now());
      return true;
    }
    // Never sent, or cut off by the end of the run: cleaning up sees to what is registered.
    if (!(failure instanceof OperationFailedError)) return false;
    // After a 5xx or a broken connection the server may have stored it all the same.
    const isRefused = failure instanceof StatusError && failure.code < 500;
    if (isRefused) owned.release(ref);
    return !isRefused;
  }

  /** Sends a strategic merge patch. */
  async update(
    iteration: Iteration,
    { make, ...spec }: WriteSpec & { make: MakeBody<unknown> },
  ): Promise<void> {
    const { cluster, resource, fieldManager } = this.#options;
    await this.#write(
      iteration,
      { op: "update", ...spec },
      (stamp) =>
        cluster.patch(resource, spec.ref, {
          body: make(stamp),
          options: { type: "strategic", fieldManager, ...callOptions(iteration, spec) },
        }),
    );
  }

  async delete(iteration: Iteration, spec: WriteSpec): Promise<void> {
    const { cluster, resource, owned, population, clock } = this.#options;
    const { ref } = spec;
    const failure = await this.#write(
      iteration,
      { op: "delete", ...spec },
      () => cluster.delete(resource, ref, callOptions(iteration, spec)),
    );
    if (failure !== undefined && !isNotFound(failure)) return;
    owned.release(ref);
    // Not so an object whose create seemed to fail: it was never counted.
    if (this.#existing.delete(ref.name)) population.remove(clock.now());
  }

  /** @returns what it failed with; undefined if it succeeded */
  async #write(
    iteration: Iteration,
    { op, ref, dueMs }: WriteSpec & { op: WriteOp },
    call: (stamp: string) => Promise<unknown>,
  ): Promise<unknown> {
    const send = (stamp: string) => this.#send(() => call(stamp), iteration.aborted);
    try {
      await iteration.timed(() => this.#logged({ op, ref, dueMs }, send), { op, dueMs });
      return undefined;
    } catch (thrown) {
      return thrown;
    }
  }

  /** Sends it now and writes the row of it. Rejects as `send` does. */
  async #logged(
    { op, ref, dueMs }: WriteSpec & { op: WriteOp },
    send: (stamp: string) => Promise<void>,
  ): Promise<void> {
    const { clock, log, dialect } = this.#options;
    const sentMs = clock.now();
    const before = clock.wallNow();
    const beforeMs = before.getTime();
    let failure: unknown;
    try {
      await send(formatAnnotationTime(before));
    } catch (thrown) {
      failure = thrown;
      throw thrown;
    } finally {
      log.append(formatOperationRow({
        beforeMs,
        // By the monotonic clock, because the calendar may jump.
        afterMs: beforeMs + clock.now() - sentMs,
        op,
        name: ref.name,
        error: failure === undefined ? "" : messageOf(failure),
        dueMs: beforeMs - (sentMs - dueMs),
        ...(ref.namespace === undefined ? {} : { namespace: ref.namespace }),
        ...(failure instanceof OperationFailedError ? { reason: failure.reason } : {}),
      }, dialect));
    }
  }

  /** Once, or as often as the server asks for it. */
  async #send(call: () => Promise<unknown>, aborted: AbortSignal): Promise<void> {
    const { clock, recorder, on429, onOverload } = this.#options;
    for (;;) {
      try {
        await call();
        return;
      } catch (thrown) {
        if (!isTooManyRequests(thrown)) throw thrown;
        if (on429 === "abort") onOverload();
        if (on429 !== "retry") throw thrown;
        const { retryAfterMs = RETRY_AFTER_MS } = thrown as StatusError;
        recorder.count("retries", 1, { atMs: clock.now() });
        await clock.sleepUntil(clock.now() + retryAfterMs, aborted);
        aborted.throwIfAborted();
      }
    }
  }
}

function callOptions(
  { aborted: signal }: Iteration,
  { lane }: WriteSpec,
): { signal: AbortSignal; lane?: number } {
  return lane === undefined ? { signal } : { signal, lane };
}
