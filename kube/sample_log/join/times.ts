/**
 * How long did it take from a write to its notification, in all the ways to measure that? Exact
 * figures of whole-millisecond times; negative ones are kept, because they tell of clocks that differ.
 * @module
 */

import { samplesNeeded } from "../../../core/measure/summary.ts";
import type { OperationRow } from "../operation_row.ts";
import type { SeenEvent } from "./seen_objects.ts";

/** What is measured, and from when to when. */
export const JOIN_TIMES = {
  write: "tBefore to tAfter of a successful write",
  "sent-to-notified": "tBefore to firstEnqueue",
  "done-to-notified": "tAfter to firstEnqueue, negative when the watch is faster than the answer",
  queued: "firstEnqueue to dequeueTime",
  "sent-to-dequeued": "tBefore to dequeueTime",
} as const;
export type JoinTime = keyof typeof JOIN_TIMES;
export const JOIN_TIME_NAMES = Object.keys(JOIN_TIMES) as readonly JoinTime[];

const QUANTILES = { p50: 0.5, p90: 0.9, p99: 0.99 } as const;

/** Figures of one time, in ms. */
export interface TimeStats {
  readonly count: number;
  /** How many are below 0. */
  readonly negative: number;
  readonly min: number;
  /** Null: fewer values than the quantile needs. */
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p99: number | null;
  readonly max: number;
  readonly mean: number;
}

/** The times of one kind of write. */
export class JoinTimes {
  readonly #values: Readonly<Record<JoinTime, number[]>> = {
    write: [],
    "sent-to-notified": [],
    "done-to-notified": [],
    queued: [],
    "sent-to-dequeued": [],
  };

  addWrite({ beforeMs, afterMs }: OperationRow): void {
    this.#values.write.push(afterMs - beforeMs);
  }

  addPair({ beforeMs, afterMs }: OperationRow, { enqueueMs, dequeueMs }: SeenEvent): void {
    this.#values["sent-to-dequeued"].push(dequeueMs - beforeMs);
    if (enqueueMs === null) return;
    this.#values["sent-to-notified"].push(enqueueMs - beforeMs);
    this.#values["done-to-notified"].push(enqueueMs - afterMs);
    this.#values.queued.push(dequeueMs - enqueueMs);
  }

  /** Null for a time that was never measured. */
  stats(): Record<JoinTime, TimeStats | null> {
    const entries = JOIN_TIME_NAMES.map((name) => [name, timeStatsOf(this.#values[name])]);
    return Object.fromEntries(entries);
  }
}

/** Exact figures of the values; null when there are none. */
export function timeStatsOf(values: readonly number[]): TimeStats | null {
  const count = values.length;
  if (count === 0) return null;
  const sorted = Float64Array.from(values).sort();
  /** The smallest value that at least the share of all values does not exceed. */
  const valueAt = (quantile: number) =>
    count < samplesNeeded(quantile) ? null : sorted[Math.ceil(quantile * count - 1e-9) - 1] ?? null;
  return {
    count,
    negative: values.reduce((negative, value) => negative + (value < 0 ? 1 : 0), 0),
    min: sorted[0] ?? 0,
    p50: valueAt(QUANTILES.p50),
    p90: valueAt(QUANTILES.p90),
    p99: valueAt(QUANTILES.p99),
    max: sorted[count - 1] ?? 0,
    mean: values.reduce((sum, value) => sum + value, 0) / count,
  };
}
