/**
 * Arrivals whose gaps are normally distributed: nearly regular, and never in step with anything.
 * Source: howardjohn/pilot-load, whose jittered loops wait for such a time from one change to the next.
 * @module
 */

import type { ArrivalProcess } from "./arrival.ts";
import type { Rng } from "./rng.ts";

/** Of their mean: the standard deviation of the gaps. */
const SPREAD = 1 / 5;
const MS_PER_SEC = 1_000;

/**
 * Gaps with a mean of 1 / rate and a fifth of that as standard deviation, never below 0; the first
 * arrival is one gap after the start.
 * @throws {RangeError} if the rate is not finite and above 0
 */
export function normal(ratePerSec: number): ArrivalProcess {
  if (!Number.isFinite(ratePerSec) || ratePerSec <= 0) {
    throw new RangeError(
      `Cannot use arrival rate ${ratePerSec}: expected a finite number above 0`,
    );
  }
  const meanMs = MS_PER_SEC / ratePerSec;
  return {
    label: `normal:${ratePerSec}/s`,
    ratePerSec,
    durationMs: Infinity,
    *offsets(rng) {
      for (let offsetMs = 0;;) {
        offsetMs += Math.max(0, meanMs * (1 + SPREAD * deviate(rng)));
        yield offsetMs;
      }
    },
    expectedBy: (offsetMs) => offsetMs <= 0 ? 0 : renewals(offsetMs / meanMs),
  };
}

/** Standard normal. Source: Box and Muller, Annals of Mathematical Statistics 29(2), 1958. */
function deviate(rng: Rng): number {
  return Math.sqrt(-2 * Math.log1p(-rng.next())) * Math.cos(2 * Math.PI * rng.next());
}

/** From so many mean gaps on, the limit of the renewal function is within 1e-6 of it. */
const MANY_GAPS = 200;

/**
 * The mean number of sums of gaps that are below x mean gaps: each sum of k is normal.
 * Source: Feller, An Introduction to Probability Theory, vol. 2, XI.3 (renewal theory).
 */
function renewals(x: number): number {
  if (x > MANY_GAPS) return x + (SPREAD ** 2 - 1) / 2;
  let sum = 0;
  for (let k = 1;; k++) {
    const share = below((x - k) / (SPREAD * Math.sqrt(k)));
    sum += share;
    if (k > x && share < 1e-9) return sum;
  }
}

/** The share of a standard normal distribution below z. Source: Abramowitz and Stegun, 26.2.17. */
function below(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const polynomial = t * (0.319381530 +
    t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const tail = Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI) * polynomial;
  return z > 0 ? 1 - tail : tail;
}
