/**
 * What should the rows of an open-loop driver look like? Naive answers from the rows alone, for
 * comparing with what the driver says of itself.
 * @module
 */

import type { OperationRow } from "../../kube/sample_log/operation_row.ts";

/** Times between the due times of successive creates, ms. */
export function arrivalGapsMs(rows: readonly OperationRow[]): number[] {
  const dues = rows.filter(({ op }) => op === "create").map(({ dueMs }) => dueMs ?? NaN)
    .sort((one, other) => one - other);
  return dues.slice(1).map((due, index) => due - dues[index]!);
}

/**
 * Largest distance between the distribution of these values and Exp(ratePerSec), times sqrt(n).
 * Source: the Kolmogorov-Smirnov statistic; above 1.95 with a probability of 0.001.
 */
export function exponentialDistance(gapsMs: readonly number[], ratePerSec: number): number {
  const sorted = gapsMs.toSorted((one, other) => one - other);
  const n = sorted.length;
  const distances = sorted.map((gapMs, index) => {
    const expected = 1 - Math.exp(-gapMs * ratePerSec / 1_000);
    return Math.max(Math.abs(expected - index / n), Math.abs(expected - (index + 1) / n));
  });
  return Math.max(...distances) * Math.sqrt(n);
}

/** Mean number of objects between two times, ms since 1970, by when creates and deletes were answered. */
export function meanPopulation(
  rows: readonly OperationRow[],
  { fromMs, toMs }: { fromMs: number; toMs: number },
): number {
  const deletedMs = new Map(
    rows.filter(({ op }) => op === "delete").map(({ name, afterMs }) => [name, afterMs]),
  );
  let livedMs = 0;
  for (const { op, name, afterMs } of rows) {
    if (op !== "create") continue;
    const endMs = Math.min(toMs, deletedMs.get(name) ?? toMs);
    livedMs += Math.max(0, endMs - Math.max(fromMs, afterMs));
  }
  return livedMs / (toMs - fromMs);
}
