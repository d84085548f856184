/**
 * What did a component use up between two readings? From totals of the same processes, never from
 * levels; where a process is another one by then, nothing is known. Reads nothing itself.
 * @module
 */

import { given } from "../../core/given.ts";
import type { ProcessTotals, Usage } from "./usage.ts";

/** One look at what only grows. */
export interface TotalsReading {
  /** Clock time. */
  readonly atMs: number;
  readonly totals: Usage["totals"];
}

/** Between two readings. What the source does not tell is absent. */
export interface UsedUp {
  readonly wallMs: number;
  readonly cpuSeconds?: number;
  readonly allocatedBytes?: number;
}

/** Or why nothing is known. */
export type MaybeUsedUp = UsedUp | { readonly unknown: string };

/** @param before undefined, as `after`: it could not be read */
export function usedUp(
  before: TotalsReading | undefined,
  after: TotalsReading | undefined,
): MaybeUsedUp {
  if (before === undefined || after === undefined) return { unknown: "it could not be read" };
  const [was, now] = [before.totals ?? new Map(), after.totals ?? new Map()];
  if (was.size === 0 || now.size === 0) {
    return { unknown: "its source tells levels only, and no totals" };
  }
  const isSame = was.size === now.size && [...was.keys()].every((process) => now.has(process));
  const cpuSeconds = growthOf("cpuSeconds", was, now);
  const allocatedBytes = growthOf("allocatedBytes", was, now);
  const fell = [cpuSeconds, allocatedBytes].some((growth) => (growth ?? 0) < 0);
  if (!isSame || fell) {
    return { unknown: "its process began anew meanwhile, or another one answered" };
  }
  return { wallMs: after.atMs - before.atMs, ...given({ cpuSeconds, allocatedBytes }) };
}

/** What it used beyond what it uses when nothing is asked of it. */
export function beyondIdle(used: UsedUp, idle: UsedUp): UsedUp {
  const share = used.wallMs / idle.wallMs;
  const beyond = (all: number | undefined, atRest: number | undefined) =>
    all === undefined || atRest === undefined ? undefined : all - atRest * share;
  return {
    wallMs: used.wallMs,
    ...given({
      cpuSeconds: beyond(used.cpuSeconds, idle.cpuSeconds),
      allocatedBytes: beyond(used.allocatedBytes, idle.allocatedBytes),
    }),
  };
}

type Totals = ReadonlyMap<string, ProcessTotals>;

/** Negative if that of any process fell. */
function growthOf(
  total: "cpuSeconds" | "allocatedBytes",
  was: Totals,
  now: Totals,
): number | undefined {
  let sum: number | undefined;
  for (const [process, { [total]: before }] of was) {
    const after = now.get(process)?.[total];
    if (before === undefined || after === undefined) continue;
    if (after < before) return -Infinity;
    sum = (sum ?? 0) + after - before;
  }
  return sum;
}
