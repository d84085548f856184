import assert from "node:assert/strict";
import fc from "fast-check";
import { OperationFailedError } from "../../core/errors.ts";
import { createRng, type Rng } from "../../core/load/rng.ts";
import type { FailureReason } from "../../core/measure/sample.ts";
import { retrying, type RetryOptions } from "../../kube/set_up_retry.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { statusError } from "../support/memory_cluster.ts";

/** Chance with one answer. */
function always(value: number): Rng {
  return { ...createRng(1), next: () => value };
}

function failed(reason: FailureReason): OperationFailedError {
  return new OperationFailedError(reason, reason);
}

/** When each try was made, and how it ended, with these failures before a success. */
async function tries(
  failures: readonly unknown[],
  options: Partial<RetryOptions> & { untilMs?: number } = {},
): Promise<{ atMs: number[]; result: unknown; clock: FakeClock }> {
  const clock = new FakeClock();
  const atMs: number[] = [];
  const call = () => {
    atMs.push(clock.now());
    const failure = failures[atMs.length - 1];
    return failure === undefined ? Promise.resolve("done") : Promise.reject(failure);
  };
  const { untilMs = 1_000_000, ...rest } = options;
  const ended = retrying(call, { clock, rng: always(0), ...rest })
    .then((value) => value, (thrown: unknown) => thrown);
  await clock.advance(untilMs);
  assert.equal(clock.sleeperCount, 0);
  return { atMs, result: await ended, clock };
}

Deno.test("retrying waits as long as Retry-After asks, and up to half of it longer", async () => {
  const busy = statusError(429, "TooManyRequests", 8_000);
  assert.deepEqual((await tries([busy])).atMs, [0, 8_000]);
  assert.deepEqual((await tries([busy], { rng: always(0.5) })).atMs, [0, 10_000]);
  const restarting = statusError(503, "ServiceUnavailable", 2_000);
  assert.deepEqual((await tries([restarting, busy])).atMs, [0, 2_000, 10_000]);
});

Deno.test("retrying doubles its wait from 100 ms to 5 s while the connection fails", async () => {
  const { atMs, result } = await tries(Array(8).fill(failed("connection-refused")));
  assert.deepEqual(atMs, [0, 100, 300, 700, 1_500, 3_100, 6_300, 11_300, 16_300]);
  assert.equal(result, "done");
});

Deno.test("retrying backs off from a 429 without Retry-After", async () => {
  const busy = statusError(429, "TooManyRequests");
  assert.deepEqual((await tries([busy, busy])).atMs, [0, 100, 300]);
});

for (
  const reason of [
    "connection-refused",
    "connection-reset",
    "connection-closed",
    "goaway",
    "stream-reset",
    "timeout",
    "truncated",
  ] as const
) {
  Deno.test(`retrying sends the call again after ${reason}`, async () => {
    assert.deepEqual(await tries([failed(reason)]).then(({ result }) => result), "done");
  });
}

for (
  const error of [
    statusError(403, "Forbidden"),
    statusError(404, "NotFound"),
    statusError(409, "AlreadyExists"),
    statusError(501, "NotImplemented"),
    failed("tls"),
    failed("dns"),
    new TypeError("a defect"),
  ]
) {
  Deno.test(`retrying gives ${error.name} ${error.message} back at once`, async () => {
    const { atMs, result } = await tries([error]);
    assert.deepEqual(atMs, [0]);
    assert.equal(result, error);
  });
}

Deno.test("retrying gives a server that fails without asking for anything 3 s", async () => {
  const broken = [statusError(500, "InternalError"), statusError(504, "Timeout")];
  const passing = await tries([...broken, ...broken]);
  assert.deepEqual(passing.atMs, [0, 100, 300, 700, 1_500]);
  assert.equal(passing.result, "done");
  const lasting = await tries(Array(20).fill(broken[0]), { deadlineMs: Infinity });
  assert.deepEqual(lasting.atMs, [0, 100, 300, 700, 1_500, 3_100]);
  assert.equal(lasting.result, broken[0]);
});

Deno.test("retrying after answers only gives a failed connection back at once", async () => {
  const refused = failed("connection-refused");
  assert.deepEqual((await tries([refused], { after: "answers" })).atMs, [0]);
  const busy = statusError(429, "TooManyRequests", 2_000);
  const tried = await tries([busy, refused], { after: "answers" });
  assert.deepEqual([tried.atMs, tried.result], [[0, 2_000], refused]);
});

Deno.test("retrying rejects with the last error instead of waiting past its deadline", async () => {
  const last = failed("connection-reset");
  const failures = [failed("connection-refused"), failed("connection-refused"), last];
  const { atMs, result } = await tries(failures, { deadlineMs: 699 });
  assert.deepEqual(atMs, [0, 100, 300]);
  assert.equal(result, last);
  const { atMs: untilDeadline } = await tries(failures, { deadlineMs: 700 });
  assert.deepEqual(untilDeadline, [0, 100, 300, 700]);
});

Deno.test("retrying has patience for 30 s, or for ever if the deadline is Infinity", async () => {
  const failures = Array(20).fill(failed("connection-refused"));
  const usual = await tries(failures);
  assert.equal(usual.atMs.at(-1), 26_300);
  assert.equal(usual.result, failures[0]);
  const endless = await tries(failures, { deadlineMs: Infinity });
  assert.equal(endless.atMs.length, 21);
  assert.equal(endless.result, "done");
});

Deno.test("retrying ends with the signal's reason when it aborts in a wait, and before the first call", async () => {
  const clock = new FakeClock();
  const controller = new AbortController();
  const reason = new Error("stopped");
  let calls = 0;
  const call = () => {
    calls++;
    return Promise.reject(failed("connection-refused"));
  };
  const options = { clock, rng: always(0), signal: controller.signal };
  const ended = assert.rejects(retrying(call, options), reason);
  await clock.advance(50);
  controller.abort(reason);
  await ended;
  await assert.rejects(retrying(call, options), reason);
  assert.equal(calls, 1);
  assert.equal(clock.sleeperCount, 0);
});

Deno.test("no wait of retrying is shorter than asked or more than half longer, whatever the chance", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 20_000 }), { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 0, max: 2 ** 31 }),
      async (asked, seed) => {
        const failures = asked.map((ms) => statusError(429, "TooManyRequests", ms));
        const options = { rng: createRng(seed), deadlineMs: Infinity };
        const { atMs } = await tries(failures, options);
        assert.equal(atMs.length, asked.length + 1);
        for (const [index, ms] of asked.entries()) {
          const waitedMs = (atMs[index + 1] ?? NaN) - (atMs[index] ?? NaN);
          // 1e-6 for sums of fractions.
          assert.ok(waitedMs >= ms - 1e-6 && waitedMs <= 1.5 * ms + 1e-6, `${waitedMs} for ${ms}`);
        }
      },
    ),
    { numRuns: 30 },
  );
});
