/**
 * Did the target answer what an open load offered, or did ever more stay unanswered? Where the rate is
 * the question, what could not be sent because too much was in flight is the target's doing.
 * @module
 */

import type { OperationTotals } from "../measure/operation_totals.ts";
import type { Totals } from "../measure/totals.ts";
import type { Finding } from "./finding.ts";
import { formatRounded } from "./limit.ts";
import type { Validity, ValidityBudget } from "./validity.ts";

const SUBJECT = "answers keep up with arrivals";
/** As much of the offered load as a generator may miss before it is called another one. */
const MOST_UNANSWERED_RATIO = 0.05;
/** How far the number in flight strays from its mean by chance, in standard deviations. */
const SIGMAS = 4;

/** Never sent, or less sent than asked for, is not held against the generator here. */
export function budgetOfRung(budget: ValidityBudget): ValidityBudget {
  const unlimited = { degraded: Infinity, invalid: Infinity };
  return { ...budget, droppedRatio: unlimited, shortfallRatio: unlimited };
}

/** @param options `op`: what each arrival begins with */
export function keptUp(
  totals: Totals,
  { op, validity }: { op: string; validity: Validity },
): Finding {
  const operation = totals.operation(op);
  const limit = `at most ${formatRounded(MOST_UNANSWERED_RATIO, "ratio")}`;
  if (operation === undefined || operation.total === 0) {
    const reason = `no ${op} was due`;
    return { subject: SUBJECT, verdict: "inconclusive", observed: null, limit, reason };
  }
  const left = operation.dropped + leftBehind(totals, operation);
  const ratio = Math.min(1, left / operation.total);
  const share = formatRounded(ratio, "ratio");
  const observed = `${share} unanswered`;
  if (ratio <= MOST_UNANSWERED_RATIO) {
    return { subject: SUBJECT, verdict: "pass", observed, limit, reason: "" };
  }
  if (validity.level === "invalid") {
    const reason = `the generator was not fit to measure: ${validity.reasons.join(" ")}`;
    return { subject: SUBJECT, verdict: "inconclusive", observed, limit, reason };
  }
  const reason = `${share} of the ${op} operations that were due were left unanswered, ` +
    "and ever more would be";
  return { subject: SUBJECT, verdict: "fail", observed, limit, reason };
}

/**
 * How many more are under way at the end than at the beginning; 0 where chance explains it. Some are
 * under way at any time, and are cut off at the end: as many as on average. What grows steadily is at
 * its mean half way, and the number in flight of a stable system is about as spread as a Poisson one.
 */
function leftBehind(totals: Totals, { cancelled }: Pick<OperationTotals, "cancelled">): number {
  const gauge = totals.gauge("inFlight");
  if (gauge === undefined || gauge.count === 0) return cancelled;
  const mean = gauge.sum / gauge.count;
  const left = Math.max(gauge.last, cancelled);
  const excess = left - mean;
  return excess > SIGMAS * Math.sqrt(mean) + 2 ? Math.min(2 * excess, left) : 0;
}
