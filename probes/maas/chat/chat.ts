/**
 * What is asked of a model behind a gateway, and what comes of it. Types and words only.
 * Sources: OpenAI API reference, "Chat" and "Completions"; llm-d-inference-sim 0.10 for what a server
 * that is fit for load tests does beside it.
 * @module
 */

import type { Address } from "../../../core/net/address.ts";

/** Where a model answers. */
export interface ChatEndpoint {
  /** Scheme, host and port as the gateway's clients write them: also the Host header and the TLS name. */
  readonly origin: URL;
  /** Where to connect instead of the origin's host and port. */
  readonly address?: Address | undefined;
  /** From its first slash on, e.g. `/llm/opt/v1/chat/completions`. */
  readonly path: string;
  /** The model's name, as in the body. */
  readonly model: string;
  /** PEM of the authorities that may vouch for the gateway; absent: the system's. */
  readonly caPem?: string | undefined;
  /** Whoever answers is believed. */
  readonly isInsecure: boolean;
}

/** What every request asks. */
export interface Question {
  /** `completions` has a prompt, `chat` messages; `compat`: a prompt sent to chat, as the k6 script did. */
  readonly form: "chat" | "completions" | "compat";
  readonly prompt: string;
  readonly maxTokens: number;
  /** With usage at the end of the stream. */
  readonly isStream: boolean;
  readonly timeoutMs: number;
}

export type HeaderList = readonly (readonly [name: string, value: string])[];

/** As the server counts. */
export interface TokenUsage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly totalTokens: number;
}

/** A good answer: 200, complete, and no error in it. */
export interface ChatAnswer {
  /** The last that it told; undefined: none. */
  readonly usage: TokenUsage | undefined;
  /** Clock times at which something of the text came: content, reasoning or a tool call, not empty. Streams only. */
  readonly tokenTimesMs: readonly number[];
}

/**
 * Classes of failure beside the common ones; the response header is `x-ext-auth-reason`. Of these
 * `truncated` is an answer in one piece that ends too early, `corrupt` one under status 200 that is
 * complete and no answer: no JSON, no choice in it, or not the stream that was asked for.
 */
export const CHAT_REASONS = [
  /** 401 or 403 whose reason is a client limiter or a deadline: the auth service could not ask. */
  "auth-overload",
  /** 500 with the text of Kuadrant's filter, or 403 with neither a reason nor a body: the auth service was late. */
  "auth-timeout",
  /** 401: no credential, or one that is not believed. */
  "not-authenticated",
  /** 403 with a reason that is no overload. */
  "not-authorized",
  /** 429 of a limiter of the gateway. */
  "rate-limited",
  /** 429 of the model server, whose queue is full. */
  "model-full",
  /** A stream under status 200 that ended without its end. */
  "cut-stream",
  /** An error told under status 200. */
  "error-frame",
] as const;
export type ChatReason = typeof CHAT_REASONS[number];
