/**
 * One client of churn: asks one data plane for the stable route all the time over one kind of
 * connection. Every answer counts, and so does the time between two good ones.
 * @module
 */

import { Wakes } from "../../../core/load/wakes.ts";
import { timed } from "../../../core/load/timed.ts";
import { until } from "../../../core/load/until.ts";
import type { Tags } from "../../../core/measure/sample.ts";
import type { RunStage } from "../../../core/run/run_stage.ts";
import { formatDuration } from "../../../core/units.ts";
import { type Answer, matches } from "../answers/answer.ts";
import { ClosedLoop } from "../answers/closed_loop.ts";
import type { Asker } from "../answers/data_plane.ts";
import { FailedAnswers } from "../frame/failed_answers.ts";
import { outcomeOf } from "../frame/outcome.ts";
import { type ProbeRoute, questionOf } from "../frame/route_set.ts";
import { CHECKPOINT, LONGEST_GAP, RECONNECTS } from "./measured.ts";
import type { ChurnProgress } from "./progress.ts";

export interface StableClientOptions {
  readonly asker: Asker;
  readonly route: ProbeRoute;
  /** From an answer to the next question. */
  readonly pauseMs: number;
  readonly progress: ChurnProgress;
}

/** See the module. */
export class StableClient {
  readonly tags: Tags;
  readonly #stage: RunStage;
  readonly #options: StableClientOptions;
  readonly #failed: FailedAnswers;
  readonly #wakes = new Wakes();
  #requests = 0;
  /** When the last good answer had been asked for, and when it or the beginning was. */
  #goodAskedMs = -Infinity;
  #goodMs = 0;
  /** The longest since the last checkpoint; one that goes on over it counts with what comes after. */
  #gapMs = 0;
  #gapFromMs = 0;

  constructor(stage: RunStage, options: StableClientOptions) {
    const { asker, route } = options;
    this.#stage = stage;
    this.#options = options;
    this.tags = asker.tags;
    this.#failed = new FailedAnswers(stage.recorder, route.expected);
  }

  /** For people. */
  get name(): string {
    const { gateway, connection } = this.tags;
    return `${gateway} (${connection})`;
  }

  /** Until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { asker, route, pauseMs } = this.#options;
    const { clock, recorder } = this.#stage;
    this.#goodMs = this.#gapFromMs = clock.now();
    const loop = new ClosedLoop(this.#stage, {
      asker,
      ...questionOf(route),
      expected: route.expected,
      pauseMs,
      onAnswer: (answer) => this.#take(answer),
    });
    const seen = await outcomeOf(this.#stage, loop.run(signal));
    this.#endGap(clock.now());
    this.#tellGap();
    if (seen === undefined || asker.connection !== "kept") return;
    const reconnects = Math.max(0, seen.connections - 1);
    recorder.count(RECONNECTS, reconnects, { atMs: clock.now(), tags: this.tags });
  }

  /** It has to answer, asked from now on. */
  async checkpoint(dueMs: number, timeoutMs: number): Promise<void> {
    const { clock, stopping: signal } = this.#stage;
    const wait = timed(
      this.#stage,
      (onSettled) =>
        until(clock, () => this.#goodAskedMs >= dueMs || undefined, {
          pollMs: Infinity,
          woken: this.#wakes.woken,
          timeoutMs,
          signal,
          onSettled,
          what: `the stable route is answered at ${this.name}`,
        }),
      { op: CHECKPOINT, tags: this.tags, dueMs },
    );
    await outcomeOf(this.#stage, wait);
    if (!signal.aborted) this.#tellGap();
  }

  /** How many there were, and what the first ones were; undefined: none. */
  failuresText(): string | undefined {
    return this.#failed.textOf(this.#requests);
  }

  #take(answer: Answer): void {
    this.#requests++;
    const { atMs, askedMs } = answer;
    const { route: { expected }, progress, asker: { dataPlane: { gateway } } } = this.#options;
    if (matches(answer, expected)) {
      this.#endGap(atMs);
      this.#goodAskedMs = askedMs;
      this.#wakes.wake();
      return;
    }
    const tags = { ...this.tags, during: progress.during(gateway) };
    this.#failed.add(answer, { when: this.#whenText(atMs), tags });
  }

  #whenText(atMs: number): string {
    const sinceMs = this.#options.progress.sinceRestartMs(atMs);
    return sinceMs === undefined
      ? `${formatDuration(atMs - this.#stage.startMs)} after the beginning`
      : `${formatDuration(sinceMs)} after the restart began`;
  }

  #endGap(atMs: number): void {
    const gapMs = atMs - this.#goodMs;
    if (gapMs > this.#gapMs) {
      this.#gapMs = gapMs;
      this.#gapFromMs = this.#goodMs;
    }
    this.#goodMs = atMs;
  }

  #tellGap(): void {
    if (this.#gapMs === 0) return;
    const sinceMs = this.#gapFromMs;
    const atMs = sinceMs + this.#gapMs;
    this.#stage.recorder.observeMs(LONGEST_GAP, this.#gapMs, { atMs, sinceMs, tags: this.tags });
    this.#gapMs = 0;
  }
}
