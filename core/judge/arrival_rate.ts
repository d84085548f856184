/**
 * Did as much load begin as was asked for? Counts what was sent while arrivals were due, and not
 * while the last of it was awaited.
 * @module
 */

import * as z from "zod";
import type { OperationTotals } from "../measure/operation_totals.ts";
import type { Totals } from "../measure/totals.ts";
import { formatDuration, formatSignificant } from "../units.ts";

/** Of an open load, over the measured time in which arrivals were due. */
export const ArrivalRate = z.object({
  targetPerSec: z.number().describe("as asked for"),
  achievedPerSec: z.number().describe("arrivals that were sent"),
  sent: z.number().int(),
  spanMs: z.number().describe("from the beginning of the measured time to the last arrival"),
});
export type ArrivalRate = z.infer<typeof ArrivalRate>;

/** What the load was meant to be. */
export interface ExpectedArrivals {
  /** Offered load of the open model in arrivals per second; null: closed model. */
  readonly targetRatePerSec: number | null;
  /**
   * The operation that each arrival begins with. Without it there is an answer only when the run has
   * a single operation.
   */
  readonly op?: string;
  /**
   * How long there were arrivals in the measured time; without it, all of the measured time, in
   * which waiting for the last answers counts as time without arrivals.
   */
  readonly arrivalsMs?: number;
  /** More will come: what was begun counts, though nothing is known of it yet. @default {false} */
  readonly isSoFar?: boolean;
}

/** Null for a closed model, and where nothing was measured. */
export function arrivalRate(
  totals: Totals,
  expected: ExpectedArrivals,
): ArrivalRate | null {
  const { targetRatePerSec: targetPerSec, op, arrivalsMs: spanMs = totals.durationMs } = expected;
  const begun = op === undefined ? onlyOperation(totals) : totals.operation(op);
  if (targetPerSec === null || begun === undefined || spanMs <= 0) return null;
  const sent = Math.max(
    begun.finished + begun.cancelled,
    expected.isSoFar ? takenUp(totals) - begun.dropped : 0,
  );
  return { targetPerSec, achievedPerSec: sent * 1_000 / spanMs, sent, spanMs };
}

/**
 * Share of the arrivals asked for that is missing; 0 where chance explains it: the number of random
 * arrivals has the standard deviation sqrt(wanted), so that less than three of those below says nothing.
 */
export function shortfallRatio({ targetPerSec, sent, spanMs }: ArrivalRate): number {
  const wanted = targetPerSec * spanMs / 1_000;
  const missing = wanted - sent;
  return missing <= 3 * Math.sqrt(wanted) ? 0 : missing / wanted;
}

/** `49.9 arrivals/s of 50/s in 1.2s`. */
export function arrivalsText({ targetPerSec, achievedPerSec, spanMs }: ArrivalRate): string {
  const [achieved, target] = [achievedPerSec, targetPerSec].map((rate) => formatSignificant(rate));
  return `${achieved} arrivals/s of ${target}/s in ${formatDuration(spanMs)}`;
}

/** Arrivals of which something was begun: each had some lag, however little. */
function takenUp(totals: Totals): number {
  return totals.distribution("schedulingLag")?.histogram.count ?? 0;
}

function onlyOperation(totals: Totals): OperationTotals | undefined {
  const names = new Set([...totals.operations.values()].map(({ op }) => op));
  const [only, ...others] = names;
  return only === undefined || others.length > 0 ? undefined : totals.operation(only);
}
