/**
 * Counters that cost an increment each, handed to the recorder a few times a second, because a
 * watcher counts too often for a look-up each time.
 * @module
 */

import type { Tags } from "../core/measure/sample.ts";
import type { LoadScope } from "../core/run/run_stage.ts";

/** How often counters and readings reach the recorder; a second of the report has five of them. */
export const TALLY_PERIOD_MS = 200;

/** One counter; the one who counts keeps it. */
export interface Counter {
  /** Since it was last handed over. */
  value: number;
}

interface Tallied extends Counter {
  readonly name: string;
  readonly tags: Tags | undefined;
}

/** Counters of one run. */
export class Tally {
  readonly #counters: Tallied[] = [];

  /** A counter of its own for each call; those of the same name and tags add up in the report. */
  counter(name: string, tags?: Tags): Counter {
    const counter = { name, tags, value: 0 };
    this.#counters.push(counter);
    return counter;
  }

  /**
   * Hands over what was counted. Before the run has begun nothing is: what was counted so far waits,
   * because the recorder would forget it at the beginning. What a counter that never moved means is
   * said by the plan (core/run/measures.ts).
   */
  flush(scope: Pick<LoadScope, "clock" | "hasBegun" | "recorder">): void {
    if (!scope.hasBegun) return;
    const atMs = scope.clock.now();
    for (const counter of this.#counters) {
      if (counter.value === 0) continue;
      const { name, tags, value } = counter;
      scope.recorder.count(name, value, { atMs, ...(tags === undefined ? {} : { tags }) });
      counter.value = 0;
    }
  }
}
