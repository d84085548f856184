/**
 * Programs in turn, and one by another, round by round: what else a machine does changes less within a
 * round.
 * @module
 */

import { median } from "./kube_cluster.ts";

/** Of the rounds' own ratios. */
export interface Ratio {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/**
 * What each program came to in each of the rounds; of round 0, before them, nothing is kept.
 * @param run undefined: there is no such program here
 */
export async function inTurn<P extends string, F>(
  programs: readonly P[],
  { rounds, run }: {
    readonly rounds: number;
    readonly run: (program: P, round: number) => Promise<F> | undefined;
  },
): Promise<Record<P, F[]>> {
  const figures = Object.fromEntries(programs.map((one) => [one, []])) as unknown as Record<P, F[]>;
  for (const program of programs) await run(program, 0);
  for (let round = 1; round <= rounds; round++) {
    // The target has more to hold for the later ones: they take turns at that.
    for (const program of round % 2 === 1 ? programs : programs.toReversed()) {
      const one = await run(program, round);
      if (one !== undefined) figures[program].push(one);
    }
  }
  return figures;
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
