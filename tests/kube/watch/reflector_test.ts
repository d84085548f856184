import assert from "node:assert/strict";
import { CONFIG_MAPS } from "../../../kube/resource.ts";
import {
  added,
  bookmark,
  deleted,
  listed,
  modified,
  object,
  type ScriptStep,
  SILENCE,
  status,
  watched,
} from "../../support/scripted_cluster.ts";
import { assertWithin, EXPIRED, OPEN_END, start } from "./reflector_run.ts";

Deno.test("Reflector lists from the cache, watches from the list's resourceVersion, and applies each event", async () => {
  const run = start([
    listed(10, [object("a", { rv: 3 }), object("b", { rv: 9 })], { afterMs: 40 }),
    watched(
      added(object("c", { rv: 11 })),
      modified(object("a", { rv: 12 })),
      deleted(object("b", { rv: 15 })),
      SILENCE,
    ),
  ], { selection: { namespace: "ns", labelSelector: "purpose=scaletest" } });
  await run.clock.advance(100);
  assert.deepEqual(run.store.words, ["all a b", "ADDED c", "MODIFIED a", "DELETED b"]);
  assert.equal(run.reflector.lastResourceVersion, "15");
  const [list, watch] = run.cluster.calls;
  const selection = { namespace: "ns", labelSelector: "purpose=scaletest" };
  assert.deepEqual(list, {
    verb: "list",
    atMs: 1_000,
    resource: CONFIG_MAPS,
    options: { ...selection, resourceVersion: "0" },
  });
  const { timeoutSeconds, ...watchOptions } = watch?.options ?? {};
  assert.deepEqual(watchOptions, {
    ...selection,
    resourceVersion: "10",
    allowWatchBookmarks: true,
  });
  assert.deepEqual(run.activities.slice(0, 2), [
    { kind: "listed", items: 2, durationMs: 40, isRelist: false },
    { kind: "watching", timeoutSeconds },
  ]);
  assert.deepEqual(run.words().slice(2), ["event", "event", "event"]);
  await run.stop();
});

Deno.test("Reflector watches again from the last event without a list when the server closes a watch", async () => {
  const run = start([
    listed(10, []),
    watched({ pauseMs: 400 }, added(object("a", { rv: 14 })), { pauseMs: 100 }),
    watched({ pauseMs: 300_000 }),
    OPEN_END,
  ]);
  await run.clock.advance(300_600);
  assert.deepEqual(run.asked(), ["list 0", "watch 10", "watch 14", "watch 14"]);
  assert.deepEqual(run.words(), [
    "listed 0",
    "watching",
    "event",
    "closed 500 ms 1",
    "watching",
    "closed 300000 ms 0",
    "watching",
  ]);
  assert.deepEqual(run.cluster.calls.map(({ atMs }) => atMs), [1_000, 1_000, 1_500, 301_500]);
  await run.stop();
});

Deno.test("Reflector goes on from a bookmark, which the store does not see", async () => {
  const run = start([
    listed(10, []),
    watched(added(object("a", { rv: 14 })), bookmark(90), { pauseMs: 5_000 }),
    OPEN_END,
  ]);
  await run.clock.advance(0);
  assert.equal(run.reflector.lastResourceVersion, "90");
  await run.clock.advance(5_000);
  assert.deepEqual(run.asked(), ["list 0", "watch 10", "watch 90"]);
  assert.deepEqual(run.store.words, ["all", "ADDED a"]);
  assert.deepEqual(run.words().slice(2, 5), ["event", "bookmark 90", "closed 5000 ms 2"]);
  await run.stop();
});

const expiries: readonly { readonly name: string; readonly step: ScriptStep }[] = [
  { name: "refused with 410 Expired", step: { refuseWatch: EXPIRED } },
  { name: "refused with a bare 410", step: { refuseWatch: status(410) } },
  { name: "ended by an ERROR event with 410", step: watched({ pauseMs: 9 }, { error: EXPIRED }) },
];
for (const { name, step } of expiries) {
  Deno.test(`Reflector lists anew, as fresh as can be, after a watch was ${name}`, async () => {
    const run = start([
      listed(10, [object("a", { rv: 3 })]),
      step,
      listed(50, [object("b", { rv: 44 })]),
      OPEN_END,
    ]);
    await run.clock.advance(1_700);
    assert.deepEqual(run.asked(), ["list 0", "watch 10", "list -", "watch 50"]);
    assert.deepEqual(run.store.words, ["all a", "all b"]);
    const words = run.words().filter((word) => word !== "watching");
    assert.deepEqual(words, ["listed 1", "expired", "relisted 1"]);
    // The back-off keeps a fleet from listing all at once.
    assertWithin(run.waits()[0], [800, 1_600]);
    assert.equal(run.cluster.calls[2]?.options.limit, 500);
    await run.stop();
  });
}

Deno.test("Reflector does not ask the cache again once the cache's own list has expired", async () => {
  const run = start([{ list: EXPIRED }, listed(5, []), OPEN_END]);
  await run.clock.advance(1_600);
  assert.deepEqual(run.asked(), ["list 0", "list -", "watch 5"]);
  assert.deepEqual(run.words(), ["expired", "listed 0", "watching"]);
  await run.stop();
});

Deno.test("Reflector lists anew in pages, and watches from the state that they show", async () => {
  const page = (name: string) => [object(name, { rv: 1 })];
  const run = start([
    listed(10, page("old")),
    { refuseWatch: EXPIRED },
    listed(50, page("a"), { token: "t1", afterMs: 5 }),
    listed(50, page("b"), { token: "t2", afterMs: 5 }),
    listed(50, page("c"), { afterMs: 5 }),
    OPEN_END,
  ], { pageLimit: 1, selection: { namespace: "ns" } });
  await run.clock.advance(2_000);
  assert.deepEqual(run.cluster.calls.slice(2, 5).map(({ options }) => options), [
    { namespace: "ns", limit: 1 },
    { namespace: "ns", limit: 1, continue: "t1" },
    { namespace: "ns", limit: 1, continue: "t2" },
  ]);
  assert.deepEqual(run.store.words, ["all old", "all a b c"]);
  const relisted = run.activities.find(({ kind }, k) => kind === "listed" && k > 0);
  assert.deepEqual(relisted, { kind: "listed", items: 3, durationMs: 15, isRelist: true });
  assert.equal(run.asked().at(-1), "watch 50");
  await run.stop();
});

Deno.test("Reflector keeps its resourceVersion when an event has none", async () => {
  const unversioned = added({ metadata: { name: "a", namespace: "ns" } });
  const run = start([listed(10, []), watched(unversioned, SILENCE)]);
  await run.clock.advance(0);
  assert.deepEqual(run.store.words, ["all", "ADDED a"]);
  assert.equal(run.reflector.lastResourceVersion, "10");
  await run.stop();
});

Deno.test("Reflector lists in one piece at once if the token of a page has expired", async () => {
  const run = start([
    listed(10, []),
    { refuseWatch: EXPIRED },
    listed(50, [object("a", { rv: 1 })], { token: "t1" }),
    { list: EXPIRED },
    listed(70, [object("a", { rv: 1 }), object("b", { rv: 60 })]),
    OPEN_END,
  ]);
  await run.clock.advance(1_600);
  assert.deepEqual(run.cluster.calls[4]?.options, {});
  assert.deepEqual(run.store.words, ["all", "all a b"]);
  assert.equal(run.asked().at(-1), "watch 70");
  assert.equal(run.waits().length, 1);
  await run.stop();
});

Deno.test("Reflector asks for watches of 300 to 600 s, each drawn anew and repeatable by the seed", async () => {
  const steps = [listed(10, []), ...Array.from({ length: 3_000 }, () => watched(bookmark(11)))];
  const draws = async () => {
    const run = start(steps);
    while (run.cluster.stepsLeft > 0) await run.clock.advance(0);
    await run.stop();
    return run.cluster.calls.slice(1).map(({ options }) => options.timeoutSeconds ?? NaN);
  };
  const seconds = await draws();
  assert.ok(seconds.every((s) => Number.isInteger(s) && s >= 300 && s <= 600));
  // 301 values in 3,000 draws: one is missed with a chance of 5e-5, and the seed is fixed.
  const values = new Set(seconds);
  assert.ok(values.has(300) && values.has(600) && values.size > 280, `${values.size} values`);
  assert.deepEqual(await draws(), seconds);
});

Deno.test("Reflector draws its watch timeouts from min to min + span", async () => {
  for (const [min, span] of [[5, 0], [60, 1]] as const) {
    const steps = [listed(1, []), ...Array.from({ length: 50 }, () => watched(bookmark(2)))];
    const run = start(steps, { watchTimeoutSeconds: { min, span } });
    while (run.cluster.stepsLeft > 0) await run.clock.advance(0);
    const seconds = run.cluster.calls.slice(1).map(({ options }) => options.timeoutSeconds);
    const all = Array.from({ length: span + 1 }, (_, k) => min + k);
    assert.deepEqual([...new Set(seconds)].sort(), all);
    await run.stop();
  }
});
