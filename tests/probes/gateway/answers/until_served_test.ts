import assert from "node:assert/strict";
import {
  StillNotSoError,
  untilGone,
  untilServed,
  type Wait,
} from "../../../../probes/gateway/answers/until_served.ts";
import { lines, type TestRun, testRun } from "../../../core/load/harness.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { ScriptedAsker, type Told } from "./asking.ts";

type Options = Partial<Omit<Wait, "asker">> & { tookMs?: number };

function setUp(at: (askedMs: number) => Told, { tookMs = 0, ...options }: Options = {}) {
  const run = testRun({ startMs: 100 });
  const asker = new ScriptedAsker(run.clock, at, { tookMs });
  const wait = {
    what: "gw/one serves route a",
    asker,
    host: "a.example",
    path: "/",
    expected: { status: 200 },
    dueMs: 90,
    timeoutMs: 1_000,
    ...options,
  };
  return { run, asker, wait };
}

/** Everything that comes of a wait, all time having passed. */
async function ended<T>({ run }: { run: TestRun }, result: Promise<T>): Promise<T> {
  result.catch(() => {});
  await run.clock.advance(5_000);
  assert.equal(run.clock.sleeperCount, 0);
  return await result;
}

/** 404 until the time, then what is told. */
function from(atMs: number, told: Told, before: Told = 404): (askedMs: number) => Told {
  return (askedMs) => askedMs >= atMs ? told : before;
}

/** Each look at it takes a microsecond. */
class TickingClock extends FakeClock {
  override now(): number {
    this.stall(0.001);
    return super.now();
  }
}

Deno.test("served: asks every 5 ms, and the response time runs from the due time to the first good answer", async () => {
  const parts = setUp(from(112, 200));
  const served = await ended(parts, untilServed(parts.run.context, parts.wait));
  assert.deepEqual(parts.asker.askedMs, [100, 105, 110, 115, 120, 125]);
  assert.equal(served.firstMs, 115);
  assert.equal(served.stableMs, 115);
  assert.deepEqual(lines(parts.run), ["served 90 100 115 ok", "stable 90 100 115 ok"]);
  assert.deepEqual(parts.run.recorder.samples[0]?.tags, { gateway: "gw/one", connection: "fresh" });
});

Deno.test("served: the bracket is how far apart the questions around the moment were", async () => {
  const quick = setUp(from(112, 200));
  assert.equal((await ended(quick, untilServed(quick.run.context, quick.wait))).bracketMs, 5);
  const slow = setUp(from(112, 200), { tookMs: 7 });
  const served = await ended(slow, untilServed(slow.run.context, slow.wait));
  assert.deepEqual(slow.asker.askedMs.slice(0, 3), [100, 110, 120]);
  assert.equal(served.bracketMs, 17);
  const already = setUp(() => 200);
  const { bracketMs } = await ended(already, untilServed(already.run.context, already.wait));
  assert.equal(bracketMs, undefined);
});

Deno.test("served: a slow answer or a stalled clock moves no due time, and nothing is caught up", async () => {
  const parts = setUp(() => 404, { tookMs: 12, timeoutMs: 60 });
  const result = untilServed(parts.run.context, parts.wait);
  result.catch(() => {});
  await parts.run.clock.advance(15);
  parts.run.clock.stall(18);
  await assert.rejects(ended(parts, result), StillNotSoError);
  assert.deepEqual(parts.asker.askedMs, [100, 115, 135, 150]);
});

Deno.test("served: flapping is stable only from where it holds, and each fall is a regression", async () => {
  const told: Record<number, Told> = { 110: 200, 115: 200, 120: [503, "no healthy upstream"] };
  const parts = setUp((askedMs) => told[askedMs] ?? (askedMs < 130 ? 404 : 200));
  const served = await ended(parts, untilServed(parts.run.context, parts.wait));
  const { firstMs, stableMs, regressions, errors, asked } = served;
  assert.deepEqual({ firstMs, stableMs, regressions, errors, asked }, {
    firstMs: 110,
    stableMs: 130,
    regressions: 1,
    errors: 1,
    asked: 9,
  });
  assert.deepEqual(served.byClass["http-503"], {
    count: 1,
    isError: true,
    firstMs: 120,
    firstText: "no healthy upstream",
  });
  assert.equal(served.byClass["http-404"]?.count, 3);
  assert.deepEqual(lines(parts.run), ["served 90 100 110 ok", "stable 90 100 130 ok"]);
});

Deno.test("served: a refused connection is no error, a reset one is", async () => {
  const told: Record<number, Told> = { 100: "connection-refused", 105: "connection-reset" };
  const parts = setUp((askedMs) => told[askedMs] ?? 200);
  const { errors, byClass } = await ended(parts, untilServed(parts.run.context, parts.wait));
  assert.equal(errors, 1);
  assert.equal(byClass["connection-refused"]?.isError, false);
  assert.equal(byClass["connection-reset"]?.isError, true);
});

Deno.test("served: over a kept connection first, then so many in a row over fresh ones", async () => {
  const parts = setUp(() => 404);
  const kept = new ScriptedAsker(parts.run.clock, from(110, 200), { connection: "kept" });
  const fresh = new ScriptedAsker(parts.run.clock, from(120, 200));
  const wait = { ...parts.wait, asker: kept, fresh };
  const served = await ended(parts, untilServed(parts.run.context, wait));
  assert.deepEqual(kept.askedMs, [100, 105, 110]);
  assert.deepEqual(fresh.askedMs, [115, 120, 125, 130]);
  assert.deepEqual([served.firstMs, served.stableMs], [110, 120]);
  // Another replica knew nothing of it yet: the first one took nothing back.
  assert.equal(served.regressions, 0);
});

Deno.test("served: a wait that runs out asks a last time, fails as stalled, and still tells what it saw", async () => {
  const parts = setUp(() => [503, "no healthy upstream"], { timeoutMs: 12 });
  await assert.rejects(ended(parts, untilServed(parts.run.context, parts.wait)), (error) => {
    assert.ok(error instanceof StillNotSoError);
    assert.equal(error.reason, "stalled");
    const answers = "answers: 4 x http-503 (no healthy upstream)";
    assert.equal(error.message, `Not so after 12ms: gw/one serves route a; ${answers}`);
    assert.deepEqual([error.seen.asked, error.seen.errors], [4, 4]);
    return true;
  });
  assert.deepEqual(parts.asker.askedMs, [100, 105, 110, 112]);
  assert.deepEqual(lines(parts.run), ["served 90 100 112 stalled", "stable 90 100 112 stalled"]);
});

Deno.test("served: a run that began in time is held to its end, one that breaks after it fails", async () => {
  const holding = setUp(from(112, 200), { timeoutMs: 12 });
  const served = await ended(holding, untilServed(holding.run.context, holding.wait));
  assert.deepEqual([served.firstMs, served.asked], [112, 6]);
  const breaking = setUp((askedMs) => askedMs === 110 ? 200 : 404, { timeoutMs: 12 });
  await assert.rejects(ended(breaking, untilServed(breaking.run.context, breaking.wait)));
  assert.deepEqual(lines(breaking.run), ["served 90 100 110 ok", "stable 90 100 115 stalled"]);
});

Deno.test("served: ends with its signal at once, while it asks or waits, and is then cancelled", async () => {
  for (const tookMs of [0, 1_000]) {
    const parts = setUp(() => 404, { tookMs });
    const result = untilServed(parts.run.context, parts.wait);
    result.catch(() => {});
    await parts.run.clock.advance(3);
    parts.run.abort.abort(new Error("enough"));
    await assert.rejects(result, /enough/);
    assert.deepEqual(lines(parts.run), [
      "served 90 100 103 cancelled",
      "stable 90 100 103 cancelled",
    ]);
    assert.equal(parts.run.clock.sleeperCount, 0);
  }
});

Deno.test("served: no sample ends before it began, on a clock that never stands still", async () => {
  const clock = new TickingClock();
  const { context, recorder } = testRun();
  const asker = new ScriptedAsker(clock, from(12, 200));
  const { wait } = setUp(() => 200);
  const result = untilServed({ ...context, clock }, { ...wait, asker, dueMs: 0 });
  result.catch(() => {});
  await clock.advance(1_000);
  await result;
  assert.equal(recorder.samples.length, 2);
  for (const { sentMs, doneMs } of recorder.samples) assert.ok(doneMs >= sentMs);
});

Deno.test("gone: at the first other answer that holds, whatever it is", async () => {
  for (const after of [404, 503, "connection-refused"]) {
    const told: Record<number, Told> = { 110: 404 };
    const parts = setUp((askedMs) => told[askedMs] ?? (askedMs < 120 ? 200 : after));
    const gone = await ended(parts, untilGone(parts.run.context, parts.wait));
    assert.deepEqual([gone.goneMs, gone.bracketMs, gone.regressions], [120, 5, 1]);
    assert.deepEqual(lines(parts.run), ["gone 90 100 120 ok"]);
  }
});

Deno.test("gone: a data plane that goes on serving fails the wait", async () => {
  const parts = setUp(() => 200, { timeoutMs: 10 });
  await assert.rejects(ended(parts, untilGone(parts.run.context, parts.wait)), (error) => {
    assert.ok(error instanceof StillNotSoError);
    assert.deepEqual([error.seen.asked, error.seen.errors], [3, 0]);
    return true;
  });
});
