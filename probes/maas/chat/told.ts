/**
 * What does a piece of JSON from a model tell: a usage, an error, some text? Looks only at what it is
 * asked for, as a whole schema for each of thousands of frames a second would be dear.
 * Source: OpenAI API reference, "Chat completion object", "Chat completion chunk object" and
 * "Completion object"; vLLM and llm-d-inference-sim for what they have beside it.
 * @module
 */

import type { TokenUsage } from "./chat.ts";

type JsonObject = Readonly<Record<string, unknown>>;

/** Undefined for anything else. */
export function objectOf(value: unknown): JsonObject | undefined {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject ? value as JsonObject : undefined;
}

/** What an error says: `{error: {message}}`, `{error: "..."}`, or `{object: "error", message}`. */
export function errorTold(told: JsonObject): string | undefined {
  const { error, object, message } = told;
  if (object === "error") return wordsOf(message);
  if (error === undefined || error === null) return undefined;
  return wordsOf(objectOf(error)?.message ?? error);
}

function wordsOf(message: unknown): string {
  return typeof message === "string" && message !== "" ? message : "it does not say which";
}

/** Undefined where there is none, or one that counts nothing. */
export function usageTold({ usage }: JsonObject): TokenUsage | undefined {
  const told = objectOf(usage);
  if (told === undefined) return undefined;
  const { prompt_tokens, completion_tokens, total_tokens } = told;
  const promptTokens = countOf(prompt_tokens);
  const completionTokens = countOf(completion_tokens);
  const totalTokens = countOf(total_tokens) ?? sumOf(promptTokens, completionTokens);
  if (totalTokens === undefined) return undefined;
  // A server that generates nothing leaves the second away.
  return { promptTokens: promptTokens ?? 0, completionTokens: completionTokens ?? 0, totalTokens };
}

function countOf(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && value as number >= 0 ? value as number : undefined;
}

function sumOf(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined && other === undefined ? undefined : (one ?? 0) + (other ?? 0);
}

/** Those that there are; none in a frame that only tells usage. */
export function choicesTold({ choices }: JsonObject): readonly JsonObject[] {
  if (!Array.isArray(choices)) return [];
  return choices.filter((choice) => objectOf(choice) !== undefined);
}

/**
 * Whether a choice of a frame brings something that the model generated. The first frame of a chat
 * has the role alone, and the last one the reason of the end.
 */
export function hasToken({ delta, text }: JsonObject): boolean {
  if (isText(text)) return true;
  const changed = objectOf(delta);
  if (changed === undefined) return false;
  const { content, reasoning, reasoning_content, refusal, tool_calls, function_call } = changed;
  return isText(content) || isText(reasoning) || isText(reasoning_content) || isText(refusal) ||
    (Array.isArray(tool_calls) && tool_calls.length > 0) || objectOf(function_call) !== undefined;
}

function isText(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}

/** Whether the choice says why it ended. */
export function hasEnd({ finish_reason }: JsonObject): boolean {
  return isText(finish_reason);
}
