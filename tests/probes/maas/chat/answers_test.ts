import assert from "node:assert/strict";
import { OperationFailedError } from "../../../../core/errors.ts";
import type { ChatAnswer } from "../../../../probes/maas/chat/chat.ts";
import { StreamedAnswer } from "../../../../probes/maas/chat/streamed_answer.ts";
import { wholeAnswer } from "../../../../probes/maas/chat/whole_answer.ts";
import { CHOICE, delta, DONE, frame, GOOD_STREAM, ROLE, USAGE, USAGE_FRAME } from "./model_peer.ts";

const COUNTED = { promptTokens: 5, completionTokens: 3, totalTokens: 8 };

/** The answer of a stream, each frame 10 ms after the one before; or the reason of its failure. */
function answerOf(frames: readonly string[], { isWhole = true } = {}): ChatAnswer | string {
  const streamed = new StreamedAnswer();
  try {
    for (const [index, text] of frames.entries()) {
      streamed.take(new TextEncoder().encode(text), index * 10);
    }
    return streamed.end(isWhole);
  } catch (thrown) {
    assert.ok(thrown instanceof OperationFailedError, String(thrown));
    return thrown.reason;
  }
}

Deno.test("tokens are the frames with content; the role, the end and the usage are none", () => {
  assert.deepEqual(answerOf(GOOD_STREAM), { usage: COUNTED, tokenTimesMs: [10, 20, 30] });
});

Deno.test("the first token is the first content, reasoning or tool call that is not empty", () => {
  const deltas: [unknown, boolean][] = [
    [{ role: "assistant" }, false],
    [{ role: "assistant", content: null }, false],
    [{ role: "assistant", content: "" }, false],
    [{ content: "a" }, true],
    [{ reasoning_content: "a" }, true],
    [{ reasoning: "a" }, true],
    [{ reasoning: "", content: null, tool_calls: [] }, false],
    [{ tool_calls: [{ index: 0, function: { name: "f" } }] }, true],
    [{ function_call: { name: "f" } }, true],
    [{ refusal: "no" }, true],
    [null, false],
    [[], false],
  ];
  for (const [changed, isToken] of deltas) {
    const answer = answerOf([delta(changed), DONE]);
    assert.ok(typeof answer !== "string");
    assert.equal(answer.tokenTimesMs.length, isToken ? 1 : 0, JSON.stringify(changed));
  }
  const text = answerOf([
    frame({ choices: [{ text: "" }] }),
    frame({ choices: [{ text: "a" }] }),
    DONE,
  ]);
  assert.deepEqual(text, { usage: undefined, tokenTimesMs: [10] });
});

Deno.test("the last usage counts, and one of another kind is none", () => {
  const used = (usage: unknown) => frame({ choices: [CHOICE], usage });
  const usageOf = (...frames: string[]) => {
    const answer = answerOf([...frames, DONE]);
    assert.ok(typeof answer !== "string");
    return answer.usage;
  };
  const first = used({ prompt_tokens: 5, completion_tokens: 1, total_tokens: 6 });
  assert.deepEqual(usageOf(first, USAGE_FRAME), COUNTED);
  assert.deepEqual(usageOf(first, USAGE_FRAME, used(null)), COUNTED);
  assert.deepEqual(usageOf(used({ prompt_tokens: 5, completion_tokens: 3 })), COUNTED);
  assert.deepEqual(usageOf(used({ prompt_tokens: 5, total_tokens: 5 })), {
    promptTokens: 5,
    completionTokens: 0,
    totalTokens: 5,
  });
  for (const usage of [null, {}, [], "8", { total_tokens: -1 }, { total_tokens: 1.5 }]) {
    assert.equal(usageOf(used(usage)), undefined, JSON.stringify(usage));
  }
});

Deno.test("a stream's end is told by [DONE], or by a finish reason where the body ended well", () => {
  const text = [ROLE, delta({ content: "a" })];
  const end = delta({}, "stop");
  const cases: [string, readonly string[], boolean, string][] = [
    ["both", [...text, end, DONE], true, "good"],
    ["[DONE] alone", [...text, DONE], true, "good"],
    ["[DONE], then the connection broke", [...text, DONE], false, "good"],
    ["the reason alone", [...text, end], true, "good"],
    ["the reason, then the connection broke", [...text, end], false, "cut-stream"],
    ["neither", text, true, "cut-stream"],
    ["neither, and the connection broke", text, false, "cut-stream"],
    ["nothing at all", [], true, "cut-stream"],
    ["[DONE] within a frame's text", [delta({ content: "[DONE]" })], true, "cut-stream"],
    ["half a frame", [...text, DONE.slice(0, -1)], true, "cut-stream"],
    ["[DONE] of nothing", [DONE], true, "corrupt"],
    ["[DONE] after the usage alone", [USAGE_FRAME, DONE], true, "corrupt"],
    ["a frame that is no JSON", [...text, "data: {\n\n", DONE], true, "corrupt"],
    ["a frame that is no object", [...text, frame(7), DONE], true, "corrupt"],
  ];
  for (const [what, frames, isWhole, expected] of cases) {
    const answer = answerOf(frames, { isWhole });
    assert.equal(typeof answer === "string" ? answer : "good", expected, what);
  }
});

Deno.test("an error among the frames is a failure, whatever follows", () => {
  const errors = [
    frame({ error: { message: "out of memory", code: 500 } }),
    frame({ error: "out of memory" }),
    frame({ object: "error", message: "out of memory" }),
    frame({ choices: [CHOICE], error: {} }),
    'event: error\ndata: {"message":"out of memory"}\n\n',
    "event: error\ndata: out of memory\n\n",
  ];
  for (const error of errors) {
    assert.equal(answerOf([...GOOD_STREAM.slice(0, 2), error, DONE]), "error-frame", error);
    assert.equal(answerOf([error], { isWhole: false }), "error-frame", error);
    assert.equal(answerOf([...GOOD_STREAM, error]), "error-frame", error);
  }
  const none = frame({ choices: [CHOICE], error: null });
  assert.notEqual(answerOf([none, DONE]), "error-frame");
});

Deno.test("an answer in one piece is good with a choice and without an error", () => {
  const cases: [string, string][] = [
    [JSON.stringify({ choices: [CHOICE], usage: USAGE }), "good"],
    [JSON.stringify({ choices: [CHOICE] }), "good"],
    [JSON.stringify({ choices: [{ text: "a" }], error: null }), "good"],
    [JSON.stringify({ error: { message: "no" } }), "error-frame"],
    [JSON.stringify({ choices: [CHOICE], error: { message: "no" } }), "error-frame"],
    [JSON.stringify({ object: "error", message: "no" }), "error-frame"],
    [JSON.stringify({ choices: [CHOICE], usage: USAGE }).slice(0, -1), "truncated"],
    [JSON.stringify({ choices: [CHOICE], usage: USAGE }).slice(0, 9), "truncated"],
    ["{}", "corrupt"],
    [JSON.stringify({ choices: [], usage: USAGE }), "corrupt"],
    ["", "corrupt"],
    ["[]", "corrupt"],
    ["<html>", "corrupt"],
    ["{a}", "corrupt"],
  ];
  for (const [text, expected] of cases) assert.equal(outcomeOf(text), expected, text);
  assert.deepEqual(wholeAnswer(cases[0]![0]), { usage: COUNTED, tokenTimesMs: [] });
});

function outcomeOf(text: string): string {
  try {
    wholeAnswer(text);
    return "good";
  } catch (thrown) {
    assert.ok(thrown instanceof OperationFailedError, String(thrown));
    return thrown.reason;
  }
}
