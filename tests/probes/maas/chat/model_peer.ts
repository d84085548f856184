/**
 * A model server that says what a test wants, as bytes on a socket, and users that ask it.
 * @module
 */

import type { ChatEndpoint, Question } from "../../../../probes/maas/chat/chat.ts";
import type { User } from "../../../../probes/maas/users/user.ts";
import { type Http1Peer, status } from "../../../support/http1_peer.ts";

export const USAGE = { prompt_tokens: 5, completion_tokens: 3, total_tokens: 8 };
export const CHOICE = { index: 0, finish_reason: "stop", message: { content: "one two three" } };
export const ANSWER = status(200, JSON.stringify({ choices: [CHOICE], usage: USAGE }));

export const QUESTION: Question = {
  form: "chat",
  prompt: "Hello",
  maxTokens: 3,
  isStream: false,
  timeoutMs: 30_000,
};
export const STREAMED: Question = { ...QUESTION, isStream: true };

export function endpointOf({ port }: Pick<Http1Peer, "port">): ChatEndpoint {
  return {
    origin: new URL("http://maas.test"),
    address: { hostname: "127.0.0.1", port },
    path: "/llm/opt/v1/chat/completions",
    model: "facebook/opt",
    isInsecure: false,
  };
}

export function userOf(name: string, token = `token-of-${name}`): User {
  const headers = [["Authorization", `Bearer ${token}`]] as const;
  return { name, tier: "free", headers: () => headers };
}

/** A frame of a stream. */
export function frame(value: unknown): string {
  return `data: ${typeof value === "string" ? value : JSON.stringify(value)}\n\n`;
}

/** A frame with one choice. */
export function delta(delta: unknown, finish: string | null = null): string {
  return frame({ choices: [{ index: 0, delta, finish_reason: finish }] });
}

export const ROLE = delta({ role: "assistant" });
export const USAGE_FRAME = frame({ choices: [], usage: USAGE });
export const DONE = frame("[DONE]");

/** What a model streams, as a server that does it well sends it. */
export const GOOD_STREAM = [
  ROLE,
  delta({ content: "one " }),
  delta({ content: "two " }),
  delta({ content: "three" }),
  delta({}, "stop"),
  USAGE_FRAME,
  DONE,
];

const STREAM_HEAD =
  "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

/** In chunks, each a write of its own; without the last chunk if it is cut. */
export function streamed(
  frames: readonly string[],
  { then = "keep", isCut = false }: { then?: "keep" | "close"; isCut?: boolean } = {},
): { readonly text: readonly string[]; readonly then: "keep" | "close" } {
  const chunks = frames.map((text) => {
    const { length } = new TextEncoder().encode(text);
    return `${length.toString(16)}\r\n${text}\r\n`;
  });
  return { text: [STREAM_HEAD, ...chunks, isCut ? "" : "0\r\n\r\n"], then: isCut ? "close" : then };
}
