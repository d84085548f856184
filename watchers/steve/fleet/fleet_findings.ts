/**
 * Do the watchers' own findings pass: was anything lost, late, told twice, or did sockets stay away?
 * Where there was nothing to be told, the answer is that it is not known.
 * @module
 */

import type { Finding } from "../../../core/judge/finding.ts";
import { type AccountTotals, addTotals, emptyTotals } from "../ledger/account.ts";
import type { FleetSummary } from "./fleet.ts";
import type { Stability } from "./stability.ts";

/** Smallest shares that pass, 0..1. */
export interface FleetLimits {
  /** Of the events that were told: those in time. */
  readonly inTimeRatio: number;
  /** Of the watchers: those that stayed or came back. */
  readonly stabilityRatio: number;
}

export const DEFAULT_FLEET_LIMITS: FleetLimits = { inTimeRatio: 0.95, stabilityRatio: 0.95 };

const NO_DATA =
  "nothing was written while a subscription lived, or nothing had to be told by the end";

/** One finding for each question. */
export function fleetFindings(
  { totals, examples, stability }: FleetSummary,
  limits: FleetLimits = DEFAULT_FLEET_LIMITS,
): Finding[] {
  const sum = emptyTotals();
  for (const one of totals) addTotals(sum, one);
  const { watchers, stayed, cameBack, gone, neverOpened } = stability;
  return [
    ...eventFindings(sum, { examples, limits }),
    ratioFinding("WebSocket stability", {
      part: stayed + cameBack,
      whole: watchers,
      limit: limits.stabilityRatio,
      failure: `${gone} watchers did not come back, ${neverOpened} never connected`,
      noData: "there were no watchers",
    }),
    ...silenceFindings(stability, limits),
  ];
}

/**
 * What a silent socket was not told is judged by nobody: of too many of them there is no answer,
 * because the server, the network and what lies between look the same from here.
 */
function silenceFindings(
  { watchers, fellSilent }: Stability,
  { stabilityRatio }: FleetLimits,
): Finding[] {
  if (fellSilent === 0) return [];
  const finding = ratioFinding("WebSockets proved alive", {
    part: watchers - fellSilent,
    whole: watchers,
    limit: stabilityRatio,
    failure: `${fellSilent} watchers fell silent, pings included, and were connected again: what ` +
      "they were not told meanwhile is not known",
    noData: "there were no watchers",
  });
  return [finding.verdict === "fail" ? { ...finding, verdict: "inconclusive" } : finding];
}

function eventFindings(
  sum: AccountTotals,
  { examples, limits }: { examples: readonly string[]; limits: FleetLimits },
): Finding[] {
  const { told, late, missed, lost } = sum;
  const wrong = sum.duplicates + sum.outOfOrder + sum.wrongKind;
  const isKnown = told + late + missed + lost > 0;
  const inTime = ratioFinding("events told in time", {
    part: told,
    whole: told + late + missed,
    limit: limits.inTimeRatio,
    failure: `${late + missed} were told later than the debounce time and the slack allow`,
    noData: NO_DATA,
  });
  return [
    countFinding("no event lost", lost, {
      isKnown,
      unit: "lost",
      failure: `never told, though the subscription lived on: ${examples.join(", ")}`,
    }),
    inTime.verdict === "fail"
      ? tooSlowToTell(missed)
      : countFinding("no notification lost", missed, {
        isKnown,
        unit: "events missed",
        failure:
          "told only along with a later change, because a notification that was due did not " +
          `come: ${examples.join(", ")}`,
      }),
    inTime,
    countFinding("told once and in order", wrong, {
      isKnown,
      unit: "wrong",
      failure: `${sum.duplicates} messages came twice, ${sum.outOfOrder} out of order, ` +
        `${sum.wrongKind} said another kind of change`,
    }),
  ];
}

/** Where many are late, one that did not come cannot be told from one that comes with the next. */
function tooSlowToTell(missed: number): Finding {
  return {
    subject: "no notification lost",
    verdict: missed > 0 ? "inconclusive" : "pass",
    observed: `${missed} events missed`,
    limit: "0 events missed",
    reason: missed > 0
      ? "they were told only along with a later change, but so many events were late that the " +
        "notifications in between may have been slow and not lost"
      : "",
  };
}

function countFinding(
  subject: string,
  count: number,
  { isKnown, unit, failure }: { isKnown: boolean; unit: string; failure: string },
): Finding {
  const limit = `0 ${unit}`;
  if (count > 0) {
    return { subject, verdict: "fail", observed: `${count} ${unit}`, limit, reason: failure };
  }
  if (!isKnown) return { subject, verdict: "inconclusive", observed: null, limit, reason: NO_DATA };
  return { subject, verdict: "pass", observed: `0 ${unit}`, limit, reason: "" };
}

function ratioFinding(
  subject: string,
  { part, whole, limit: least, failure, noData }: {
    part: number;
    whole: number;
    limit: number;
    failure: string;
    noData: string;
  },
): Finding {
  const limit = `>= ${percent(least)}`;
  if (whole === 0) {
    return { subject, verdict: "inconclusive", observed: null, limit, reason: noData };
  }
  const isPass = part / whole >= least;
  return {
    subject,
    verdict: isPass ? "pass" : "fail",
    observed: percent(part / whole),
    limit,
    reason: isPass ? "" : failure,
  };
}

/** Rounded down, so that what fails never reads as its limit. */
function percent(ratio: number): string {
  return `${Math.floor(ratio * 10_000 + 1e-6) / 100} %`;
}
