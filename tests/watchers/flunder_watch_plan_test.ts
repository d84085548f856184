import assert from "node:assert/strict";
import type { Finding } from "../../core/judge/finding.ts";
import { CannotRunError } from "../../core/errors.ts";
import { FLUNDERS } from "../../kube/resource.ts";
import { watchFleet, type WatchFleetOptions } from "../../watchers/flunder_watch_plan.ts";
import {
  added,
  bookmark,
  deleted,
  listed,
  modified,
  object,
  ScriptedCluster,
  type ScriptStep,
  SILENCE,
  status,
  watched,
} from "../support/scripted_cluster.ts";
import { counters, type TestRun, testRun } from "./support.ts";

function start(
  { run, say, clock }: TestRun,
  steps: readonly ScriptStep[],
  options: Partial<WatchFleetOptions> = {},
) {
  const cluster = new ScriptedCluster(clock, steps);
  const done = watchFleet(cluster, {
    resource: FLUNDERS,
    namespaces: [],
    labelSelector: undefined,
    watches: 1,
    staggerMs: 20,
    bookmarks: false,
    verbosity: 0,
    scope: run,
    say,
    ...options,
  });
  return { cluster, done };
}

async function stop(test: TestRun, done: Promise<void>): Promise<void> {
  test.run.stop("interrupted");
  await done;
  assert.equal(test.clock.sleeperCount, 0);
}

function findings({ records }: TestRun): Finding[] {
  return records.flatMap((record) => record.type === "finding" ? [record.finding] : []);
}

Deno.test("a watcher lists whole and fresh, watches from there for 300 to 599 s, and begins anew", async () => {
  const test = testRun();
  const lifeMs = 300_000;
  const loops = Array.from({ length: 20 }, (_, index) => [
    listed(100 + index, []),
    watched({ pauseMs: lifeMs }),
  ]).flat();
  const { cluster, done } = start(test, loops);
  await test.clock.advance(20 * lifeMs);
  await stop(test, done);
  const watches = cluster.calls.filter(({ verb }) => verb === "watch");
  const timeouts = watches.map(({ options }) => options.timeoutSeconds ?? 0);
  assert.equal(cluster.stepsLeft, 0);
  assert.ok(new Set(timeouts).size > 10, String(timeouts));
  assert.ok(Math.min(...timeouts) >= 300 && Math.max(...timeouts) <= 599, String(timeouts));
  for (const [index, { options }] of watches.slice(0, 20).entries()) {
    const { timeoutSeconds: _, ...rest } = options;
    assert.deepEqual(rest, { resourceVersion: String(100 + index), lane: 0 });
  }
  const lists = cluster.calls.filter(({ verb }) => verb === "list");
  for (const { options } of lists) assert.deepEqual(options, { lane: 0 });
  const totals = test.totals();
  assert.deepEqual(counters(totals, ["watchCloses", "relists", "relistsAfterErrors"]), {
    watchCloses: 20,
    relists: 19,
    relistsAfterErrors: undefined,
  });
  assert.equal(totals.operation("list")?.ok, 20);
  assert.equal(totals.operation("watch")?.ok, 20);
  assert.equal(totals.distribution("watchLifetime")?.histogram.min, lifeMs * 1_000);
});

Deno.test("events are counted by type, with their bytes; bookmarks only when they come, and apart", async () => {
  const test = testRun();
  const { cluster, done } = start(test, [
    listed(1, [object("a", { rv: 1 })]),
    watched(
      added(object("b", { rv: 2 })),
      modified(object("b", { rv: 3 })),
      modified(object("a", { rv: 4 })),
      deleted(object("a", { rv: 5 })),
      bookmark(9),
      SILENCE,
    ),
  ], { bookmarks: true });
  await test.clock.advance(1_000);
  const totals = test.totals();
  const ofType = (type: string) =>
    [...totals.counters.values()].find(({ name, tags }) => name === "events" && tags?.type === type)
      ?.value;
  assert.deepEqual(["added", "modified", "deleted"].map(ofType), [1, 2, 1]);
  assert.deepEqual(counters(totals, ["events", "bookmarks", "receivedBytes"]), {
    events: 4,
    bookmarks: 1,
    receivedBytes: 500,
  });
  assert.equal(totals.gauge("openWatches")?.last, 1);
  assert.equal(cluster.calls[1]?.options.allowWatchBookmarks, true);
  await stop(test, done);
  assert.equal(test.totals().gauge("openWatches")?.last, 0);
});

Deno.test("a first list that fails is a run that cannot take place", async () => {
  const test = testRun();
  const { done } = start(test, [{ list: status(403, { reason: "Forbidden" }) }], { watches: 3 });
  await assert.rejects(
    done,
    (error) =>
      error instanceof CannotRunError &&
      error.message === "Cannot list flunders.wardle.example.com: The server answered 403",
  );
  assert.equal(test.run.hasBegun, false);
  assert.equal(test.clock.sleeperCount, 0);
});

Deno.test("a later failure is an outcome, waits at least as long as the server asks, and lists anew", async () => {
  const test = testRun();
  const busy = status(429, { reason: "TooManyRequests", retryAfterMs: 5_000 });
  const { cluster, done } = start(test, [
    listed(1, []),
    { refuseWatch: busy },
    { list: status(500, { reason: "InternalError" }) },
    listed(2, []),
    watched({ pauseMs: 3_000 }, { error: status(410, { reason: "Expired" }) }),
    listed(3, []),
    watched(SILENCE),
  ]);
  await test.clock.advance(60_000);
  const totals = test.totals();
  assert.deepEqual(totals.operation("watch")?.failed, { "too-many-requests": 1 });
  assert.deepEqual(totals.operation("list")?.failed, { "internal-error": 1 });
  assert.deepEqual([totals.operation("watch")?.ok, totals.operation("list")?.ok], [2, 3]);
  assert.deepEqual(
    counters(totals, ["watchErrors", "watchCloses", "relists", "relistsAfterErrors"]),
    { watchErrors: 1, watchCloses: undefined, relists: 2, relistsAfterErrors: 2 },
  );
  const [, refusedAt = 0, afterRefusal = 0] = cluster.calls.map(({ atMs }) => atMs);
  assert.equal(afterRefusal - refusedAt, 5_000);
  assert.equal(test.lines.length, 2, "one line in 10 s, whatever fails");
  assert.equal(test.lines[0], "a watcher: The server answered 429; it lists anew in 5s");
  assert.match(test.lines[1]!, /^a watcher: The server answered 410; /);
  await stop(test, done);
});

Deno.test("a watch that ends at once without a word does not become a storm of lists", async () => {
  const test = testRun();
  const loops = Array.from({ length: 100 }, () => [listed(1, []), watched()]).flat();
  const { cluster, done } = start(test, loops);
  await test.clock.advance(60_000);
  const lists = cluster.calls.filter(({ verb }) => verb === "list").length;
  assert.ok(lists >= 3 && lists <= 7, `${lists} lists in a minute`);
  assert.equal(test.totals().counter("watchErrors"), lists);
  await stop(test, done);
});

Deno.test("a watch that is silent beyond its time is given up as stalled", async () => {
  const test = testRun();
  const { cluster, done } = start(test, [listed(1, []), watched(SILENCE), listed(1, [])]);
  await test.clock.advance(300_000 + 29_999);
  assert.equal(cluster.calls.length, 2);
  await test.clock.advance(300_000 + 10_000);
  assert.equal(cluster.calls.length, 4);
  const errors = [...test.totals().counters.values()].filter(({ name }) => name === "watchErrors");
  assert.deepEqual(errors.map(({ value, tags }) => [value, tags]), [[1, { reason: "stalled" }]]);
  await stop(test, done);
});

Deno.test("what changed between a watch and the next list is missed, and that is no lost event", async () => {
  const test = testRun();
  const { done } = start(test, [
    listed(1, [object("a", { rv: 1 })]),
    watched(modified(object("a", { rv: 5 })), { pauseMs: 300_000 }),
    listed(9, [object("a", { rv: 7 }), object("b", { rv: 8 })]),
    watched(SILENCE),
  ]);
  await test.clock.advance(301_000);
  await stop(test, done);
  assert.deepEqual(counters(test.totals(), ["missedBetweenWatches", "lostEvents"]), {
    missedBetweenWatches: 2,
    lostEvents: undefined,
  });
  const [finding, ...more] = findings(test);
  assert.deepEqual([finding?.verdict, finding?.observed, more.length], ["pass", "0 lost", 0]);
});

Deno.test("a change that an unbroken watch should have told fails the run", async () => {
  const test = testRun();
  const { done } = start(test, [
    listed(1, []),
    watched(added(object("a", { rv: 5 })), { pauseMs: 300_000 }),
    listed(9, [object("a", { rv: 5 }), object("b", { rv: 4 })]),
    watched(SILENCE),
  ]);
  await test.clock.advance(301_000);
  await stop(test, done);
  assert.equal(test.totals().counter("lostEvents"), 1);
  assert.deepEqual(findings(test).map(({ verdict }) => verdict), ["fail"]);
});

Deno.test("a run in which no watcher listed twice says nothing about lost events", async () => {
  const test = testRun();
  const { done } = start(test, [listed(1, []), watched(SILENCE)]);
  await test.clock.advance(10_000);
  await stop(test, done);
  assert.deepEqual(findings(test), []);
});

Deno.test("watchers start one after the other once the first has listed, each with its own connection and times", async () => {
  const test = testRun();
  const rounds = Array.from({ length: 6 }, () => [listed(1, []), watched(SILENCE)]).flat();
  const [first, ...others] = rounds;
  assert.ok(first !== undefined && "list" in first);
  const { cluster, done } = start(test, [{ ...first, afterMs: 500 }, ...others], {
    watches: 3,
    namespaces: ["one", "two"],
    labelSelector: "x=y",
  });
  await test.clock.advance(1_000);
  await stop(test, done);
  const lists = cluster.calls.filter(({ verb }) => verb === "list");
  assert.deepEqual(
    lists.map(({ atMs, options }) => [atMs, options.namespace, options.lane]),
    [
      [5_000, "one", 0],
      [5_520, "two", 1],
      [5_540, "one", 2],
      [5_560, "two", 3],
      [5_580, "one", 4],
      [5_600, "two", 5],
    ],
  );
  const watches = cluster.calls.filter(({ verb }) => verb === "watch");
  assert.ok(new Set(watches.map(({ options }) => options.timeoutSeconds)).size > 3);
  assert.ok(watches.every(({ options }) => options.labelSelector === "x=y"));
});

Deno.test("a run stopped in the middle of a list ends it as cancelled", async () => {
  const test = testRun();
  const { done } = start(test, [
    listed(1, []),
    watched({ pauseMs: 300_000 }),
    listed(2, [], { afterMs: 60_000 }),
  ]);
  await test.clock.advance(310_000);
  await stop(test, done);
  const list = test.totals().operation("list");
  assert.deepEqual([list?.ok, list?.cancelled, list?.failedCount], [1, 1, 0]);
});

Deno.test("verbosity 2 says why a watch is over, 4 each event as well", async () => {
  for (
    const [verbosity, lines] of [
      [1, []],
      [2, ["watch 0: over after 1 events: the server closed it"]],
      [4, ["watch 0: ADDED ns/a 5", "watch 0: over after 1 events: the server closed it"]],
    ] as const
  ) {
    const test = testRun();
    const { done } = start(test, [
      listed(1, []),
      watched({ pauseMs: 2_000 }, added(object("a", { rv: 5 }))),
      listed(5, []),
      watched(SILENCE),
    ], { verbosity });
    await test.clock.advance(3_000);
    assert.deepEqual(test.lines, lines);
    await stop(test, done);
  }
});
