/**
 * How the thresholds of a run stand while it goes on, for whoever shows it or acts on it: looked at
 * each second, or less often where that would cost the load anything. Ends nothing itself.
 * @module
 */

import { formatFigure } from "../judge/figure.ts";
import type { Standing } from "../judge/standing.ts";
import type { Clock } from "../load/clock.ts";

/** Share of the time that looking may take, of the thread that puts the load on. */
const MOST_TIME_RATIO = 0.01;

/** A threshold has begun to fail, or does not fail any more. */
export interface Transition {
  /** Clock time of the look that showed it. */
  readonly atMs: number;
  readonly standing: Standing;
}

export interface LiveJudgeOptions {
  readonly clock: Pick<Clock, "now">;
  /** How the thresholds stand at this moment, in the order of the manifest. */
  readonly standings: () => readonly Standing[];
}

/** See the module. Whoever closes the seconds of the run calls `look` after each. */
export class LiveJudge {
  readonly #clock: LiveJudgeOptions["clock"];
  readonly #ask: LiveJudgeOptions["standings"];
  readonly #listeners = new Set<(transition: Transition) => void>();
  #standings: readonly Standing[] = [];
  #notBeforeMs = -Infinity;

  constructor({ clock, standings }: LiveJudgeOptions) {
    this.#clock = clock;
    this.#ask = standings;
  }

  /** As they stood at the last look, in the order of the manifest; none before the first. */
  get standings(): readonly Standing[] {
    return this.#standings;
  }

  /** For the live line, e.g. `2 of 5 thresholds failing: create.p99, list.p95`; empty: none fails. */
  get text(): string {
    const failing = this.#standings.filter(({ state }) => state === "fails");
    if (failing.length === 0) return "";
    const names = failing.map(({ threshold }) => formatFigure(threshold.figure)).join(", ");
    return `${failing.length} of ${this.#standings.length} thresholds failing: ${names}`;
  }

  /** @returns ends the listening */
  onTransition(listener: (transition: Transition) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Judges what there is so far, and tells what is new. */
  look(): void {
    const fromMs = this.#clock.now();
    if (fromMs < this.#notBeforeMs) return;
    const before = this.#standings;
    this.#standings = this.#ask();
    const tookMs = this.#clock.now() - fromMs;
    this.#notBeforeMs = fromMs + tookMs / MOST_TIME_RATIO;
    for (const [index, standing] of this.#standings.entries()) {
      const failed = before[index]?.state === "fails";
      if (failed === (standing.state === "fails")) continue;
      for (const listener of this.#listeners) listener({ atMs: fromMs, standing });
    }
  }
}
