import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { JoinTimes, timeStatsOf } from "../../../../kube/sample_log/join/times.ts";

Deno.test("statsOf() gives exact figures, and no quantile that the values cannot support", () => {
  strictEqual(timeStatsOf([]), null);
  deepStrictEqual(timeStatsOf([7]), {
    ...{ count: 1, negative: 0, min: 7, p50: null, p90: null, p99: null, max: 7, mean: 7 },
  });
  deepStrictEqual(timeStatsOf([3, -1, 0, -5]), {
    ...{ count: 4, negative: 2, min: -5, p50: -1, p90: null, p99: null, max: 3, mean: -0.75 },
  });
  const upTo = (count: number) =>
    timeStatsOf(Array.from({ length: count }, (_, index) => count - index));
  strictEqual(upTo(9)?.p90, null);
  strictEqual(upTo(10)?.p90, 9);
  strictEqual(upTo(99)?.p99, null);
  strictEqual(upTo(100)?.p99, 99);
  strictEqual(upTo(100)?.p50, 50);
});

Deno.test("statsOf() agrees with counting", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -50, max: 1_000 }), { minLength: 2 }), (values) => {
      const stats = timeStatsOf(values);
      const p50 = Math.min(
        ...values.filter((value) =>
          2 * values.filter((one) => one <= value).length >= values.length
        ),
      );
      strictEqual(stats?.p50, p50);
      strictEqual(stats?.min, Math.min(...values));
      strictEqual(stats?.max, Math.max(...values));
      strictEqual(stats?.negative, values.filter((value) => value < 0).length);
    }),
  );
});

Deno.test("JoinTimes measures each time from and to the instants that its name says", () => {
  const times = new JoinTimes();
  const write = { beforeMs: 100, afterMs: 120, op: "create", name: "a", error: "" } as const;
  const event = { op: "create", enqueueMs: 115, dequeueMs: 155, isDuplicate: false } as const;
  times.addWrite(write);
  times.addPair(write, event);
  const figures = (all: ReturnType<JoinTimes["stats"]>) =>
    Object.fromEntries(
      Object.entries(all).map(([name, one]) => [name, one && [one.count, one.max]]),
    );
  deepStrictEqual(figures(times.stats()), {
    "write": [1, 20],
    "sent-to-notified": [1, 15],
    "done-to-notified": [1, -5],
    "queued": [1, 40],
    "sent-to-dequeued": [1, 55],
  });
  times.addPair(write, { ...event, enqueueMs: null, dequeueMs: 200 });
  deepStrictEqual(figures(times.stats())["sent-to-dequeued"], [2, 100]);
  deepStrictEqual(figures(times.stats())["queued"], [1, 40], "when it came is not known");
  strictEqual(new JoinTimes().stats().write, null);
});
