/**
 * How far is the server's clock from this machine's, and does that matter? Judges one answer.
 * @module
 */

import { formatDuration } from "../../core/units.ts";
import { type ClockSkew, estimateClockSkew } from "../server/clock_skew.ts";
import type { Finding } from "./finding.ts";

const ID = "clock";
/** Below this nothing that is compared in whole seconds is off by more than its rounding. */
const NOTICEABLE_MS = 2_000;
/** Tokens and certificates that were just made are not valid yet, or no longer. */
const HARMFUL_MS = 30_000;

export function judgeClock(
  answer: Parameters<typeof estimateClockSkew>[0],
): Finding {
  const skew = estimateClockSkew(answer);
  if (skew === undefined) {
    return {
      id: ID,
      status: "unknown",
      what: "the server's answer has no Date header",
      why: "Whether its clock and this one agree cannot be said",
    };
  }
  const what = skewText(skew);
  // Only what is certain counts.
  const atLeastMs = Math.abs(skew.skewMs) - skew.uncertaintyMs;
  if (atLeastMs <= NOTICEABLE_MS) return { id: ID, status: "ok", what };
  return {
    id: ID,
    status: atLeastMs <= HARMFUL_MS ? "notice" : "warning",
    what,
    why: "Time stamps of the server and of this machine cannot be compared, tokens and " +
      "certificates may count as expired or not valid yet, and ages of leftovers are off",
    fix: "set both clocks by NTP: timedatectl status (systemd), chronyc tracking",
  };
}

function skewText({ skewMs, uncertaintyMs }: ClockSkew): string {
  if (Math.abs(skewMs) <= uncertaintyMs) {
    return `the server's clock agrees within ${formatDuration(uncertaintyMs)}`;
  }
  const direction = skewMs > 0 ? "ahead of" : "behind";
  return `the server's clock is ${
    formatDuration(Math.abs(skewMs))
  } ${direction} this one, give or ` +
    `take ${formatDuration(uncertaintyMs)}`;
}
