import { deepStrictEqual } from "node:assert/strict";
import { SilenceWatchdog } from "../../httperf/silence_watchdog.ts";
import { FakeClock } from "../support/fake_clock.ts";

function watching(ownLagMs: (fromMs: number, toMs: number) => number = () => 0) {
  const clock = new FakeClock();
  const stop = new AbortController();
  const options = { timeoutMs: 100, stopping: stop.signal, ownLagMs };
  const watchdog = new SilenceWatchdog(clock, options);
  const state = () => [watchdog.signal.aborted, watchdog.isSilent];
  return { clock, stop, watchdog, state };
}

Deno.test("silence for the timeout cuts the request off", async () => {
  const { clock, watchdog, state } = watching();
  await clock.advance(99);
  deepStrictEqual(state(), [false, false]);
  await clock.advance(1);
  deepStrictEqual(state(), [true, true]);
  watchdog[Symbol.dispose]();
});

Deno.test("every sign of life starts the timeout again", async () => {
  const { clock, watchdog, state } = watching();
  for (let turn = 0; turn < 5; turn++) {
    await clock.advance(90);
    watchdog.heard(clock.now());
  }
  deepStrictEqual(state(), [false, false]);
  await clock.advance(100);
  deepStrictEqual(state(), [true, true]);
  watchdog[Symbol.dispose]();
});

Deno.test("while our own loop is away nothing is silent", async () => {
  const { clock, watchdog, state } = watching((_fromMs, toMs) => Math.min(50, toMs));
  await clock.advance(149);
  deepStrictEqual(state(), [false, false]);
  await clock.advance(1);
  deepStrictEqual(state(), [true, true]);
  watchdog[Symbol.dispose]();
});

Deno.test("the end of the run cuts the request off, and that is no silence", async () => {
  const { clock, stop, watchdog, state } = watching();
  stop.abort();
  deepStrictEqual(state(), [true, false]);
  watchdog[Symbol.dispose]();
  await clock.advance(200);
  deepStrictEqual(state(), [true, false]);
});

Deno.test("a finished request is watched no more", async () => {
  const { clock, stop, watchdog, state } = watching();
  watchdog[Symbol.dispose]();
  await clock.advance(200);
  stop.abort();
  deepStrictEqual(state(), [false, false]);
  deepStrictEqual(clock.sleeperCount, 0);
});
