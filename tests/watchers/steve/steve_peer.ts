/** A Steve that a test writes, and clients of it. @module */

import type { Clock } from "../../../core/load/clock.ts";
import { type SteveAccess, SteveClient } from "../../../watchers/steve/client/steve_client.ts";
import { type Answering, ApiPeer } from "../../support/api_peer.ts";
import { FakeClock } from "../../support/fake_clock.ts";

/** Plain HTTP on 127.0.0.1. */
export function stevePeer(answer: Answering): ApiPeer {
  return new ApiPeer(answer, { identity: undefined });
}

export function openSteve(
  url: string,
  { clock = new FakeClock(), ...access }: Partial<SteveAccess> & { clock?: Clock } = {},
): Promise<SteveClient> {
  return SteveClient.open({
    target: { baseUrl: url, insecure: false },
    headers: [],
    userAgent: "scaletool/test",
    requestTimeoutMs: 0,
    ...access,
  }, { clock });
}

/** What Steve answers to a list. */
export function collection(
  data: readonly unknown[] = [],
  more: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return { type: "collection", links: {}, actions: {}, resourceType: "configmap", ...more, data };
}

/** An error of Steve, in which the key `type` comes twice. */
export function steveError(status: number, code: string, message: string): Response {
  const text = `{"type":"error","links":{},"code":${JSON.stringify(code)},"message":${
    JSON.stringify(message)
  },"status":${status},"type":"error"}\n`;
  return new Response(text, { status, headers: { "content-type": "application/json" } });
}
