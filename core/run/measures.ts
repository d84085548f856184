/**
 * What a run can measure, said before it begins: so that what never came is told from what does not
 * exist. Names only; nothing is measured here.
 * @module
 */

import type { Tags } from "../measure/sample.ts";

export interface CounterSeries {
  readonly name: string;
  readonly tags?: Tags;
}

export interface Measures {
  /**
   * Amounts that are 0 as long as nothing comes: that is an answer, and a threshold is judged by it.
   * Where it is one only once something could be seen, `Run.declare` says so then.
   */
  readonly counters: readonly CounterSeries[];
  /**
   * Names of what has no value as long as nothing comes, so that no threshold is met: operations,
   * times, sizes, levels, and amounts of which 0 says something only where there was something to see.
   */
  readonly others: readonly string[];
}

/** Names of everything that any load may have. */
const OF_EVERY_LOAD = [
  ...["loopLag", "cpuRatio", "rssBytes", "heapUsedBytes", "schedulingLag", "inFlight"],
];

/** Counters of these names without tags. */
export function countersOf(...names: readonly string[]): CounterSeries[] {
  return names.map((name) => ({ name }));
}

/** All of several measures. */
export function allMeasures(...all: readonly Measures[]): Measures {
  return {
    counters: all.flatMap(({ counters }) => counters),
    others: all.flatMap(({ others }) => others),
  };
}

/** Every name that a threshold can ask about, sorted. */
export function namesOf({ counters, others }: Measures): string[] {
  return [...new Set([...counters.map(({ name }) => name), ...others, ...OF_EVERY_LOAD])].sort();
}
