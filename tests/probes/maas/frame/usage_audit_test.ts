/** What the limiter charged against what was used. @module */

import assert from "node:assert/strict";
import { OperationFailedError } from "../../../../core/errors.ts";
import type { ChatClient } from "../../../../probes/maas/chat/chat_client.ts";
import { auditUsage, type Tally, tallying } from "../../../../probes/maas/frame/usage_audit.ts";

const TALLY: Tally = { asked: 10, usedTokens: 100, unknown: 1 };

Deno.test("less charged than good answers used is a failure, whatever was under way", () => {
  const { verdict, reason } = auditUsage(TALLY, { charged: 93, mostTokens: 50 });
  assert.equal(verdict, "fail");
  assert.match(reason, /^7 tokens of good answers were never charged/);
});

Deno.test("requests themselves and what nobody knows of may be charged as well, and no more", () => {
  assert.equal(auditUsage(TALLY, { charged: 100, mostTokens: 50 }).verdict, "pass");
  assert.equal(auditUsage(TALLY, { charged: 160, mostTokens: 50 }).verdict, "pass");
  assert.equal(auditUsage(TALLY, { charged: 161, mostTokens: 50 }).verdict, "inconclusive");
});

Deno.test("an answer that was lost or told no usage may have cost anything, a refusal nothing", async () => {
  const tally: Tally = { asked: 0, usedTokens: 0, unknown: 0 };
  const usage = { promptTokens: 3, completionTokens: 4, totalTokens: 7 };
  const answers = [
    () => Promise.resolve({ usage, tokenTimesMs: [] }),
    () => Promise.resolve({ usage: undefined, tokenTimesMs: [] }),
    () => Promise.reject(new OperationFailedError("cut-stream", "")),
    () => Promise.reject(new OperationFailedError("rate-limited", "")),
  ];
  const inner: ChatClient = {
    opened: 0,
    ask: () => answers.shift()!(),
    [Symbol.dispose]() {},
  };
  const client = tallying(inner, tally);
  const user = { name: "u", tier: "free", headers: () => [] };
  const signal = new AbortController().signal;
  await client.ask(user, { signal });
  await client.ask(user, { signal });
  await assert.rejects(client.ask(user, { signal }), { reason: "cut-stream" });
  await assert.rejects(client.ask(user, { signal }), { reason: "rate-limited" });
  assert.deepEqual(tally, { asked: 4, usedTokens: 7, unknown: 2 });
});
