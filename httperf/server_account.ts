/**
 * Do both ends tell the same story? Asks a block server what it has sent to one client, and compares
 * it with what that received.
 * @module
 */

import * as z from "zod";
import { OperationFailedError } from "../core/errors.ts";
import type { Finding } from "../core/judge/finding.ts";
import type { LoadScope } from "../core/run/run_stage.ts";
import { formatBytes } from "../core/units.ts";
import type { ByteAccount } from "./byte_accounts.ts";
import type { Received } from "./client.ts";
import type { AnswerReader } from "./connection.ts";
import { type ConnectionTarget, openConnection } from "./transport.ts";

/** Responses that were broken off take a moment until the server knows it; its threads share every 200 ms. */
const SETTLE_MS = 500;
const TIMEOUT_MS = 2_000;

const count = z.number();
/** What a server of ours answers; another one may have a page of that name too. */
const Stats = z.object({
  clients: z.record(
    z.string(),
    z.object({
      bytes: count,
      streams: count,
      completed: count,
      cancelled: count,
      rejected: count,
      invalid: count,
    }),
  ),
});

/** The server's account of this client; undefined when it keeps none or does not answer. */
export async function fetchAccount(
  target: ConnectionTarget,
  { clock, aborted, clientName }: Pick<LoadScope, "clock" | "aborted"> & {
    readonly clientName: string;
  },
): Promise<ByteAccount | undefined> {
  await clock.sleepUntil(clock.now() + SETTLE_MS, aborted);
  try {
    using connection = await openConnection(0, {
      ...target,
      clock,
      signal: aborted,
    });
    const url = new URL(target.baseUrl);
    url.pathname = `${url.pathname.replace(/\/+$/, "")}/stats`;
    const answer = new TextAnswer();
    const signal = AbortSignal.any([aborted, AbortSignal.timeout(TIMEOUT_MS)]);
    await connection.get(url.href, { signal }, answer);
    const { status, text } = answer;
    if (status !== 200) return undefined;
    const { clients } = Stats.safeParse(JSON.parse(text)).data ?? { clients: {} };
    return Object.hasOwn(clients, clientName) ? clients[clientName] : undefined;
  } catch (error) {
    if (error instanceof OperationFailedError || error instanceof SyntaxError) return undefined;
    if (error instanceof DOMException) return undefined;
    throw error;
  }
}

/** What a check of both ends found. */
const SUBJECT = "bytes sent by the server and received agree";

/** Everything received was sent; and where no request was broken off, everything sent was received. */
export function reconcile(received: Received, sent: ByteAccount): Finding {
  const fault = disagreement(received, sent);
  const underWay = formatBytes(sent.bytes - received.bytes);
  const { brokenOffRequests } = received;
  const requests = brokenOffRequests === 1 ? "1 request was" : `${brokenOffRequests} requests were`;
  const note = brokenOffRequests === 0 ? "" : `${requests} broken off with ${underWay} under way`;
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

class TextAnswer implements AnswerReader {
  status = 0;
  text = "";
  readonly #decoder = new TextDecoder();

  onHead(status: number): void {
    this.status = status;
  }

  onBytes(piece: Uint8Array): void {
    this.text += this.#decoder.decode(piece, { stream: true });
  }
}
