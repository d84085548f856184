/**
 * What becomes of the plan of a run's time in its pauses: the stretch that there is is left and entered
 * again, and what was to come after it comes later by as much. Times are ms since the run's start.
 * @module
 */

import type { Stretch } from "../measure/recorder.ts";

/** See the module. */
export class Pauses {
  #count = 0;
  #sinceMs: number | undefined;
  /** What goes on after the pause, from its beginning on as if there was none. */
  #planned: Stretch[] = [];

  get isPaused(): boolean {
    return this.#sinceMs !== undefined;
  }

  /** The stage that goes on after the pause. */
  get stage(): number | undefined {
    return this.#planned[0]?.stage;
  }

  /**
   * @param timeline what was known of the run's time until now
   * @returns the stretch until it is resumed
   */
  begin(sinceMs: number, timeline: readonly Stretch[]): Stretch {
    this.#sinceMs = sinceMs;
    this.#count++;
    const current = timeline.findLastIndex(({ fromMs }) => fromMs <= sinceMs);
    const [here, ...toCome] = timeline.slice(Math.max(0, current));
    this.#planned = here === undefined ? [] : [{ ...here, fromMs: sinceMs }, ...toCome];
    return betweenStages(sinceMs);
  }

  /** As a recorder enters a stretch: others that were planned from there on never come. */
  plan(stretch: Stretch): void {
    this.#planned = [...this.#planned.filter(({ fromMs }) => fromMs < stretch.fromMs), stretch];
  }

  /** The stage that was to go on is over. */
  leave(): void {
    this.#planned = [betweenStages(this.#sinceMs ?? 0)];
  }

  /** @returns what is to come from now on */
  end(atMs: number): Stretch[] {
    const pausedMs = atMs - (this.#sinceMs ?? atMs);
    this.#sinceMs = undefined;
    return this.#planned.map((stretch) => ({
      ...stretch,
      fromMs: stretch.fromMs + pausedMs,
      lap: this.#count,
    }));
  }
}

/** What is due from then on belongs to no stage. */
export function betweenStages(fromMs: number): Stretch {
  return { fromMs, phase: "warmup", stage: undefined };
}
