import assert from "node:assert/strict";
import { OperationFailedError } from "../../../core/errors.ts";
import { until, type UntilOptions } from "../../../core/load/until.ts";
import { FakeClock } from "../../support/fake_clock.ts";

/** A wait whose looks find what `at` says of their times. */
function waiting<T>(at: (nowMs: number) => T | undefined, options: UntilOptions<T>) {
  const clock = new FakeClock();
  const looksMs: number[] = [];
  const result = until(clock, () => {
    looksMs.push(clock.now());
    return at(clock.now());
  }, options);
  result.catch(() => {});
  return { clock, looksMs, result };
}

/** What wakes a wait, and how many listen to it. */
class Bell {
  readonly listeners = new Set<() => void>();
  readonly woken = (wake: () => void) => {
    this.listeners.add(wake);
    return () => void this.listeners.delete(wake);
  };
  ring(): void {
    for (const wake of this.listeners) wake();
  }
}

Deno.test("until() looks at once, and waits for nothing that is so already", async () => {
  const { clock, looksMs, result } = waiting(() => "there", { pollMs: 100, timeoutMs: 1_000 });
  assert.equal(await result, "there");
  assert.deepEqual(looksMs, [0]);
  assert.equal(clock.sleeperCount, 0);
});

Deno.test("until() takes each value but undefined for an answer", async () => {
  for (const value of [0, "", false, null]) {
    assert.equal(await waiting(() => value, { pollMs: 1, timeoutMs: 1 }).result, value);
  }
});

Deno.test("until() polls, looks a last time when the time is over, and fails as stalled", async () => {
  const options = { pollMs: 100, timeoutMs: 250, what: 'route "a" is attached' };
  const { clock, looksMs, result } = waiting(() => undefined, options);
  await clock.advance(1_000);
  await assert.rejects(result, (error) => {
    assert.ok(error instanceof OperationFailedError);
    assert.equal(error.reason, "stalled");
    assert.equal(error.message, 'Not so after 250ms: route "a" is attached');
    return true;
  });
  assert.deepEqual(looksMs, [0, 100, 200, 250]);
  assert.equal(clock.sleeperCount, 0);
});

Deno.test("until() pauses as long as the look before it said, but not beyond its time", async () => {
  const pausesMs = [100, 30, 1_000];
  const options = { pollMs: () => pausesMs.shift()!, timeoutMs: 250, late: () => "late" };
  const { clock, looksMs, result } = waiting(() => undefined, options);
  await clock.advance(1_000);
  assert.equal(await result, "late");
  assert.deepEqual(looksMs, [0, 100, 130, 250]);
});

Deno.test("until() gives what comes of a wait that ran out, if its caller says", async () => {
  const quiet = waiting(() => undefined, { pollMs: 100, timeoutMs: 0, late: () => "late" });
  assert.equal(await quiet.result, "late");
  const late = () => {
    throw new RangeError("too late");
  };
  await assert.rejects(
    waiting(() => undefined, { pollMs: 1, timeoutMs: 0, late }).result,
    RangeError,
  );
});

Deno.test("until() is woken by an event at once, though its next look is far", async () => {
  const bell = new Bell();
  const options = { pollMs: Infinity, timeoutMs: 10_000, woken: bell.woken };
  const { clock, looksMs, result } = waiting((nowMs) => nowMs >= 700 || undefined, options);
  for (const _ of [350, 700]) {
    await clock.advance(350);
    bell.ring();
    await clock.settle();
  }
  assert.equal(await result, true);
  assert.deepEqual(looksMs, [0, 350, 700]);
  assert.equal(bell.listeners.size, 0);
  assert.equal(clock.sleeperCount, 0);
});

Deno.test("until() looks again if it is woken while it looks: what it saw may be old", async () => {
  const clock = new FakeClock();
  const bell = new Bell();
  const answers = [0, 1].map(() => Promise.withResolvers<true | undefined>());
  let looks = 0;
  const options = { pollMs: Infinity, timeoutMs: Infinity, woken: bell.woken };
  const result = until(clock, () => answers[looks++]!.promise, options);
  await clock.settle();
  bell.ring();
  answers[0]!.resolve(undefined);
  await clock.settle();
  assert.equal(looks, 2);
  answers[1]!.resolve(true);
  assert.equal(await result, true);
});

Deno.test("until() with a hold wants every look to find it, and counts anew after a break", async () => {
  const isThere = (nowMs: number) => (nowMs >= 100 && nowMs < 300) || nowMs >= 400 || undefined;
  let settledMs = NaN;
  const { clock, looksMs, result } = waiting(isThere, {
    pollMs: 100,
    holdMs: 250,
    timeoutMs: 1_000,
    onSettled: (atMs) => settledMs = atMs,
  });
  await clock.advance(2_000);
  assert.equal(await result, true);
  assert.equal(settledMs, 400);
  assert.deepEqual(looksMs, [0, 100, 200, 300, 400, 500, 600, 650]);
});

Deno.test("until() holds to the end what came in time, and gives up what breaks after it", async () => {
  const options = { pollMs: 100, holdMs: 300, timeoutMs: 250 };
  const held = waiting((nowMs) => nowMs >= 200 || undefined, options);
  await held.clock.advance(1_000);
  assert.equal(await held.result, true);
  assert.equal(held.looksMs.at(-1), 500);
  const broken = waiting((nowMs) => (nowMs >= 200 && nowMs < 400) || undefined, options);
  await broken.clock.advance(1_000);
  await assert.rejects(broken.result, { reason: "stalled" });
  assert.equal(broken.looksMs.at(-1), 400);
});

Deno.test("until() ends with the signal's reason, however it would be woken", async () => {
  for (const woken of [undefined, new Bell().woken]) {
    const stop = new AbortController();
    const { clock, looksMs, result } = waiting(() => undefined, {
      pollMs: 100,
      timeoutMs: Infinity,
      signal: stop.signal,
      ...(woken && { woken }),
    });
    await clock.advance(150);
    stop.abort(new Error("stopped"));
    await assert.rejects(result, { message: "stopped" });
    assert.deepEqual(looksMs, [0, 100]);
    assert.equal(clock.sleeperCount, 0);
  }
});

Deno.test("until() passes on what a look throws, and stops listening", async () => {
  const bell = new Bell();
  const fail = () => {
    throw new TypeError("defect");
  };
  const { result } = waiting<never>(fail, { pollMs: 1, timeoutMs: 1, woken: bell.woken });
  await assert.rejects(result, TypeError);
  assert.equal(bell.listeners.size, 0);
});
