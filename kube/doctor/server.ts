/**
 * What the server says of itself: its release, whom it takes us for, and its clock. Judges answers.
 * @module
 */

import { formatDuration } from "../../core/units.ts";
import { NAME } from "../../core/version.ts";
import { isInSystemMasters, type User } from "../server/access.ts";
import type { Check, ClusterContext, DoctorFinding } from "./check.ts";

/** Serves SelfSubjectReview and EndpointSlices as v1, which is all that the commands need. */
const OLDEST_MINOR = 28;
/** The newest one that the tests run against: tests/real/modules. */
const NEWEST_MINOR = 36;

export const VERSION_CHECK: Check<ClusterContext> = {
  id: "version",
  look: ({ serverVersion }) => [judgeVersion(serverVersion)],
};

/** @param version e.g. `v1.36.3`, `v1.31.4+k3s1`, `v1.30.5-gke.1014` */
export function judgeVersion(version: string): DoctorFinding {
  const id = "version";
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(version) ?? [];
  if (minor === undefined) {
    return {
      id,
      status: "unknown",
      what: `The server says "${version}", which is no version`,
      why: "Whether it serves what the run asks for shows only when it runs",
    };
  }
  const supported = `${NAME} is made for 1.${OLDEST_MINOR} to 1.${NEWEST_MINOR}`;
  if (major !== "1" || Number(minor) < OLDEST_MINOR) {
    return {
      id,
      status: "warning",
      what: `Kubernetes ${version}; ${supported}`,
      why: "It may not serve SelfSubjectReview and API Priority and Fairness as v1, so that the " +
        "report lacks who the run was and how its requests were classified",
      fix:
        `upgrade the cluster to 1.${OLDEST_MINOR} or later, or read the report with that in mind`,
    };
  }
  if (Number(minor) > NEWEST_MINOR) {
    return {
      id,
      status: "notice",
      what: `Kubernetes ${version}; ${supported}`,
      why: "Newer servers keep the v1 APIs that the run uses, but nobody has tested it",
      fix: `look for a newer ${NAME}`,
    };
  }
  return { id, status: "ok", what: `Kubernetes ${version}` };
}

const ANONYMOUS = "system:anonymous";

export const USER_CHECK: Check<ClusterContext> = {
  id: "user",
  look: ({ user }) => [judgeUser(user)],
};

/** @param user undefined: the server did not tell */
export function judgeUser(user: User | undefined): DoctorFinding {
  const id = "user";
  if (user === undefined) {
    return {
      id,
      status: "unknown",
      what: "The server does not tell: it has no SelfSubjectReview (before 1.28), or refuses it",
      why: "Whether the user's requests bypass API Priority and Fairness cannot be said",
    };
  }
  const groups = user.groups.length === 0 ? "no groups" : `groups ${user.groups.join(", ")}`;
  const what = `User "${user.username}", ${groups}`;
  if (user.username === ANONYMOUS) {
    return {
      id,
      status: "problem",
      what,
      why: "The server took no credentials, and lets nobody without them do what the run does",
      fix: "log in again, or name a user with --user, --token or --kubeconfig",
    };
  }
  if (!isInSystemMasters(user)) return { id, status: "ok", what };
  return {
    id,
    status: "warning",
    what,
    why:
      "Whoever is in system:masters bypasses API Priority and Fairness, so that the run measures " +
      "a path that no tenant uses",
    fix: "use another user's kubeconfig, or --as USER",
  };
}

const CLOCK_ID = "clock";
/** Below this nothing that is compared in whole seconds is off by more than its rounding. */
const NOTICEABLE_MS = 2_000;
/** Tokens and certificates that were just made are not valid yet, or no longer. */
const HARMFUL_MS = 30_000;

export function judgeClock(
  answer: Parameters<typeof estimateClockSkew>[0],
): DoctorFinding {
  const skew = estimateClockSkew(answer);
  if (skew === undefined) {
    return {
      id: CLOCK_ID,
      status: "unknown",
      what: "the server's answer has no Date header",
      why: "Whether its clock and this one agree cannot be said",
    };
  }
  const what = skewText(skew);
  // Only what is certain counts.
  const atLeastMs = Math.abs(skew.skewMs) - skew.uncertaintyMs;
  if (atLeastMs <= NOTICEABLE_MS) return { id: CLOCK_ID, status: "ok", what };
  return {
    id: CLOCK_ID,
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

/** The server's clock is `skewMs` ahead of this machine's (behind, if negative), give or take. */
interface ClockSkew {
  readonly skewMs: number;
  /** The true skew lies within `skewMs` +- this. */
  readonly uncertaintyMs: number;
}

/** `Sun, 06 Nov 1994 08:49:37 GMT`. Source: RFC 9110, section 5.6.7, IMF-fixdate. */
const IMF_FIXDATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;
/** A Date header says the second that has begun: the time is somewhere in it. */
const SECOND_MS = 1_000;

/**
 * Compares the middle of the second that the server names with the middle of the round trip, each
 * of which may be off by half its length.
 * @param answer.sentMs when the request was sent, ms since 1970 of this machine's calendar clock
 * @param answer.receivedMs when the answer's headers had come, on the same clock
 * @returns undefined if the header is absent or no date
 */
export function estimateClockSkew(
  { sentMs, receivedMs, dateHeader }: {
    sentMs: number;
    receivedMs: number;
    dateHeader: string | null | undefined;
  },
): ClockSkew | undefined {
  if (!IMF_FIXDATE.test(dateHeader ?? "")) return undefined;
  const secondMs = Date.parse(dateHeader ?? "");
  if (Number.isNaN(secondMs)) return undefined;
  return {
    skewMs: secondMs + SECOND_MS / 2 - (sentMs + receivedMs) / 2,
    uncertaintyMs: SECOND_MS / 2 + (receivedMs - sentMs) / 2,
  };
}
