import assert from "node:assert/strict";
import { OperationFailedError } from "../../../../core/errors.ts";
import { judgeGrowth, type WalSeen, WalWatch } from "../../../../watchers/steve/wal/wal_watch.ts";
import { testRun } from "../../support.ts";

/** Looks once a second; each look takes the next reading of each replica. */
function watching(readings: Readonly<Record<string, readonly (number | Error)[]>> | Error) {
  const test = testRun();
  let turn = -1;
  const replicas = () => {
    turn++;
    if (readings instanceof Error) return Promise.reject(readings);
    return Promise.resolve(
      Object.entries(readings).map(([name, values]) => ({
        name,
        readBytes: () => {
          const value = values[turn]!;
          return value instanceof Error ? Promise.reject(value) : Promise.resolve(value);
        },
      })),
    );
  };
  const watch = new WalWatch(test.run, { probe: { replicas }, periodMs: 1_000 });
  const ended = watch.run();
  const end = async () => {
    test.run.stop("duration");
    await ended;
    return test.totals();
  };
  return { watch, end, clock: test.clock };
}

const MISSING = new OperationFailedError("not-found", "no file");

Deno.test("each replica has a gauge of its own, and one that fails is no 0", async () => {
  const { watch, end, clock } = watching({ a: [100, 300, 200], b: [50, MISSING, 70] });
  await clock.advance(2_500);
  const totals = await end();
  const gauge = (replica: string) => {
    const { last, max, min, count } = totals.gauge("walBytes", { replica })!;
    return { last, max, min, count };
  };
  assert.deepEqual(gauge("a"), { last: 200, max: 300, min: 100, count: 3 });
  assert.deepEqual(gauge("b"), { last: 70, max: 70, min: 50, count: 2 });
  assert.equal(totals.operation("walCheck", { replica: "a" })?.ok, 3);
  assert.deepEqual(totals.operation("walCheck", { replica: "b" })?.failed, { "not-found": 1 });
  assert.deepEqual(watch.seen.map(({ replica, maxBytes }) => [replica, maxBytes]), [
    ["a", 300],
    ["b", 70],
  ]);
});

Deno.test("no replica at all is one check that failed", async () => {
  const { watch, end, clock } = watching(MISSING);
  await clock.advance(1_500);
  const totals = await end();
  assert.deepEqual(totals.operation("walCheck")?.failed, { "not-found": 2 });
  assert.equal(totals.gauge("walBytes"), undefined);
  assert.deepEqual(watch.seen, []);
});

Deno.test("growth counts from the last look before the end of the churn", async () => {
  const { watch, end, clock } = watching({ a: [100, 300, 350, 900] });
  await clock.advance(1_500);
  watch.churnEnded();
  await clock.advance(2_000);
  await end();
  assert.deepEqual(watch.seen, [{
    replica: "a",
    maxBytes: 900,
    lastBytes: 900,
    atChurnEndBytes: 300,
    looksAfterChurn: 2,
  }]);
});

Deno.test("the verdict on growth", () => {
  const seen = (more: Partial<WalSeen>): WalSeen => ({
    replica: "a",
    maxBytes: 0,
    lastBytes: 1_000,
    atChurnEndBytes: 1_000,
    looksAfterChurn: 1,
    ...more,
  });
  const cases: readonly [readonly WalSeen[], string, string | null][] = [
    [[], "inconclusive", null],
    [[seen({ looksAfterChurn: 0 })], "inconclusive", null],
    [[seen({ atChurnEndBytes: undefined })], "inconclusive", null],
    [[seen({})], "pass", "0 B (a)"],
    [[seen({ lastBytes: 1_100 })], "pass", "100 B (a)"],
    [[seen({}), seen({ replica: "b", lastBytes: 1_101 })], "fail", "101 B (b)"],
  ];
  for (const [all, verdict, observed] of cases) {
    const finding = judgeGrowth(all, { slackBytes: 100 });
    assert.deepEqual([finding.verdict, finding.observed], [verdict, observed]);
  }
});
