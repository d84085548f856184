/**
 * The sets of words that figures and thresholds are made of, and which of them go together.
 * @module
 */

import type { LimitUnit } from "./limit.ts";

/** Times of an operation. */
export const TIME_VIEWS = ["service", "response", "lag"] as const;
/** Ends of an operation. */
export const OUTCOME_VIEWS = ["ok", "failed", "dropped", "cancelled"] as const;
export const VIEWS = [...TIME_VIEWS, ...OUTCOME_VIEWS];
export const PLAIN_STATS = [
  "min",
  "mean",
  "max",
  "count",
  "ratio",
  "rate",
  "total",
  "last",
] as const;

/** The times of an operation that a threshold can ask about. */
export type TimeView = typeof TIME_VIEWS[number];
/** The side of an operation that a threshold asks about. */
export type View = TimeView | typeof OUTCOME_VIEWS[number];
/** The figure that is taken; `percentile` is 0..100. */
export type Stat =
  | { readonly kind: "percentile"; readonly percentile: number }
  | { readonly kind: typeof PLAIN_STATS[number] };

/** Words that other tools use for a view or a stat. */
export const SYNONYMS: ReadonlyMap<string, string> = new Map([
  ["avg", "mean"],
  ["average", "mean"],
  ["med", "p50"],
  ["median", "p50"],
  ["sum", "total"],
  ["failures", "failed"],
  ["errors", "failed"],
  ["success", "ok"],
  ["latency", "response"],
]);

/** The stats that can follow a view; p99 stands for every percentile. */
export function statsOf(view: View | null): readonly string[] {
  if (view === null) return ["p99", ...PLAIN_STATS.filter((stat) => stat !== "ratio")];
  return isTimeView(view) ? ["p99", "min", "mean", "max", "count"] : ["count", "ratio", "rate"];
}

/** Whether the view is one of an operation's times, not of its outcomes. */
export function isTimeView(view: View): view is TimeView {
  return TIME_VIEWS.some((known) => known === view);
}

/** The units that a limit on this figure can have; which of them fits is known when it is judged. */
export function acceptedUnits(view: View | null, stat: Stat): readonly LimitUnit[] {
  switch (stat.kind) {
    case "percentile":
      return view === null ? ["ms", "bytes"] : ["ms"];
    case "min":
    case "mean":
    case "max":
      return view === null ? ["ms", "bytes", "ratio", "none"] : ["ms"];
    case "last":
      return ["ms", "bytes", "ratio", "none"];
    case "count":
      return ["none"];
    case "ratio":
      return ["ratio"];
    case "rate":
      return view === null ? ["perSec", "bytesPerSec"] : ["perSec"];
    case "total":
      return ["none", "bytes", "ms"];
  }
}

/** The units that a ratio of two figures can have: a plain number first. */
export function quotientUnits(
  units: readonly LimitUnit[],
  divisors: readonly LimitUnit[],
): readonly LimitUnit[] {
  const all = units.flatMap((unit) => divisors.flatMap((divisor) => quotientUnit(unit, divisor)));
  return [...new Set(all)];
}

function quotientUnit(unit: LimitUnit, divisor: LimitUnit): readonly LimitUnit[] {
  const isPlain = (one: LimitUnit) => one === "none" || one === "ratio";
  if (unit === divisor || (isPlain(unit) && isPlain(divisor))) return ["none", "ratio"];
  if (unit === "bytesPerSec" && divisor === "perSec") return ["bytes"];
  return isPlain(divisor) ? [unit] : [];
}
