import assert from "node:assert/strict";
import { Histogram } from "../../../core/measure/histogram.ts";
import type { Interval } from "../../../core/measure/interval.ts";
import { Recorder } from "../../../core/measure/recorder.ts";
import {
  type ProcessUsage,
  readProcessUsage,
  SelfMonitor,
} from "../../../core/run/self_monitor.ts";
import { FakeClock } from "../../support/fake_clock.ts";

const START_MS = 1_000_000;

/** A monitor over a process that uses what `usage` says at the time. */
function monitored(
  options: { usage?: ProcessUsage; signal?: AbortSignal; loopLagIntervalMs?: number } = {},
) {
  const clock = new FakeClock(START_MS);
  const recorder = new Recorder({ startMs: START_MS });
  const usage = options.usage ?? { cpuMs: 500, rssBytes: 1_000, heapUsedBytes: 100 };
  const { signal } = options;
  const monitor = new SelfMonitor({
    clock,
    recorder,
    readUsage: () => usage,
    loopLagIntervalMs: options.loopLagIntervalMs,
    ...signal === undefined ? {} : { signal },
  });
  return { clock, recorder, usage, monitor };
}

function only(intervals: Interval[]): Interval {
  const [interval] = intervals;
  assert.ok(interval);
  assert.equal(intervals.length, 1);
  return interval;
}

function loopLag(interval: Interval): Histogram {
  const series = interval.distributions.find(({ name }) => name === "loopLag");
  assert.equal(series?.unit, "time");
  return Histogram.decode(series.histogram);
}

function gauges(interval: Interval): Record<string, [number, number]> {
  return Object.fromEntries(interval.gauges.map(({ name, last, count }) => [name, [last, count]]));
}

Deno.test("an event loop in time shows no lag, measured every 19 ms", async () => {
  const { clock, recorder, monitor } = monitored();
  await clock.advance(999);
  const lag = loopLag(only(recorder.rotate(clock.now())));
  assert.deepEqual([lag.count, lag.max], [52, 0]);
  await monitor.close();
});

Deno.test("a load of few long operations has its event loop looked at as often as it asks", async () => {
  const { clock, recorder, monitor } = monitored({ loopLagIntervalMs: 97 });
  await clock.advance(999);
  assert.equal(loopLag(only(recorder.rotate(clock.now()))).count, 10);
  await monitor.close();
});

Deno.test("a stall is recorded for each wake-up that fell into it", async () => {
  const { clock, recorder, monitor } = monitored();
  await clock.settle();
  clock.stall(190);
  await clock.advance(0);
  const lag = loopLag(only(recorder.rotate(clock.now())));
  // Due at 19, 38 ... 190 ms, all awake at 190 ms: late by 171, 152 ... 0 ms.
  assert.equal(lag.count, 10);
  assert.deepEqual([lag.min, lag.mean, lag.max], [0, 85_500, 171_000]);
  await monitor.close();
});

Deno.test("CPU and memory are read once a second, CPU as seconds per second", async () => {
  const { clock, recorder, usage, monitor } = monitored();
  await clock.advance(1_000);
  // The first wake-up after a full second is the one at 53 * 19 = 1007 ms.
  assert.deepEqual(gauges(only(recorder.rotate(clock.now()))), {});
  Object.assign(usage, { cpuMs: 500 + 1_510.5, rssBytes: 2_000, heapUsedBytes: 200 });
  await clock.advance(7);
  assert.deepEqual(gauges(only(recorder.rotate(clock.now()))), {
    cpuRatio: [1.5, 1],
    rssBytes: [2_000, 1],
    heapUsedBytes: [200, 1],
  });
  await clock.advance(10_000);
  assert.deepEqual(gauges(only(recorder.rotate(clock.now()))).cpuRatio, [0, 9]);
  await monitor.close();
});

Deno.test("after a stall CPU is read once, over the whole of it", async () => {
  const { clock, recorder, usage, monitor } = monitored();
  await clock.settle();
  clock.stall(4_000);
  usage.cpuMs += 4_000;
  await clock.advance(0);
  assert.deepEqual(gauges(only(recorder.rotate(clock.now()))).cpuRatio, [1, 1]);
  await monitor.close();
});

Deno.test("a run shorter than a second is read at its end", async () => {
  const { clock, recorder, usage, monitor } = monitored();
  await clock.advance(400);
  usage.cpuMs += 100;
  await monitor.close();
  assert.deepEqual(gauges(only(recorder.rotate(clock.now()))).cpuRatio, [0.25, 1]);
});

Deno.test("a run too short for a CPU figure has none", async () => {
  const { clock, recorder, usage, monitor } = monitored();
  await clock.advance(99);
  usage.cpuMs += 100;
  await monitor.close();
  assert.deepEqual(gauges(only(recorder.rotate(clock.now()))), {});
});

for (const way of ["close", "signal", "await using"]) {
  Deno.test(`nothing is recorded and nobody sleeps after the end by ${way}`, async () => {
    const ending = new AbortController();
    const { clock, recorder, monitor } = monitored({ signal: ending.signal });
    await clock.advance(2_000);
    recorder.rotate(clock.now());
    assert.equal(clock.sleeperCount, 1);
    if (way === "signal") ending.abort();
    if (way === "close") await monitor.close();
    if (way === "await using") {
      await using disposed = monitor;
      assert.ok(disposed);
    }
    await clock.settle();
    assert.equal(clock.sleeperCount, 0);
    await clock.advance(5_000);
    assert.deepEqual(recorder.rotate(clock.now()), []);
    await monitor.close();
  });
}

Deno.test("the process's own readings are of this process, and its CPU time grows with work", () => {
  const before = readProcessUsage();
  let hash = 1;
  while (readProcessUsage().cpuMs < before.cpuMs + 20) {
    for (let i = 0; i < 1e6; i++) hash = (hash * 31 + i) | 0;
  }
  const after = readProcessUsage();
  assert.ok(after.cpuMs >= before.cpuMs + 20, String(hash));
  assert.ok(after.heapUsedBytes > 1e6, `heap of ${after.heapUsedBytes} bytes`);
  assert.ok(after.rssBytes > after.heapUsedBytes, `rss of ${after.rssBytes} bytes`);
});
