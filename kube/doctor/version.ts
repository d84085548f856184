/**
 * Is the server's release one that scaletool knows? Judges a version text.
 * @module
 */

import { NAME } from "../../core/version.ts";
import type { ClusterContext } from "./context.ts";
import type { Check } from "./check.ts";
import type { Finding } from "./finding.ts";

/** Serves SelfSubjectReview and EndpointSlices as v1, which is all that the commands need. */
const OLDEST_MINOR = 28;
/** The newest one that the tests run against: tests/real/modules. */
const NEWEST_MINOR = 36;

export const VERSION_CHECK: Check<ClusterContext> = {
  id: "version",
  look: ({ serverVersion }) => [judgeVersion(serverVersion)],
};

/** @param version e.g. `v1.36.3`, `v1.31.4+k3s1`, `v1.30.5-gke.1014` */
export function judgeVersion(version: string): Finding {
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
