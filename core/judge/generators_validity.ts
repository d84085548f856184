/**
 * Was a load fit to measure that several generators put on? It is when the load as a whole was what was
 * asked for, and each of them was fit by itself: a mean over all would hide the one that was not.
 * @module
 */

import type { Totals } from "../measure/totals.ts";
import { formatDuration } from "../units.ts";
import {
  assessLoad,
  assessValidity,
  type ExpectedLoad,
  type Validity,
  type ValidityLevel,
} from "./validity.ts";

/** What is known of one generator in some time. */
export interface OneGenerator {
  readonly index: number;
  /** What it measured. */
  readonly totals: Totals;
  /** When it was lost, ms since the run's start, if it was before the end of that time. */
  readonly lost: { readonly atMs: number; readonly why: string } | undefined;
  /** What did not arrive of what it measured, ms. */
  readonly missingMs: number;
}

/** Most generators whose reasons are told; the table has all. */
const NAMED = 5;

/** Of one of so many generators, in the time in which it was there. */
export function validityOfOne(
  { totals, lost, missingMs }: OneGenerator,
  { expected, of }: { readonly expected: ExpectedLoad; readonly of: number },
): Validity {
  const { targetRatePerSec } = expected;
  const isWhole = lost === undefined && missingMs === 0;
  const own = assessValidity(totals, {
    ...expected,
    // What a generator that is lost did not send is no weakness of it.
    targetRatePerSec: targetRatePerSec === null || !isWhole ? null : targetRatePerSec / of,
  });
  const reasons = [
    ...lost === undefined ? [] : [
      `It was lost at ${formatDuration(Math.round(lost.atMs))} (${lost.why}): its share, ` +
      `1 of ${of}, is missing from then on.`,
    ],
    ...missingMs === 0
      ? []
      : [`${formatDuration(Math.round(missingMs))} of what it measured did not arrive.`],
  ];
  if (reasons.length === 0) return own;
  return { level: worst([own.level, "degraded"]), reasons: [...reasons, ...own.reasons] };
}

/** Of the load as a whole, from all its generators. */
export function validityOfAll(
  totals: Totals,
  { expected, generators }: {
    readonly expected: ExpectedLoad;
    readonly generators: readonly OneGenerator[];
  },
): Validity {
  const of = generators.length;
  const load = assessLoad(totals, expected);
  const unfit = generators
    .map((one) => ({ one, validity: validityOfOne(one, { expected, of }) }))
    .filter(({ validity }) => validity.level !== "valid");
  const level = worst([load.level, ...unfit.map(({ validity }) => validity.level)]);
  const named = unfit.toSorted((one, other) =>
    RANK[one.validity.level] - RANK[other.validity.level]
  ).slice(0, NAMED);
  const more = unfit.length - named.length;
  return {
    level,
    reasons: [
      ...load.reasons,
      ...named.flatMap(({ one, validity }) =>
        validity.reasons.map((reason) => `Generator ${one.index}: ${reason}`)
      ),
      ...more === 0 ? [] : [`So it is with ${more} more generators: see their table.`],
    ],
  };
}

const RANK: Readonly<Record<ValidityLevel, number>> = { invalid: 0, degraded: 1, valid: 2 };

function worst(levels: readonly ValidityLevel[]): ValidityLevel {
  return levels.toSorted((one, other) => RANK[one] - RANK[other])[0] ?? "valid";
}
