/** What a question is in JSON. Source: OpenAI API reference, "Chat" and "Completions". @module */

import type { Question } from "./chat.ts";

/** The body of every request that asks it of this model. */
export function questionText(question: Question, model: string): string {
  const { form, prompt, maxTokens, isStream } = question;
  return JSON.stringify({
    model,
    ...(form === "chat" ? { messages: [{ role: "user", content: prompt }] } : { prompt }),
    max_tokens: maxTokens,
    // Without the second a stream tells no usage, and a limiter of tokens never sees any.
    ...(isStream ? { stream: true, stream_options: { include_usage: true } } : {}),
  });
}
