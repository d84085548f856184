/**
 * Do the watchers' own findings pass: was anything lost, late, told twice, or did sockets stay away?
 * Where there was nothing to be told, the answer is that it is not known.
 * @module
 */

import type { Finding } from "../../../core/judge/finding.ts";
import { type AccountTotals, addTotals, emptyTotals, judgedEvents } from "../ledger/account.ts";
import type { FleetSummary } from "./fleet.ts";
import type { Stability } from "./stability.ts";

/** Smallest shares that pass, 0..1. */
interface FleetLimits {
  /** Of the events that were told: those in time. */
  readonly inTimeRatio: number;
  /** Of the watchers: those that stayed or came back. */
  readonly stabilityRatio: number;
}

const DEFAULT_FLEET_LIMITS: FleetLimits = { inTimeRatio: 0.95, stabilityRatio: 0.95 };

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
      maybe: 0,
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
    maybe: 0,
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
  const { missed, lost, maybeLost, maybeMissed, unproven } = sum;
  const wrong = sum.duplicates + sum.outOfOrder + sum.wrongKind;
  const isKnown = judgedEvents(sum) > 0;
  const inTime = inTimeFinding(sum, limits);
  return [
    countFinding("no event lost", lost, {
      isKnown,
      maybe: maybeLost,
      unproven,
      unit: "lost",
      failure: `never told, though the subscription lived on: ${examples.join(", ")}`,
    }),
    inTime.verdict !== "pass" && missed > 0
      ? tooSlowToTell(missed)
      : countFinding("no notification lost", missed, {
        isKnown,
        maybe: maybeMissed,
        unproven: 0,
        unit: "events missed",
        failure:
          "told only along with a later change, because a notification that was due did not " +
          `come: ${examples.join(", ")}`,
      }),
    inTime,
    countFinding("told once and in order", wrong, {
      isKnown,
      maybe: 0,
      unproven: 0,
      unit: "wrong",
      failure: `${sum.duplicates} messages came twice, ${sum.outOfOrder} out of order, ` +
        `${sum.wrongKind} said another kind of change`,
    }),
  ];
}

function inTimeFinding(
  { told, late, missed, maybeMissed, maybeLate }: AccountTotals,
  { inTimeRatio }: FleetLimits,
): Finding {
  return ratioFinding("events told in time", {
    part: told,
    maybe: maybeMissed + maybeLate,
    whole: told + late + missed + maybeMissed + maybeLate,
    limit: inTimeRatio,
    failure: `${late + missed} were told later than the debounce time and the slack allow`,
    noData: NO_DATA,
  });
}

/** Where many are late, one that did not come cannot be told from one that comes with the next. */
function tooSlowToTell(missed: number): Finding {
  return {
    subject: "no notification lost",
    verdict: "inconclusive",
    observed: `${missed} events missed`,
    limit: "0 events missed",
    reason:
      "they were told only along with a later change, but so many events were late that the " +
      "notifications in between may have been slow and not lost",
  };
}

/**
 * @param options `maybe`, `unproven`: how many more there may be, which lag of our own can explain, or
 * sockets on which nothing was heard any more
 */
function countFinding(
  subject: string,
  count: number,
  { isKnown, maybe, unproven, unit, failure }: {
    isKnown: boolean;
    maybe: number;
    unproven: number;
    unit: string;
    failure: string;
  },
): Finding {
  const finding = { subject, observed: `${count} ${unit}`, limit: `0 ${unit}` };
  if (count > 0) return { ...finding, verdict: "fail", reason: failure };
  if (!isKnown) return { ...finding, observed: null, verdict: "inconclusive", reason: NO_DATA };
  const most = maybe + unproven;
  if (most === 0) return { ...finding, verdict: "pass", reason: "" };
  const reasons = [
    ...(maybe > 0 ? [ownLagReason(maybe)] : []),
    ...(unproven > 0 ? [unprovenReason(unproven)] : []),
  ];
  const observed = `${count} to ${count + most} ${unit}`;
  return { ...finding, observed, verdict: "inconclusive", reason: reasons.join("; ") };
}

/** @param options `maybe`: how many of those that are not in `part` lag of our own can explain */
function ratioFinding(
  subject: string,
  { part, maybe, whole, limit: least, failure, noData }: {
    part: number;
    maybe: number;
    whole: number;
    limit: number;
    failure: string;
    noData: string;
  },
): Finding {
  const finding = { subject, limit: `>= ${percent(least)}` };
  if (whole === 0) return { ...finding, verdict: "inconclusive", observed: null, reason: noData };
  const observed = percent(part / whole);
  if (part / whole >= least) return { ...finding, observed, verdict: "pass", reason: "" };
  if ((part + maybe) / whole < least) {
    return { ...finding, observed, verdict: "fail", reason: failure };
  }
  return {
    ...finding,
    observed: `${observed} to ${percent((part + maybe) / whole)}`,
    verdict: "inconclusive",
    reason: ownLagReason(maybe),
  };
}

function ownLagReason(events: number): string {
  return `${events} events were not told in time, but by less than the generator's own event loops ` +
    "were behind meanwhile: lower the load on this machine or use a larger one";
}

function unprovenReason(events: number): string {
  return `${events} events were due after all that was heard on their sockets, with all else that was ` +
    "due there: whether they were lost, or the sockets were dead by then, is not known";
}

/** Rounded down, so that what fails never reads as its limit. */
function percent(ratio: number): string {
  return `${Math.floor(ratio * 10_000 + 1e-6) / 100} %`;
}
