/** One program by another, round by round: what else a machine does changes less within a round. @module */

import { median } from "./kube_cluster.ts";

/** Of the rounds' own ratios. */
export interface Ratio {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** @param names of the figures that are compared */
export function ratiosOf<N extends string>(
  names: readonly N[],
  own: readonly Readonly<Record<N, number>>[],
  yardstick: readonly Readonly<Record<N, number>>[],
): Record<N, Ratio> {
  const ratioOf = (name: N): Ratio => {
    const all = own.map((round, index) => round[name] / yardstick[index]![name]);
    return { min: Math.min(...all), median: median(all), max: Math.max(...all) };
  };
  return Object.fromEntries(names.map((name) => [name, ratioOf(name)])) as Record<N, Ratio>;
}

/** `0.97 of client-go's (0.93 to 1.02)`. */
export function ratioText({ min, median, max }: Ratio): string {
  const [low, middle, high] = [min, median, max].map((ratio) => ratio.toFixed(2));
  return `${middle} of client-go's (${low} to ${high})`;
}
