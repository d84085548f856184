/**
 * What does a model answer, in one piece or frame by frame? Knows no time.
 * Source: llm-d-inference-sim 0.10: a frame with the role alone, one for each token, one with the reason
 * for its end, that of the usage if it was asked for, and `[DONE]`.
 * @module
 */

import type { ModelQuestion, ModelRefusal } from "./question.ts";

const TOKEN = "word ";

/** Of one answer. */
export interface AnswerId {
  readonly id: string;
  /** Unix time, s. */
  readonly created: number;
}

interface Usage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
}

export function usageOf({ promptTokens, completionTokens }: ModelQuestion): Usage {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  };
}

export function wholeAnswer(question: ModelQuestion, id: AnswerId): Response {
  const { model, isChat, completionTokens } = question;
  const text = TOKEN.repeat(completionTokens).trimEnd();
  const said = isChat ? { message: { role: "assistant", content: text } } : { text };
  return Response.json({
    ...id,
    object: isChat ? "chat.completion" : "text_completion",
    model,
    choices: [{ index: 0, ...said, finish_reason: "stop" }],
    usage: usageOf(question),
  });
}

export function refusalAnswer({ status, type, message }: ModelRefusal): Response {
  return Response.json({ error: { message, type, param: null, code: status } }, { status });
}

/** Before the first token, each token, and all that follows the last; as bytes. */
export interface StreamFrames {
  readonly head: Uint8Array | undefined;
  readonly token: Uint8Array;
  readonly tail: Uint8Array;
}

export function streamFrames(question: ModelQuestion, id: AnswerId): StreamFrames {
  const { model, isChat, wantsUsage } = question;
  const base = { ...id, object: isChat ? "chat.completion.chunk" : "text_completion", model };
  const frame = (content: string | undefined, reason: string | null) => {
    const said = isChat
      ? { delta: content === undefined ? {} : { content } }
      : { text: content ?? "" };
    return event({ ...base, choices: [{ index: 0, ...said, finish_reason: reason }] });
  };
  const role = { index: 0, delta: { role: "assistant" }, finish_reason: null };
  const usage = wantsUsage ? event({ ...base, choices: [], usage: usageOf(question) }) : "";
  return {
    head: isChat ? bytesOf(event({ ...base, choices: [role] })) : undefined,
    token: bytesOf(frame(TOKEN, null)),
    tail: bytesOf(`${frame(undefined, "stop")}${usage}data: [DONE]\n\n`),
  };
}

function event(value: unknown): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
