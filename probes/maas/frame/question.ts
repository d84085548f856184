/** Flags -> what is asked of the model. @module */

import type { Question } from "../chat/chat.ts";
import type { MaasValues } from "../flags.ts";

export function questionFrom(values: MaasValues): Question {
  return {
    form: values.form,
    prompt: values.prompt,
    maxTokens: values["max-tokens"],
    isStream: values.stream,
    timeoutMs: values.timeout,
  };
}

/** `chat without a stream, at most 50 tokens`. */
export function questionText({ form, maxTokens, isStream }: Question): string {
  return `${form} ${isStream ? "as a stream" : "without a stream"}, at most ${maxTokens} tokens`;
}
