import assert from "node:assert/strict";
import { questionText } from "../../../../probes/maas/chat/body.ts";
import { QUESTION, STREAMED } from "./model_peer.ts";

Deno.test("each form of a question has its own body, and a stream asks for its usage", () => {
  const bodyOf = (form: "chat" | "completions" | "compat", question = QUESTION) =>
    JSON.parse(questionText({ ...question, form }, "opt"));
  const messages = [{ role: "user", content: "Hello" }];
  const stream = { stream: true, stream_options: { include_usage: true } };
  assert.deepEqual(bodyOf("chat"), { model: "opt", messages, max_tokens: 3 });
  assert.deepEqual(bodyOf("chat", STREAMED), { model: "opt", messages, max_tokens: 3, ...stream });
  for (const form of ["completions", "compat"] as const) {
    assert.deepEqual(bodyOf(form), { model: "opt", prompt: "Hello", max_tokens: 3 });
    assert.deepEqual(bodyOf(form, STREAMED), {
      model: "opt",
      prompt: "Hello",
      max_tokens: 3,
      ...stream,
    });
  }
});
