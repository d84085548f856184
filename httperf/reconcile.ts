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
  const observed = `received ${received.bytes} B`;
  const isWhole = received.brokenOffRequests === 0;
  const agrees = isWhole ? sent.bytes === received.bytes : sent.bytes >= received.bytes;
  const lost = formatBytes(Math.abs(sent.bytes - received.bytes));
  return {
    subject: SUBJECT,
    verdict: agrees && sent.completed >= received.completedRequests ? "pass" : "fail",
    observed,
    limit: `sent ${sent.bytes} B`,
    reason: agrees
      ? isWhole
        ? ""
        : `${received.brokenOffRequests} requests were broken off with ${lost} under way`
      : `They differ by ${lost}`,
  };
}
