/**
 * Do both ends tell the same story? Compares what the client received with what the server says it
 * sent to it.
 * @module
 */

import type { Finding } from "../core/judge/finding.ts";
import { formatBytes } from "../core/units.ts";
import type { ByteAccount } from "./byte_accounts.ts";
import type { Received } from "./client.ts";

/** What a check of both ends found. */
export const SUBJECT = "bytes sent by the server and received agree";

/** Everything received was sent; and where no request was broken off, everything sent was received. */
export function reconcile(received: Received, sent: ByteAccount): Finding {
  const fault = disagreement(received, sent);
  const underWay = formatBytes(sent.bytes - received.bytes);
  const note = received.brokenOffRequests === 0
    ? ""
    : `${received.brokenOffRequests} requests were broken off with ${underWay} under way`;
  return {
    subject: SUBJECT,
    verdict: fault === undefined ? "pass" : "fail",
    observed: `received ${received.bytes} B`,
    limit: `sent ${sent.bytes} B`,
    reason: fault ?? note,
  };
}

function disagreement(received: Received, sent: ByteAccount): string | undefined {
  const { bytes, completedRequests, brokenOffRequests } = received;
  if (bytes > sent.bytes) return `${formatBytes(bytes - sent.bytes)} arrived that were never sent`;
  if (brokenOffRequests === 0 && bytes < sent.bytes) {
    return `${formatBytes(sent.bytes - bytes)} were sent and never arrived`;
  }
  if (sent.completed < completedRequests) {
    return `The server completed ${sent.completed} responses, the client ${completedRequests}`;
  }
  return undefined;
}
