import assert from "node:assert/strict";
import { testRun } from "../../../core/load/harness.ts";
import type { Answer } from "../../../../probes/gateway/answers/answer.ts";
import { FailedAnswers } from "../../../../probes/gateway/frame/failed_answers.ts";

const TIMES = { askedMs: 100, atMs: 101, connection: 1 };

function status(code: number, bodyHead = ""): Answer {
  return { kind: "status", status: code, headers: new Map(), bodyHead, ...TIMES };
}

const REFUSED: Answer = { kind: "failed", reason: "connection-refused", text: "no", ...TIMES };

Deno.test("of each kind of answer it is told how many there were, and when the first and the last came", () => {
  const { recorder } = testRun({ startMs: 100 });
  const failed = new FailedAnswers(recorder, { status: 200 });
  assert.equal(failed.textOf(10), undefined);
  const add = (answer: Answer, when: string) => failed.add(answer, { when, tags: {} });
  add(REFUSED, "1ms");
  add(REFUSED, "2ms");
  add(status(503), "3ms");
  add(status(503, "no healthy upstream"), "4ms");
  add(REFUSED, "5ms");
  assert.equal(
    failed.textOf(10),
    "5 of 10 requests: 3 x connection-refused (no answer) from 1ms to 5ms; " +
      "http-503 (empty body) 3ms; http-503 (with a body) 4ms",
  );
});
