/**
 * As whom would the run be seen, and is that somebody whose figures mean something?
 * @module
 */

import { isInSystemMasters, type User } from "../server/access.ts";
import type { Check } from "./check.ts";
import type { ClusterContext } from "./context.ts";
import type { Finding } from "./finding.ts";

const ANONYMOUS = "system:anonymous";

export const USER_CHECK: Check<ClusterContext> = {
  id: "user",
  look: ({ user }) => [judgeUser(user)],
};

/** @param user undefined: the server did not tell */
export function judgeUser(user: User | undefined): Finding {
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
