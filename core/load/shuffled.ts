/** In which order, if chance decides it? @module */

import type { Rng } from "./rng.ts";

/** Each order is as likely as any other: Fisher and Yates. */
export function shuffled<T>(items: readonly T[], rng: Rng): T[] {
  const all = [...items];
  for (let last = all.length - 1; last > 0; last--) {
    const other = rng.integerBelow(last + 1);
    [all[last], all[other]] = [all[other]!, all[last]!];
  }
  return all;
}
