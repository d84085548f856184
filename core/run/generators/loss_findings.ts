/** What of a load nobody saw, as answers that no verdict can pass over. @module */

import type { Finding } from "../../judge/finding.ts";
import { formatDuration } from "../../units.ts";
import type { Member } from "./member.ts";
import { namesOf } from "./said_once.ts";

/** One of generators that were lost, and one of what did not arrive; none if all is there. */
export function lossFindings(members: readonly Member[]): Finding[] {
  const lost = members.filter(({ lostWhy }) => lostWhy !== undefined);
  const partly = members.filter(({ missingMs }) => missingMs > 0);
  const findings: Finding[] = [];
  if (lost.length > 0) {
    const whys = lost.map(({ index, lostWhy }) => `${namesOf([index])}: ${lostWhy}`);
    findings.push({
      subject: "all generators there to the end",
      verdict: "inconclusive",
      observed: `${lost.length} of ${members.length} lost`,
      limit: "0 lost",
      reason: `with its generator a share of the load is gone (${whys.join("; ")})`,
    });
  }
  if (partly.length > 0) {
    const parts = partly.map(({ index, missingMs }) =>
      `${formatDuration(Math.round(missingMs))} of ${namesOf([index])}`
    );
    findings.push({
      subject: "all that generators measured has arrived",
      verdict: "inconclusive",
      observed: `${partly.length} of ${members.length} not whole`,
      limit: "0 not whole",
      reason: `what is missing is in no figure: ${parts.join(", ")}`,
    });
  }
  return findings;
}
