/** What a route's status says of a Gateway, in words. @module */

import type { Acceptance } from "../../../kube/gateway_api/route_status.ts";

/** `Accepted=False NotAllowedByListeners: ...`. @param acceptance undefined: there is no such route */
export function acceptanceText(acceptance: Acceptance | undefined): string {
  if (acceptance === undefined || acceptance.state === "pending") return "nothing is said of it";
  const { state, status, reason, message, observation } = acceptance;
  const why = [reason, message].filter((part) => part !== "").join(": ");
  const said = `Accepted=${status}${why === "" ? "" : ` ${why}`}`;
  if (state === "unrequested") return `${said}, of a parent that it does not ask for`;
  if (state !== "stale") return said;
  return observation === "stale"
    ? `${said}, of an earlier generation`
    : `${said}, without saying of which generation`;
}
