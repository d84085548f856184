import assert from "node:assert/strict";
import { OperationFailedError } from "../../../../core/errors.ts";
import { constant } from "../../../../core/load/arrival.ts";
import { execute, type LoadModel } from "../../../../core/load/executor.ts";
import type { Interval } from "../../../../core/measure/interval.ts";
import { Histogram } from "../../../../core/measure/histogram.ts";
import type { ChatAnswer } from "../../../../probes/maas/chat/chat.ts";
import type { ChatClient } from "../../../../probes/maas/chat/chat_client.ts";
import { measuredAsk } from "../../../../probes/maas/chat/measured_ask.ts";
import { open, type TestRun, testRun } from "../../../core/load/harness.ts";
import { userOf } from "./model_peer.ts";

const USAGE = { promptTokens: 5, completionTokens: 4, totalTokens: 9 };
const ONE_AT_A_TIME: LoadModel = { kind: "closed", workers: 1, thinkMs: 0 };
const TAGS = { tier: "free" };

/** Answers so long after it was asked, as `told` says; times in it count from then. */
function answering(
  { clock }: TestRun,
  told: (question: number) => ChatAnswer & { readonly tookMs: number },
): ChatClient {
  let questions = 0;
  return {
    opened: 1,
    async ask() {
      const askedMs = clock.now();
      const { tookMs, usage, tokenTimesMs } = told(questions++);
      await clock.sleepUntil(askedMs + tookMs);
      return { usage, tokenTimesMs: tokenTimesMs.map((atMs) => askedMs + atMs) };
    },
    [Symbol.dispose]() {},
  };
}

/** One interval of everything that some questions came to. */
async function measured(
  run: TestRun,
  client: ChatClient,
  { model = ONE_AT_A_TIME, questions = 1 } = {},
): Promise<Interval> {
  const { clock, recorder } = run;
  const user = userOf("ann");
  const iterate = async (iteration: Parameters<typeof measuredAsk>[0]) =>
    void await measuredAsk(iteration, user, { client, clock, recorder });
  const workload = { name: "chat", firstOp: "chat", iterate };
  const ending = execute(run.context, { workload, model, maxIterations: questions });
  await clock.advance(5_000);
  await ending;
  const [interval] = recorder.rotate(clock.now());
  return interval!;
}

/** Count and mean in ms, by name; all of this tier but the executor's own. */
function distributionsOf({ distributions }: Interval): Record<string, [number, number]> {
  return Object.fromEntries(
    distributions.filter(({ name }) => name !== "schedulingLag").map(
      ({ name, tags, histogram }) => {
        assert.deepEqual(tags, TAGS);
        const { count, mean } = Histogram.decode(histogram);
        return [name, [count, Math.round(mean / 1_000)]];
      },
    ),
  );
}

function countersOf({ counters }: Interval): Record<string, number> {
  return Object.fromEntries(counters.map(({ name, tags, value }) => {
    assert.deepEqual(tags, TAGS);
    return [name, value];
  }));
}

Deno.test("of a stream the first token, the gaps and the time of a token are recorded", async () => {
  const run = testRun();
  // Two tokens came in one piece, as the server counts them.
  const answer = { tookMs: 200, usage: USAGE, tokenTimesMs: [40, 70, 130] };
  const interval = await measured(run, answering(run, () => answer));
  assert.deepEqual(distributionsOf(interval), {
    timeToFirstToken: [1, 40],
    interTokenLatency: [2, 45],
    timePerOutputToken: [1, 30],
  });
  assert.deepEqual(countersOf(interval), {
    promptTokens: 5,
    completionTokens: 4,
    totalTokens: 9,
  });
  assert.deepEqual(run.recorder.samples, [
    { op: "chat", dueMs: 0, sentMs: 0, doneMs: 200, outcome: { kind: "ok" }, tags: TAGS },
  ]);
});

Deno.test("an answer without a stream has no times of tokens, one without usage is counted", async () => {
  const run = testRun();
  const told = [{ usage: undefined, tokenTimesMs: [] }, { usage: USAGE, tokenTimesMs: [] }];
  const client = answering(run, (question) => ({ tookMs: 10, ...told[question]! }));
  const interval = await measured(run, client, { questions: 2 });
  assert.deepEqual(distributionsOf(interval), {});
  assert.deepEqual(countersOf(interval), {
    answersWithoutUsage: 1,
    promptTokens: 5,
    completionTokens: 4,
    totalTokens: 9,
  });
});

Deno.test("without the server's count no time of a token is told, and one token has none", async () => {
  const run = testRun();
  const told = [
    { usage: undefined, tokenTimesMs: [10, 20] },
    { usage: { ...USAGE, completionTokens: 1 }, tokenTimesMs: [10] },
    { usage: { ...USAGE, completionTokens: 9 }, tokenTimesMs: [10] },
  ];
  const client = answering(run, (question) => ({ tookMs: 50, ...told[question]! }));
  const { timePerOutputToken, timeToFirstToken } = distributionsOf(
    await measured(run, client, { questions: 3 }),
  );
  assert.deepEqual([timePerOutputToken, timeToFirstToken], [undefined, [3, 10]]);
});

Deno.test("in an open model an answer's response counts from when it was due, a first token from when it was asked for", async () => {
  const run = testRun();
  const answer = { tookMs: 100, usage: USAGE, tokenTimesMs: [60] };
  const model = open(constant(20), { maxInFlight: 1 });
  const interval = await measured(run, answering(run, () => answer), { model, questions: 2 });
  assert.deepEqual(
    run.recorder.samples.map(({ dueMs, sentMs, doneMs }) => [dueMs, sentMs, doneMs]),
    [[0, 0, 100], [50, 100, 200]],
  );
  assert.deepEqual(distributionsOf(interval)["timeToFirstToken"], [2, 60]);
});

Deno.test("a failed answer is a failed operation, and nothing else is recorded of it", async () => {
  const run = testRun();
  const client = answering(run, () => {
    throw new OperationFailedError("cut-stream", "no end");
  });
  const { distributions, counters } = await measured(run, client);
  assert.deepEqual(run.recorder.outcomes(), { "failed cut-stream": 1 });
  assert.deepEqual([distributions, counters], [[], []]);
});
