import assert from "node:assert/strict";
import { CannotRunError } from "../../core/errors.ts";
import { ScaletestMetrics } from "../../watchers/scaletest_metrics.ts";
import { added, listed, SILENCE, watched } from "../support/scripted_cluster.ts";
import { TempDir } from "../support/scaletool.ts";
import { configMap, start } from "./logger_support.ts";
import { type TestRun, testRun, warnings } from "./support.ts";

Deno.test("rows from before the run's beginning are in the file, and in no figure", async () => {
  await using dir = new TempDir();
  const test = testRun();
  const path = `${dir.path}/log.csv`;
  const { logger: starting } = start(test, [
    listed(1, [configMap("old", { rv: 1 })]),
    watched(
      { pauseMs: 50 },
      added(configMap("early", { rv: 2, created: 5_040 })),
      { pauseMs: 50 },
      added(configMap("late", { rv: 3, created: 5_090 })),
      SILENCE,
    ),
  ], { csv: { path, dialect: "go", hasDiff: true } });
  await test.clock.advance(60);
  const logger = await starting;
  test.run.begin();
  await test.clock.advance(100);
  await logger.stop();
  const time = "2026-01-01 00:00:00";
  assert.deepEqual(Deno.readTextFileSync(path).split("\n"), [
    `${time}.000,create,"ns/old",${time},1,0,0,${time}.000,${time}.000,3`,
    `${time}.050,create,"ns/early",${time},1,0,0,${time}.050,${time}.050,3`,
    `${time}.100,create,"ns/late",${time},1,0,0,${time}.100,${time}.100,3`,
    "",
  ]);
  const totals = test.totals();
  assert.equal(totals.counter("rows"), 1);
  assert.equal(totals.distribution("createLatency")?.histogram.count, 1);
});

Deno.test("the file has a header, nine columns where no difference is told, and is there within a second", async () => {
  await using dir = new TempDir();
  const test = testRun();
  const path = `${dir.path}/log.csv`;
  const { logger: starting } = start(test, [
    listed(1, []),
    watched({ pauseMs: 50 }, added(configMap("a", { rv: 2 })), SILENCE),
  ], { compare: false, csv: { path, dialect: "rfc4180", hasDiff: false } });
  await test.clock.advance(0);
  const logger = await starting;
  await test.clock.advance(999);
  const header = "dequeueTime,op,object,creationTimestamp,queuedAdds,queuedUpdates,queuedDeletes," +
    "firstEnqueue,lastEnqueue\n";
  assert.equal(Deno.readTextFileSync(path), header);
  await test.clock.advance(1);
  const time = "2026-01-01 00:00:00";
  const row = `${time}.050,create,ns/a,${time},1,0,0,${time}.050,${time}.050\n`;
  assert.equal(Deno.readTextFileSync(path), header + row);
  await logger.stop();
  assert.equal(Deno.readTextFileSync(path), header + row);
});

Deno.test("a file that cannot be made ends the start before anything is asked of the cluster", async () => {
  const test = testRun();
  const csv = { path: "/no/such/folder/log.csv", dialect: "go", hasDiff: true } as const;
  const { cluster, logger } = start(test, [], { csv });
  await assert.rejects(logger, CannotRunError);
  assert.deepEqual(cluster.calls, []);
  assert.equal(test.clock.sleeperCount, 0);
});

/** A logger that sees `negative` of 200 creations before their client says that it sent them. */
async function skewed(negative: number): Promise<TestRun> {
  const test = testRun();
  const actions = Array.from({ length: 200 }, (_, index) => {
    const created = 5_050 + (index < negative ? 7 : -3);
    return added(configMap(`a${index}`, { rv: index + 2, created }));
  });
  const { logger: starting } = start(test, [
    listed(1, []),
    watched({ pauseMs: 50 }, ...actions, SILENCE),
  ]);
  await test.clock.advance(0);
  const logger = await starting;
  test.run.begin();
  await test.clock.advance(500);
  await logger.stop();
  return test;
}

Deno.test("more than 1 % of negative latencies is a warning that names the skew; up to that they are counted", async () => {
  const few = await skewed(2);
  assert.equal(few.totals().counter("negativeLatencies"), 2);
  assert.deepEqual(warnings(few.records), []);
  const many = await skewed(3);
  assert.equal(many.totals().counter("negativeLatencies"), 3);
  assert.deepEqual(warnings(many.records), ["clock-skew"]);
  assert.match(
    many.lines.at(-1)!,
    /^WARNING: 1\.5 % of 200 latencies are negative \(median 3ms\): .* at least 7ms behind/,
  );
});

Deno.test("verbosity 4 says each event and each latency, 5 each resourceVersion, 3 neither", async () => {
  for (
    const [verbosity, lines] of [
      [3, []],
      [4, ["add ns/a", "create of ns/a known after 10ms"]],
      [5, ["add ns/a", "ns/a resourceVersion 2", "create of ns/a known after 10ms"]],
    ] as const
  ) {
    const test = testRun();
    const { logger: starting } = start(test, [
      listed(1, []),
      watched({ pauseMs: 50 }, added(configMap("a", { rv: 2, created: 5_040 })), SILENCE),
    ], { verbosity });
    await test.clock.advance(60);
    const logger = await starting;
    await logger.stop();
    assert.deepEqual(test.lines.slice(1), lines);
  }
});

Deno.test("the original's metrics see every turn and every resourceVersion", async () => {
  const test = testRun();
  const metrics = new ScaletestMetrics({ plural: "configmaps", logger: "10.0.0.7", compat: true });
  const { logger: starting } = start(test, [
    listed(1, [configMap("old", { rv: 70 })]),
    watched({ pauseMs: 50 }, added(configMap("a", { rv: 90, created: 5_040 })), SILENCE),
  ], { metrics });
  await test.clock.advance(60);
  const logger = await starting;
  await logger.stop();
  const label = '{logger="10.0.0.7"}';
  const page = metrics.render().split("\n");
  assert.ok(page.includes(`scaletest_configmaps_resourceVersion${label} 90`));
  assert.ok(page.includes(`scaletest_configmaps_create_latency_seconds_count${label} 1`));
});
