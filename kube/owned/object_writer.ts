/**
 * One write of a run: sent through the executor's iteration, stamped, logged as a row, counted in
 * the population and in what has to be deleted again. Decides neither when nor what.
 * @module
 */

import { messageOf, OperationFailedError } from "../../core/errors.ts";
import type { Clock } from "../../core/load/clock.ts";
import type { Iteration } from "../../core/load/workload.ts";
import type { Recorder } from "../../core/measure/recorder.ts";
import { formatOperationRow, type WriteOp } from "../sample_log/operation_row.ts";
import { formatAnnotationTime } from "../sample_log/times.ts";
import type { SampleLogWriter } from "../sample_log/writer.ts";
import type { Cluster } from "../cluster.ts";
import type { KubeObject, ObjectRef } from "../object.ts";
import type { OwnedObjects } from "./owned_objects.ts";
import type { Resource } from "../resource.ts";
import { isNotFound, isTooManyRequests, type StatusError } from "../status_error.ts";
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
  /** Gets a row for each write; absent: nobody does. */
  readonly log?: SampleLogWriter;
  /** @default "record" */
  readonly on429?: On429;
  /** The server answered 429 and the run is to end for it. */
  readonly onOverload?: () => void;
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

interface OneWrite {
  readonly op: WriteOp;
  readonly spec: WriteSpec;
}

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
    spec: WriteSpec & {
      make: MakeBody<KubeObject>;
      /** Sent instead of the field manager. */
      query?: Readonly<Record<string, string>> | undefined;
    },
  ): Promise<boolean> {
    const { cluster, resource, fieldManager, owned, population, clock } = this.#options;
    const { ref, make, query } = spec;
    const failure = await this.#write(iteration, { op: "create", spec }, (stamp) => {
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
    return owned.settle(ref, failure);
  }

  /** Sends a strategic merge patch. */
  async update(
    iteration: Iteration,
    spec: WriteSpec & { make: MakeBody<unknown> },
  ): Promise<void> {
    const { cluster, resource, fieldManager } = this.#options;
    await this.#write(
      iteration,
      { op: "update", spec },
      (stamp) =>
        cluster.patch(resource, spec.ref, {
          body: spec.make(stamp),
          options: { type: "strategic", fieldManager, ...callOptions(iteration, spec) },
        }),
    );
  }

  async delete(iteration: Iteration, spec: WriteSpec): Promise<void> {
    const { cluster, resource, owned, population, clock } = this.#options;
    const { ref } = spec;
    const failure = await this.#write(
      iteration,
      { op: "delete", spec },
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
    write: OneWrite,
    call: (stamp: string) => Promise<unknown>,
  ): Promise<unknown> {
    const { op, spec: { dueMs } } = write;
    try {
      await iteration.timed(() => this.#send(iteration, write, call), { op, dueMs });
      return undefined;
    } catch (thrown) {
      return thrown;
    }
  }

  /** Sends it now and writes the row of it. Rejects as the call does. */
  async #send(
    { aborted }: Iteration,
    { op, spec: { ref, dueMs } }: OneWrite,
    call: (stamp: string) => Promise<unknown>,
  ): Promise<void> {
    const { clock, log, on429, onOverload } = this.#options;
    const sentMs = clock.now();
    const before = clock.wallNow();
    const beforeMs = before.getTime();
    const stamp = formatAnnotationTime(before);
    let failure: unknown;
    try {
      await (on429 === "retry" ? this.#patiently(() => call(stamp), aborted) : call(stamp));
    } catch (thrown) {
      failure = thrown;
      if (on429 === "abort" && isTooManyRequests(thrown)) onOverload?.();
      throw thrown;
    } finally {
      log?.append(formatOperationRow({
        beforeMs,
        // By the monotonic clock, because the calendar may jump.
        afterMs: beforeMs + clock.now() - sentMs,
        op,
        name: ref.name,
        error: failure === undefined ? "" : messageOf(failure),
        dueMs: beforeMs - (sentMs - dueMs),
        ...(ref.namespace === undefined ? {} : { namespace: ref.namespace }),
        ...(failure instanceof OperationFailedError ? { reason: failure.reason } : {}),
      }, log.dialect));
    }
  }

  /** As often as the server asks for it. */
  async #patiently(call: () => Promise<unknown>, aborted: AbortSignal): Promise<void> {
    const { clock, recorder } = this.#options;
    for (;;) {
      try {
        await call();
        return;
      } catch (thrown) {
        if (!isTooManyRequests(thrown)) throw thrown;
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
