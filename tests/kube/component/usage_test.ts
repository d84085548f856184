import assert from "node:assert/strict";
import { OperationFailedError } from "../../../core/errors.ts";
import { Recorder } from "../../../core/measure/recorder.ts";
import { type Usage, usageMeasures, watchUsage } from "../../../kube/component/usage.ts";
import { FakeClock } from "../../support/fake_clock.ts";

const PERIOD_MS = 10_000;

function cpu(process: string, cpuSeconds: number): Usage {
  return { levels: {}, totals: new Map([[process, { cpuSeconds }]]) };
}

/** Reads each of these in turn, the last one again and again. */
async function watch(readings: readonly (Usage | Error)[], { periods = readings.length - 1 } = {}) {
  const clock = new FakeClock();
  const recorder = new Recorder({ startMs: 0 });
  const warnings: string[] = [];
  let turn = 0;
  const read = () => {
    const reading = readings[Math.min(turn++, readings.length - 1)]!;
    return reading instanceof Error ? Promise.reject(reading) : Promise.resolve(reading);
  };
  const options = { clock, recorder, periodMs: PERIOD_MS };
  {
    await using _ = watchUsage([{ name: "x", read }], {
      ...options,
      warn: (message) => warnings.push(message),
    });
    await clock.advance(periods * PERIOD_MS);
  }
  assert.equal(clock.sleeperCount, 0);
  const [interval] = recorder.rotate(clock.now());
  const gauges = Object.fromEntries(
    (interval?.gauges ?? []).map(({ name, tags, count, sum, last }) => {
      assert.deepEqual(tags, { component: "x" });
      return [name, { count, sum, last }];
    }),
  );
  return { gauges, counters: interval?.counters ?? [], warnings, turns: turn };
}

Deno.test("levels are gauges by component, from the first reading on", async () => {
  const levels = { cpuCores: 0.5, memoryBytes: 7, goroutines: 3, heapBytes: undefined };
  const { gauges, turns } = await watch([{ levels }], { periods: 2 });
  assert.equal(turns, 3);
  assert.deepEqual(gauges, {
    componentCpuCores: { count: 3, sum: 1.5, last: 0.5 },
    componentMemoryBytes: { count: 3, sum: 21, last: 7 },
    componentGoroutines: { count: 3, sum: 9, last: 3 },
  });
});

Deno.test("CPU time is a rate over the time between two readings of the same process", async () => {
  const { gauges } = await watch([cpu("p", 100), cpu("p", 115), cpu("p", 120)]);
  assert.deepEqual(gauges, { componentCpuCores: { count: 2, sum: 2, last: 0.5 } });
});

Deno.test("a process that began anew, by its start or by its count, says nothing until the next reading", async () => {
  const restarted = await watch([cpu("p", 100), cpu("q", 500), cpu("q", 505)]);
  assert.deepEqual(restarted.gauges, { componentCpuCores: { count: 1, sum: 0.5, last: 0.5 } });
  const fell = await watch([cpu("p", 100), cpu("p", 1), cpu("p", 6)]);
  assert.deepEqual(fell.gauges, { componentCpuCores: { count: 1, sum: 0.5, last: 0.5 } });
});

Deno.test("replicas that answer in turn behind one address are not taken for each other", async () => {
  const { gauges } = await watch([cpu("p", 10), cpu("q", 900), cpu("p", 30), cpu("q", 920)]);
  assert.deepEqual(gauges, { componentCpuCores: { count: 2, sum: 2, last: 1 } });
});

Deno.test("throttling is the share of the periods in which it ran, over all containers", async () => {
  const of = (...all: readonly [number, number][]): Usage => ({
    levels: {},
    totals: new Map(
      all.map(([periods, throttledPeriods], k) => [`c${k}`, { periods, throttledPeriods }]),
    ),
  });
  const { gauges } = await watch([of([100, 50], [0, 0]), of([150, 60], [50, 15]), of([150, 60])]);
  assert.deepEqual(gauges, { componentThrottledRatio: { count: 1, sum: 0.25, last: 0.25 } });
});

Deno.test("a reading that fails is counted each time and told once", async () => {
  const refused = new OperationFailedError("connection-refused", "nobody there");
  const { gauges, counters, warnings } = await watch([refused, refused, cpu("p", 1), cpu("p", 2)]);
  assert.deepEqual(counters, [{ name: "componentFailures", tags: { component: "x" }, value: 2 }]);
  assert.deepEqual(warnings, ["CPU and memory of x could not be read: nobody there"]);
  assert.deepEqual(gauges["componentCpuCores"]?.count, 1);
});

Deno.test("a reading that hangs holds up nothing, and its end by disposal is no failure", async () => {
  const clock = new FakeClock();
  const recorder = new Recorder({ startMs: 0 });
  let begun = 0;
  const read = (signal: AbortSignal) => {
    begun++;
    return new Promise<Usage>((_, reject) =>
      signal.addEventListener("abort", () => reject(signal.reason))
    );
  };
  const watching = watchUsage([{ name: "x", read }], {
    clock,
    recorder,
    periodMs: PERIOD_MS,
    warn: assert.fail,
  });
  await clock.advance(5 * PERIOD_MS);
  await watching[Symbol.asyncDispose]();
  assert.equal(begun, 1);
  assert.deepEqual(recorder.rotate(clock.now()), []);
});

Deno.test("what can be measured is said before: nothing of nobody", () => {
  assert.deepEqual(usageMeasures([]), { counters: [], others: [] });
  const { counters, others } = usageMeasures([{ name: "a" }]);
  assert.deepEqual(counters, [{ name: "componentFailures", tags: { component: "a" } }]);
  assert.equal(others.length, 5);
});
