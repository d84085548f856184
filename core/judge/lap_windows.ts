/**
 * The sliding windows of one threshold over a run that may have been paused: no window reaches over a
 * pause. Never judges.
 * @module
 */

import type { Interval } from "../measure/interval.ts";
import type { Threshold } from "./threshold.ts";
import { isFilled, SlidingWindow, type WindowSink } from "./window.ts";

interface LapSink extends WindowSink {
  /** Called when the run has been paused: what comes is no sequel of what came. */
  paused(): void;
}

/** See the module. */
export class LapWindows {
  readonly #threshold: Threshold;
  readonly #sink: LapSink;
  /** Of the time since the last pause. */
  #windows: SlidingWindow;
  /** How many pauses came before it, and when its first interval began. */
  #lap: { readonly number: number; readonly startMs: number } | undefined;
  /** The longest time without a pause before that. */
  #longestMs = 0;

  constructor(threshold: Threshold, sink: LapSink) {
    this.#threshold = threshold;
    this.#sink = sink;
    this.#windows = new SlidingWindow(threshold, sink);
  }

  get slotMs(): number {
    return this.#windows.slotMs;
  }

  get widthMs(): number {
    return this.#windows.widthMs;
  }

  /** The longest time without a pause so far, as the windows saw it, ms. */
  get coveredMs(): number {
    return Math.max(this.#longestMs, this.#windows.coveredMs);
  }

  /** Whether some time without a pause was as long as the window. */
  get isFull(): boolean {
    return isFilled(this, this.coveredMs);
  }

  /** Whether the time since the last pause is. */
  get isLapFull(): boolean {
    return this.#windows.isFull;
  }

  add(interval: Interval): void {
    const { lap: number = 0, startMs } = interval;
    this.#lap ??= { number, startMs };
    if (number > this.#lap.number) {
      this.#endLap();
      this.#lap = { number, startMs };
    }
    // What was due before a pause and has ended after it is seen now.
    const isLate = number < this.#lap.number;
    const now = { startMs: this.#lap.startMs, endMs: this.#lap.startMs, lap: this.#lap.number };
    this.#windows.add(isLate ? { ...interval, ...now } : interval);
  }

  /** Shows what is left. */
  end(): void {
    this.#windows.end();
  }

  #endLap(): void {
    this.#windows.end();
    this.#longestMs = this.coveredMs;
    this.#sink.paused();
    this.#windows = new SlidingWindow(this.#threshold, this.#sink);
  }
}
