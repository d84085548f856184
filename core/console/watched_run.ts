/**
 * A run that somebody has an eye on: asked for its status every second, and for changes one after the
 * other. Tells when it is over.
 * @module
 */

import type { ControlClient } from "../control/control_client.ts";
import type { InForce, Status } from "../control/protocol.ts";
import type { Clock } from "../load/clock.ts";
import type { Change } from "../run_log/change.ts";

const PERIOD_MS = 1_000;
const WHO = "console";

/** How a run is asked. */
export type Asked = Pick<ControlClient, "status" | "change">;

/** Watches from its making until it is disposed. */
export class WatchedRun implements AsyncDisposable {
  readonly #run: Asked;
  readonly #clock: Clock;
  readonly #over = new AbortController();
  readonly #watching: Promise<void>;
  /** The last question: one is asked at a time. */
  #asking: Promise<unknown> = Promise.resolve();
  #status: Status;
  #told = Promise.withResolvers<void>();

  /** @throws {CannotRunError} if it cannot be asked */
  static async of(run: Asked, clock: Clock): Promise<WatchedRun> {
    return new WatchedRun(run, clock, await run.status());
  }

  private constructor(run: Asked, clock: Clock, status: Status) {
    this.#run = run;
    this.#clock = clock;
    this.#status = status;
    this.#watching = this.#watch();
  }

  /** The last that it told. */
  get status(): Status {
    return this.#status;
  }

  /** Fires when it is over, or tells nothing any more. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** Resolves with what it tells next, or when it is over. */
  async next(): Promise<Status> {
    await this.#told.promise;
    return this.#status;
  }

  /** @throws {CannotRunError} if it cannot be, and why */
  async change(change: Change): Promise<InForce> {
    return await this.#ask(() => this.#run.change(change, WHO));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    await this.#watching;
  }

  async #watch(): Promise<void> {
    while (!this.over.aborted) {
      await this.#clock.sleepUntil(this.#clock.now() + PERIOD_MS, this.over);
      if (this.over.aborted) break;
      try {
        this.#status = await this.#ask(() => this.#run.status());
        if (this.#status.state === "over") this.#over.abort();
      } catch {
        this.#over.abort(); // what it has left tells why
      }
      this.#tell();
    }
    this.#tell();
  }

  #tell(): void {
    this.#told.resolve();
    if (!this.over.aborted) this.#told = Promise.withResolvers();
  }

  #ask<T>(question: () => Promise<T>): Promise<T> {
    const answer = this.#asking.then(question);
    this.#asking = answer.catch(() => {});
    return answer;
  }
}
