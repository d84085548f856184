import assert from "node:assert/strict";
import fc from "fast-check";
import { yieldToEventLoop } from "../../../core/load/clock.ts";
import { simulate } from "../../../core/load/simulate.ts";
import { VirtualClock } from "../../../core/load/virtual_clock.ts";
import { CannotRunError } from "../../../core/errors.ts";

Deno.test("a simulation takes a year without waiting, and its clock says so", async () => {
  const clock = new VirtualClock(5, { wallStart: "2026-03-01T00:00:00Z" });
  const yearMs = 365 * 86_400_000;
  const result = await simulate(clock, async () => {
    await clock.sleepUntil(5 + yearMs);
    return "over";
  }, { limitMs: Infinity });
  assert.equal(result, "over");
  assert.equal(clock.now(), 5 + yearMs);
  assert.equal(clock.wallNow().toISOString(), "2027-03-01T00:00:00.000Z");
});

Deno.test("sleepers of a simulation wake in the order of their times, each at its own", async () => {
  const times = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 40 });
  await fc.assert(fc.asyncProperty(times, async (dueMs) => {
    const clock = new VirtualClock();
    const woken: { atMs: number; index: number }[] = [];
    await simulate(clock, () =>
      Promise.all(dueMs.map(async (atMs, index) => {
        await clock.sleepUntil(atMs);
        assert.equal(clock.now(), atMs);
        woken.push({ atMs, index });
      })));
    const inOrder = woken.toSorted((one, other) =>
      one.atMs - other.atMs || one.index - other.index
    );
    assert.deepEqual(woken, inOrder);
  }));
});

Deno.test("what a wake-up starts is over before time goes on, streams and yields included", async () => {
  const clock = new VirtualClock();
  const seenMs: number[] = [];
  await simulate(clock, async () => {
    const ticking = new AbortController();
    const ticks = (async () => {
      for (let atMs = 1; !ticking.signal.aborted; atMs++) {
        await clock.sleepUntil(atMs, ticking.signal);
      }
    })();
    await clock.sleepUntil(10);
    for (let turn = 0; turn < 5; turn++) await yieldToEventLoop();
    const bytes = ReadableStream.from(Array.from({ length: 100 }, () => new Uint8Array([97, 10])));
    const lines = bytes.pipeThrough(new TextDecoderStream());
    const answer = new Response(
      new ReadableStream({
        async start(controller) {
          for await (const text of lines) controller.enqueue(new TextEncoder().encode(text));
          controller.close();
        },
      }),
    );
    assert.equal((await answer.text()).length, 200);
    seenMs.push(clock.now());
    ticking.abort();
    await ticks;
  });
  assert.deepEqual(seenMs, [10]);
});

Deno.test("time stands still while the clock is held, however long that takes", async () => {
  const clock = new VirtualClock();
  const file = await Deno.makeTempFile();
  try {
    await simulate(clock, async () => {
      const ticking = new AbortController();
      const ticks = (async () => {
        while (!ticking.signal.aborted) {
          await clock.sleepUntil(clock.now() + 1, ticking.signal);
        }
      })();
      await clock.sleepUntil(10);
      {
        using _inner = clock.hold();
        using outer = clock.hold();
        await Deno.writeTextFile(file, "outside of this thread");
        outer[Symbol.dispose]();
        await Deno.readTextFile(file);
        assert.equal(clock.now(), 10);
      }
      await clock.sleepUntil(20);
      ticking.abort();
      await ticks;
    });
  } finally {
    await Deno.remove(file);
  }
  assert.equal(clock.now(), 20);
});

Deno.test("a hold counts once, however often it is given back", async () => {
  const clock = new VirtualClock();
  const one = clock.hold();
  const other = clock.hold();
  one[Symbol.dispose]();
  one[Symbol.dispose]();
  let hasSettled = false;
  const settled = clock.settle().then(() => hasSettled = true);
  for (let turn = 0; turn < 50; turn++) await yieldToEventLoop();
  assert.equal(hasSettled, false);
  other[Symbol.dispose]();
  await settled;
});

Deno.test("a simulation in which nobody sleeps ends with an error that says when that was", async () => {
  const clock = new VirtualClock();
  const work = async () => {
    await clock.sleepUntil(90_000);
    await new Promise(() => {});
  };
  await assert.rejects(simulate(clock, work, { deadlockMs: 1 }), {
    name: "CannotRunError",
    message: "The simulation stands still after 1m30s of its own time: nobody waits for a time, " +
      "and what it waits for instead does not come",
  });
});

Deno.test("a simulation that only ticks ends at its limit", async () => {
  const clock = new VirtualClock();
  const work = async () => {
    for (;;) await clock.sleepUntil(clock.now() + 1_000);
  };
  await assert.rejects(simulate(clock, work, { limitMs: 60_000 }), {
    name: "CannotRunError",
    message: "The simulation did not end within 1m0s of its own time",
  });
});

Deno.test("who asks to be called at once for ever is told that time stands still", async () => {
  const clock = new VirtualClock();
  const again = () => void clock.callAt(clock.now(), again);
  again();
  await assert.rejects(simulate(clock, () => clock.sleepUntil(1)), /Time stands still at 0/);
});

Deno.test("what a simulation's work throws is thrown, and sleepers left over hold up nothing", async () => {
  const clock = new VirtualClock();
  const work = async () => {
    void clock.sleepUntil(1e12);
    await clock.sleepUntil(10);
    throw new CannotRunError("no");
  };
  await assert.rejects(simulate(clock, work), { message: "no" });
  assert.equal(clock.now(), 10);
});
