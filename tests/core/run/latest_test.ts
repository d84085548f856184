import assert from "node:assert/strict";
import type { Interval } from "../../../core/measure/interval.ts";
import { Latest } from "../../../core/run/latest.ts";

/** One second of a generator, with so much received in it. */
function second(generator: number, number: number, value: number): Interval {
  const startMs = number * 1_000 + generator * 7;
  return {
    ...{ generator, startMs, endMs: startMs + 1_000, phase: "measured", stage: 0 },
    ...{ operations: [], distributions: [], gauges: [] },
    counters: [{ name: "received", value }],
  };
}

const received = (latest: Latest) => latest.second.counter("received");

Deno.test("a second of several generators is shown once all have told of it, and by itself", () => {
  const latest = new Latest({ hasGenerators: true });
  latest.add(second(0, 0, 1));
  latest.add(second(0, 1, 2));
  latest.add(second(1, 0, 10));
  latest.toldSeconds = 1;
  latest.showTold();
  assert.equal(received(latest), 11);
  assert.equal(latest.parts.length, 1);
  latest.clear();
  latest.showTold();
  assert.equal(received(latest), 11, "who watches has the latest there is");
  assert.equal(latest.parts.length, 0, "but nothing is new");
  latest.add(second(1, 1, 20));
  latest.add(second(0, 2, 3));
  latest.add(second(1, 2, 30));
  latest.toldSeconds = 3;
  latest.showTold();
  assert.equal(received(latest), 33);
  assert.deepEqual(latest.parts.map(({ totals }) => totals.counter("received")), [22, 33]);
});

Deno.test("what is told of a second that was shown already is new, too", () => {
  const latest = new Latest({ hasGenerators: true });
  latest.toldSeconds = 1;
  latest.add(second(0, 0, 1));
  latest.showTold();
  latest.clear();
  latest.add(second(1, 0, 10));
  latest.showTold();
  assert.deepEqual(latest.parts.map(({ totals }) => totals.counter("received")), [10]);
});
