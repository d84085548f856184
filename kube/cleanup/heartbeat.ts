/**
 * How does a user know that a long wait goes on? The last line is said again, with the time that has
 * passed, whenever nothing else was said for a while.
 * @module
 */

import type { Say } from "../../core/say.ts";
import type { Clock } from "../../core/load/clock.ts";
import { formatDuration } from "../../core/units.ts";

const QUIET_MS = 10_000;

/** Dispose it when there is nothing more to wait for. */
export class Heartbeat implements AsyncDisposable {
  readonly #say: Say;
  readonly #clock: Clock;
  readonly #startMs: number;
  readonly #ending = new AbortController();
  readonly #beats: Promise<void>;
  #lastLine = "waiting for the server";
  #lastMs: number;

  constructor(say: Say, { clock }: { clock: Clock }) {
    this.#say = say;
    this.#clock = clock;
    this.#startMs = this.#lastMs = clock.now();
    this.#beats = this.#beat();
  }

  say(line: string): void {
    this.#lastLine = line;
    this.#lastMs = this.#clock.now();
    this.#say(line);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await this.#beats;
  }

  async #beat(): Promise<void> {
    const { signal } = this.#ending;
    for (;;) {
      await this.#clock.sleepUntil(this.#lastMs + QUIET_MS, signal);
      if (signal.aborted) return;
      const nowMs = this.#clock.now();
      if (nowMs < this.#lastMs + QUIET_MS) continue;
      this.#lastMs = nowMs;
      this.#say(`${this.#lastLine} (still, after ${formatDuration(nowMs - this.#startMs)})`);
    }
  }
}
