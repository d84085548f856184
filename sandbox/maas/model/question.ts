/**
 * What is a model asked, and is it something that it can answer?
 * Source: llm-d-inference-sim 0.10, validateRequest; OpenAI API reference, "Chat" and "Completions".
 * @module
 */

import type { ModelSettings } from "../settings.ts";

export interface ModelQuestion {
  readonly model: string;
  readonly isChat: boolean;
  readonly isStream: boolean;
  /** At the end of a stream. */
  readonly wantsUsage: boolean;
  readonly promptTokens: number;
  readonly completionTokens: number;
}

/** How a model server words an error. */
export interface ModelRefusal {
  readonly status: number;
  readonly type: string;
  readonly message: string;
}

export const QUEUE_FULL: ModelRefusal = {
  status: 429,
  type: "TooManyRequests",
  message: "waiting requests queue is full",
};
/** Where none is asked for. */
const USUAL_TOKENS = 16;

interface Body {
  readonly model?: string;
  readonly prompt?: unknown;
  readonly messages?: readonly { readonly content?: unknown }[];
  readonly max_tokens?: number;
  readonly max_completion_tokens?: number;
  readonly stream?: boolean;
  readonly stream_options?: { readonly include_usage?: boolean } | null;
}

/** A chat with a `prompt` is taken as well, as the original takes it. */
export function questionOf(
  path: string,
  text: string,
  { models, maxLength }: Pick<ModelSettings, "maxLength"> & { readonly models: readonly string[] },
): ModelQuestion | ModelRefusal {
  const body = parsed(text);
  if (body === undefined) return badRequest("Failed to read and parse request body");
  const { model = "" } = body;
  if (!models.includes(model)) {
    return {
      status: 404,
      type: "NotFoundError",
      message: `The model \`${model}\` does not exist.`,
    };
  }
  const completionTokens = body.max_completion_tokens ?? body.max_tokens ?? USUAL_TOKENS;
  if (!Number.isInteger(completionTokens) || completionTokens <= 0) {
    return badRequest("Max completion tokens and max tokens should be positive");
  }
  const promptTokens = wordsIn(body);
  const total = promptTokens + completionTokens;
  if (total > maxLength) {
    return badRequest(
      `This model's maximum context length is ${maxLength} tokens. However, you requested ${total} ` +
        `tokens (${promptTokens} in the messages, ${completionTokens} in the completion). Please ` +
        "reduce the length of the messages or completion",
    );
  }
  return {
    model,
    isChat: path.endsWith("/chat/completions"),
    isStream: body.stream === true,
    wantsUsage: body.stream_options?.include_usage === true,
    promptTokens,
    completionTokens,
  };
}

function parsed(text: string): Body | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function badRequest(message: string): ModelRefusal {
  return { status: 400, type: "BadRequestError", message };
}

function wordsIn({ prompt, messages = [] }: Body): number {
  const texts = [prompt, ...messages.map(({ content }) => content)];
  const words = texts.flatMap((text) => typeof text === "string" ? text.match(/\S+/g) ?? [] : []);
  return words.length;
}
