/**
 * How does a threshold stand while the run goes on: does it hold so far, has it failed, or can only
 * the end tell? Decides nothing about the run.
 * @module
 */

import type { Finding, Judged } from "./finding.ts";
import type { Threshold } from "./threshold.ts";
import type { Validity } from "./validity.ts";

/** `open`: there is no answer so far, or load that is still to come may make it hold. */
export type StandingState = "holds" | "fails" | "open";

/** One threshold at one moment of a run. */
export interface Standing {
  readonly threshold: Threshold;
  /** What the report would say of it if the run were over now. */
  readonly finding: Finding;
  readonly state: StandingState;
  /** It fails, and neither chance nor a generator that was unfit can have made it so. */
  readonly isSure: boolean;
  /** How much judged load it is about, ms. */
  readonly judgedMs: number;
}

/** @param options of the load that it is about; `judgedMs` without what the threshold leaves out */
export function standingOf(
  { threshold, finding, observed, mayBeChance }: Judged,
  { validity, judgedMs }: { readonly validity: Validity; readonly judgedMs: number },
): Standing {
  const fails = finding.verdict === "fail" && observed !== null &&
    isFailureSoFar(threshold, observed);
  return {
    threshold,
    finding,
    state: fails ? "fails" : finding.verdict === "pass" ? "holds" : "open",
    isSure: fails && !mayBeChance && validity.level !== "invalid",
    judgedMs,
  };
}

/**
 * Whether a figure that does not hold its threshold has failed it before the end: for good, or as
 * shares and times are judged, by the load so far. What has to be at least so much may still come.
 */
function isFailureSoFar(threshold: Threshold, observed: number): boolean {
  const { figure: { stat: { kind }, per }, comparison, limit, overMs, forMs } = threshold;
  // A window that was too bad stays so.
  if (overMs !== null || forMs !== null) return true;
  if (per === null && kind === "last") return false;
  if (per === null && kind === "ratio") return comparison !== "!=";
  const onlyGrows = per === null && ["count", "total", "max"].includes(kind);
  const onlyFalls = per === null && kind === "min";
  switch (comparison) {
    case "<":
    case "<=":
      return !onlyFalls;
    case ">":
    case ">=":
      return onlyFalls;
    case "==":
      return (onlyGrows && observed > limit.value) || (onlyFalls && observed < limit.value);
    case "!=":
      return false;
  }
}
