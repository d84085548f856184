/** The sum of what became of one operation. @module */

import type { Histogram } from "./histogram.ts";
import type { OperationInterval } from "./interval.ts";
import type { Tags } from "./sample.ts";
import { Times } from "./times.ts";

const OPERATION_TIMES = ["service", "response", "lag"] as const;
type OperationTime = typeof OPERATION_TIMES[number];

type Counts = Iterable<readonly [reason: string, count: number]>;

/** All outcomes and times of one operation. Times are in microseconds. */
export class OperationTotals {
  ok = 0;
  dropped = 0;
  cancelled = 0;
  readonly #failed = new Map<string, number>();
  readonly #ownLagFailures = new Map<string, number>();
  /** Made when they are needed: a fold for a figure needs one of them or none. */
  readonly #times = new Map<OperationTime, Times>();
  /** Whose times are in none of these yet: most who ask for a sum want its counts. */
  #parts: readonly OperationTotals[] = [];

  constructor(readonly op: string, readonly tags?: Tags) {}

  /** What several series come to by now; it is of no use any more once one of them grows. */
  static sumOf(parts: readonly OperationTotals[], op: string, tags: Tags): OperationTotals {
    const sum = new OperationTotals(op, tags);
    sum.#parts = parts;
    for (const part of parts) sum.#addOutcomes(part, part.#counts);
    return sum;
  }

  /** As measured, and what they would be without lag of our own. */
  times(which: OperationTime): Times {
    let times = this.#times.get(which);
    if (times === undefined) {
      this.#times.set(which, times = new Times());
      for (const part of this.#parts) part.#addTimesTo(times, which);
    }
    return times;
  }

  /** As measured. */
  get service(): Histogram {
    return this.times("service").measured;
  }

  /** As measured. */
  get response(): Histogram {
    return this.times("response").measured;
  }

  get lag(): Histogram {
    return this.times("lag").measured;
  }

  /** Failures by reason. */
  get failed(): Record<string, number> {
    return Object.fromEntries(this.#failed);
  }

  /** Of the failures by reason those that lag of our own can explain. */
  get ownLagFailures(): Record<string, number> {
    return Object.fromEntries(this.#ownLagFailures);
  }

  /** Operations that ended with a failure, of any reason. */
  get failedCount(): number {
    return sumOf(this.#failed);
  }

  /** Operations whose result is known: ok + failed. */
  get finished(): number {
    return this.ok + this.failedCount;
  }

  /** Everything that was due: finished + dropped + cancelled. */
  get total(): number {
    return this.finished + this.dropped + this.cancelled;
  }

  /** @param reason only failures of this class; null: of any */
  failures(reason: string | null): { count: number; ownLagCount: number } {
    const of = (counts: ReadonlyMap<string, number>) =>
      reason === null ? sumOf(counts) : counts.get(reason) ?? 0;
    return { count: of(this.#failed), ownLagCount: of(this.#ownLagFailures) };
  }

  addInterval(interval: OperationInterval): void {
    this.#addOutcomes(interval, {
      failed: Object.entries(interval.failed),
      ownLagFailures: Object.entries(interval.ownLagFailures ?? {}),
    });
    for (const which of OPERATION_TIMES) {
      const measured = interval[which];
      if (measured === undefined) continue;
      // The lag of an operation is what it is: it blames nobody else.
      const less = which === "lag" ? undefined : interval.withoutOwnLag?.[which];
      this.times(which).addEncoded(measured, less);
    }
  }

  add(other: OperationTotals): void {
    this.#addOutcomes(other, other.#counts);
    for (const [which, times] of other.#times) this.times(which).add(times);
  }

  /** Takes as little memory as it can, until something is added. */
  compact(): void {
    for (const times of this.#times.values()) times.compact();
  }

  get #counts(): Record<"failed" | "ownLagFailures", Counts> {
    return { failed: this.#failed, ownLagFailures: this.#ownLagFailures };
  }

  #addTimesTo(sum: Times, which: OperationTime): void {
    const times = this.#times.get(which);
    if (times !== undefined) sum.add(times);
  }

  #addOutcomes(
    { ok, dropped, cancelled }: Pick<OperationInterval, "ok" | "dropped" | "cancelled">,
    { failed, ownLagFailures }: Record<"failed" | "ownLagFailures", Counts>,
  ): void {
    this.ok += ok;
    this.dropped += dropped;
    this.cancelled += cancelled;
    addCounts(this.#failed, failed);
    addCounts(this.#ownLagFailures, ownLagFailures);
  }
}

function addCounts(to: Map<string, number>, counts: Counts): void {
  for (const [reason, count] of counts) to.set(reason, (to.get(reason) ?? 0) + count);
}

function sumOf(counts: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const count of counts.values()) sum += count;
  return sum;
}
