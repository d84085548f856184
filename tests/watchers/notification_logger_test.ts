import assert from "node:assert/strict";
import { StatusError } from "../../kube/status_error.ts";
import {
  added,
  bookmark,
  deleted,
  listed,
  modified,
  SILENCE,
  status,
  watched,
} from "../support/scripted_cluster.ts";
import { configMap, start } from "./logger_support.ts";
import { counters, testRun, warnings } from "./support.ts";

const ROW_COUNTERS = ["rows", "notifications", "creates", "updates", "deletes", "collapsed"];

Deno.test("startNotificationLogger() resolves when the first list is worked off, and counts none of it", async () => {
  const test = testRun();
  const items = [configMap("a", { rv: 1, created: 100 }), configMap("b", { rv: 2 })];
  const { logger: starting } = start(test, [
    listed(2, items, { afterMs: 40 }),
    watched({ pauseMs: 1_000 }, SILENCE),
  ]);
  await test.clock.advance(39);
  assert.deepEqual(test.lines, []);
  await test.clock.advance(1);
  const logger = await starting;
  test.run.begin();
  assert.equal(logger.population, 2);
  assert.deepEqual(test.lines, ["2 configmaps listed in 40ms"]);
  await test.clock.advance(1_000);
  const totals = test.totals();
  assert.deepEqual(counters(totals, ["rows", "lists", "watches", "relists"]), {
    rows: undefined,
    lists: 1,
    watches: 1,
    relists: undefined,
  });
  assert.equal(totals.distribution("createLatency"), undefined);
  assert.equal(totals.gauge("observedPopulation")?.last, 2);
  assert.equal(totals.gauge("queueLength")?.last, 0);
  await logger.stop();
  assert.equal(test.clock.sleeperCount, 0);
});

Deno.test("a life of create, update and delete is measured from the client's annotations", async () => {
  const test = testRun();
  const { logger: starting } = start(test, [
    listed(1, []),
    watched(
      { pauseMs: 100 },
      added(configMap("a", { rv: 2, created: 5_070 })),
      { pauseMs: 100 },
      modified(configMap("a", { rv: 3, created: 5_070, updated: 5_180 })),
      { pauseMs: 100 },
      deleted(configMap("a", { rv: 4, created: 5_070, updated: 5_180 })),
      bookmark(9),
      SILENCE,
    ),
  ]);
  await test.clock.advance(0);
  const logger = await starting;
  test.run.begin();
  await test.clock.advance(1_000);
  await logger.stop();
  const totals = test.totals();
  assert.deepEqual(counters(totals, [...ROW_COUNTERS, "bookmarks", "negativeLatencies"]), {
    rows: 3,
    notifications: 3,
    creates: 1,
    updates: 1,
    deletes: 1,
    collapsed: undefined,
    bookmarks: 1,
    negativeLatencies: undefined,
  });
  const us = (name: string, tags = {}) => {
    const { count, min, max } = totals.distribution(name, tags)!.histogram;
    return [count, min, max];
  };
  assert.deepEqual(us("createLatency"), [1, 30_000, 30_000]);
  assert.deepEqual(us("updateLatency"), [1, 20_000, 20_000]);
  assert.deepEqual(us("notificationDelay", { op: "create" }), [1, 30_000, 30_000]);
  assert.deepEqual(us("notificationDelay", { op: "update" }), [1, 20_000, 20_000]);
  assert.deepEqual(us("queueDelay"), [3, 0, 0]);
  assert.deepEqual(warnings(test.records), []);
});

Deno.test("a notification without a change is a duplicate and counts as no update", async () => {
  const test = testRun();
  const { logger: starting } = start(test, [
    listed(1, [configMap("old", { rv: 1 })]),
    watched({ pauseMs: 50 }, modified(configMap("old", { rv: 1 })), SILENCE),
  ]);
  await test.clock.advance(0);
  const logger = await starting;
  test.run.begin();
  await test.clock.advance(100);
  await logger.stop();
  assert.deepEqual(counters(test.totals(), [...ROW_COUNTERS, "duplicates"]), {
    rows: 1,
    notifications: 1,
    creates: undefined,
    updates: undefined,
    deletes: undefined,
    collapsed: undefined,
    duplicates: 1,
  });
});

Deno.test("an object made anew while nobody watched collapses into one row, measured as a creation", async () => {
  const test = testRun();
  const { metadata } = configMap("a", { rv: 8, created: 5_090 });
  const { logger: starting } = start(test, [
    listed(1, [configMap("a", { rv: 1, created: 1_000 })]),
    watched({ pauseMs: 100 }, { error: status(410, { reason: "Expired" }) }),
    listed(9, [{ metadata: { ...metadata, uid: "another" } }]),
    watched(SILENCE),
  ], { threads: 3 });
  await test.clock.advance(0);
  const logger = await starting;
  test.run.begin();
  await test.clock.advance(10_000);
  await logger.stop();
  const totals = test.totals();
  assert.deepEqual(counters(totals, ROW_COUNTERS), {
    rows: 1,
    notifications: 2,
    creates: undefined,
    updates: 1,
    deletes: undefined,
    collapsed: 1,
  });
  assert.equal(totals.distribution("createLatency")?.histogram.count, 1);
  assert.equal(totals.distribution("updateLatency"), undefined);
});

Deno.test("each namespace has an informer of its own with the labels, and each object its own cache", async () => {
  const test = testRun();
  const { cluster, logger: starting } = start(test, [
    listed(1, [configMap("x", { rv: 1, namespace: "one" })]),
    listed(1, []),
    watched({ pauseMs: 50 }, deleted(configMap("x", { rv: 3, namespace: "one" })), SILENCE),
    watched({ pauseMs: 60 }, added(configMap("x", { rv: 4, namespace: "two" })), SILENCE),
  ], { namespaces: ["one", "two", "one"], labelSelector: "purpose=scaletest" });
  await test.clock.advance(0);
  const logger = await starting;
  test.run.begin();
  await test.clock.advance(500);
  assert.equal(logger.population, 1);
  await logger.stop();
  const asked = cluster.calls.map(({ verb, options }) => [
    verb,
    options.namespace,
    options.labelSelector,
  ]);
  assert.deepEqual(asked, [
    ["list", "one", "purpose=scaletest"],
    ["list", "two", "purpose=scaletest"],
    ["watch", "one", "purpose=scaletest"],
    ["watch", "two", "purpose=scaletest"],
  ]);
  assert.deepEqual(counters(test.totals(), ["creates", "deletes"]), { creates: 1, deletes: 1 });
});

Deno.test("a resource that is forbidden ends the start with what the server says, and nothing runs on", async () => {
  const test = testRun();
  const { logger } = start(test, [{ list: status(403, { reason: "Forbidden" }) }]);
  await assert.rejects(logger, (error) => error instanceof StatusError && error.code === 403);
  assert.equal(test.clock.sleeperCount, 0);
});

Deno.test("a run that is stopped during the first list ends the start, and nothing runs on", async () => {
  const test = testRun();
  const { logger } = start(test, [listed(1, [], { afterMs: 60_000 })]);
  const rejected = assert.rejects(logger, { name: "AbortError" });
  await test.clock.advance(100);
  test.run.stop("interrupted");
  await rejected;
  assert.equal(test.clock.sleeperCount, 0);
});

Deno.test("failures and new lists are counted and said, and objects that are known are no news", async () => {
  const test = testRun();
  const { logger: starting } = start(test, [
    listed(1, [configMap("a", { rv: 1 })]),
    watched({ pauseMs: 2_000 }, { error: status(410, { reason: "Expired" }) }),
    listed(8, [configMap("a", { rv: 1 }), configMap("b", { rv: 7 })]),
    { refuseWatch: status(429, { reason: "TooManyRequests", retryAfterMs: 1_000 }) },
    watched(SILENCE),
  ]);
  await test.clock.advance(0);
  const logger = await starting;
  test.run.begin();
  await test.clock.advance(30_000);
  await logger.stop();
  assert.deepEqual(
    counters(test.totals(), ["lists", "relists", "watches", "watchFailures", "rows", "creates"]),
    { lists: 2, relists: 1, watches: 2, watchFailures: 2, rows: 1, creates: 1 },
  );
  assert.equal(test.lines.length, 3);
  assert.match(test.lines[1]!, /^watching configmaps: the resourceVersion is too old/);
  assert.match(test.lines[2]!, /^watching configmaps: .*429; next try in /);
});

Deno.test("stop() works off what was notified, and a second call waits for the first", async () => {
  const test = testRun();
  const { logger: starting } = start(test, [
    listed(1, []),
    watched({ pauseMs: 50 }, added(configMap("a", { rv: 2, created: 5_040 })), SILENCE),
  ]);
  await test.clock.advance(0);
  const logger = await starting;
  test.run.begin();
  await test.clock.advance(50);
  await Promise.all([logger.stop(), logger.stop(), logger.ended]);
  assert.equal(test.totals().counter("rows"), 1);
  assert.equal(test.clock.sleeperCount, 0);
});

Deno.test("untilQuiet() waits for so long after the last notification, and no longer than its signal", async () => {
  const test = testRun();
  const { logger: starting } = start(test, [
    listed(1, []),
    watched(
      { pauseMs: 400 },
      added(configMap("a", { rv: 2 })),
      { pauseMs: 400 },
      added(configMap("b", { rv: 3 })),
      SILENCE,
    ),
  ]);
  await test.clock.advance(0);
  const logger = await starting;
  await test.clock.advance(450);
  let quietAtMs = 0;
  const quiet = logger.untilQuiet(500, new AbortController().signal).then(() => {
    quietAtMs = test.clock.now();
  });
  await test.clock.advance(5_000);
  await quiet;
  assert.equal(quietAtMs, 5_000 + 800 + 500);
  const impatient = new AbortController();
  const cut = logger.untilQuiet(3_600_000, impatient.signal);
  impatient.abort();
  await cut;
  await logger.stop();
});
