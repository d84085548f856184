import assert from "node:assert/strict";
import { createRng } from "../../../../core/load/rng.ts";
import { CONFIG_MAPS } from "../../../../kube/resource.ts";
import { type UnseenWrites, WriteLog } from "../../../../watchers/steve/load/write_log.ts";
import type { WrittenEvent } from "../../../../watchers/steve/written_event.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
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
} from "../../../support/scripted_cluster.ts";

const WALL_START_MS = Date.parse("2026-01-01T00:00:00Z");

/** A log of ConfigMaps alone; its clock begins at 0, and so do the times in the tests. */
function logOf(steps: readonly ScriptStep[]) {
  const clock = new FakeClock();
  const cluster = new ScriptedCluster(clock, steps);
  const written: WrittenEvent[] = [];
  const unseen: UnseenWrites[] = [];
  const log = new WriteLog(cluster, {
    clock,
    rng: createRng(1),
    runId: "r1",
    types: new Map([["configmaps", CONFIG_MAPS]]),
    namespace: "ns",
    onWritten: (event) => written.push(event),
    onUnseen: (gap) => unseen.push(gap),
  });
  const controller = new AbortController();
  const running = log.run(controller.signal);
  const lines = () =>
    written.map(({ op, name, revision, atMs }) =>
      `${op} ${name} ${revision} at ${atMs - WALL_START_MS}`
    );
  const end = async () => {
    controller.abort();
    await running;
    assert.equal(clock.sleeperCount, 0);
  };
  return { clock, cluster, log, unseen, lines, end, running };
}

Deno.test("what was there before is no event; each later one is, with its revision", async () => {
  const test = logOf([
    listed(5, [object("old", { rv: 3 })]),
    watched(
      { pauseMs: 10 },
      added(object("a", { rv: 6 })),
      bookmark(7),
      { pauseMs: 10 },
      modified(object("a", { rv: 8 })),
      deleted(object("a", { rv: 9 })),
      SILENCE,
    ),
  ]);
  await test.clock.advance(100);
  assert.deepEqual(test.lines(), [
    "create a 6 at 10",
    "change a 8 at 20",
    "remove a 9 at 20",
  ]);
  assert.equal(test.log.newestRevision("configmaps"), 9n);
  assert.deepEqual(test.unseen, []);
  assert.deepEqual(
    test.cluster.calls.map(({ verb, options: { namespace, labelSelector } }) => ({
      verb,
      namespace,
      labelSelector,
    })),
    ["list", "watch"].map((verb) => ({
      verb,
      namespace: "ns",
      labelSelector: "app.kubernetes.io/managed-by=scaletool,scaletool.io/run-id=r1",
    })),
  );
  await test.end();
});

Deno.test("an event is as old as the earlier of its answer and itself", async () => {
  const test = logOf([
    listed(1, []),
    watched(
      { pauseMs: 50 },
      added(object("a", { rv: 2 })),
      { pauseMs: 50 },
      deleted(object("a", { rv: 3 })),
      SILENCE,
    ),
  ]);
  const answered = (op: "create" | "remove") =>
    test.log.answered({
      type: "configmaps",
      op,
      key: "ns/a",
      atMs: WALL_START_MS + test.clock.now(),
    });
  await test.clock.advance(40);
  answered("create");
  assert.equal(test.log.pendingCount, 1);
  await test.clock.advance(80);
  assert.equal(test.log.pendingCount, 0);
  answered("remove");
  assert.equal(test.log.pendingCount, 0);
  assert.deepEqual(test.lines(), ["create a 2 at 40", "remove a 3 at 100"]);
  await test.end();
});

Deno.test("it is drained when the last answered write has its event, or when time is over", async () => {
  const test = logOf([
    listed(1, []),
    watched({ pauseMs: 200 }, added(object("a", { rv: 2 })), SILENCE),
  ]);
  assert.equal(await test.log.drained(0), true);
  for (const key of ["ns/a", "ns/b"]) {
    test.log.answered({ type: "configmaps", op: "create", key, atMs: 0 });
    const drained = test.log.drained(test.clock.now() + 1_000);
    await test.clock.advance(1_000);
    assert.equal(await drained, key === "ns/a");
  }
  await test.end();
});

Deno.test("a watch that ends is continued, and nothing counts as unseen", async () => {
  const test = logOf([
    listed(1, []),
    watched({ pauseMs: 2_000 }, added(object("a", { rv: 2 }))),
    watched(deleted(object("a", { rv: 3 })), SILENCE),
  ]);
  await test.clock.advance(5_000);
  assert.deepEqual(test.lines(), ["create a 2 at 2000", "remove a 3 at 2000"]);
  assert.equal(test.cluster.calls.at(-1)?.options.resourceVersion, "2");
  assert.deepEqual(test.unseen, []);
  await test.end();
});

Deno.test("what the API server forgot is said to be unseen, and new objects are told all the same", async () => {
  const test = logOf([
    listed(1, []),
    watched({ pauseMs: 2_000 }, added(object("a", { rv: 2 })), added(object("b", { rv: 4 }))),
    { refuseWatch: status(410, { reason: "Expired" }) },
    listed(90, [object("b", { rv: 4 }), object("d", { rv: 80 }), object("c", { rv: 70 })]),
    watched(SILENCE),
  ]);
  await test.clock.advance(30_000);
  assert.deepEqual(test.lines().map((line) => line.replace(/ at .*/, "")), [
    "create a 2",
    "create b 4",
    "create c 70",
    "create d 80",
  ]);
  assert.deepEqual(test.unseen, [{ type: "configmaps", afterRevision: 4n, upToRevision: 90n }]);
  assert.equal(test.log.newestRevision("configmaps"), 90n);
  await test.end();
});

Deno.test("it is ready once the list is there, and breaks with what forbids it", async () => {
  const test = logOf([listed(1, [], { afterMs: 500 }), watched(SILENCE)]);
  let isReady = false;
  void test.log.ready().then(() => isReady = true);
  await test.clock.advance(499);
  assert.equal(isReady, false);
  await test.clock.advance(1);
  assert.equal(isReady, true);
  await test.end();
  const forbidden = logOf([{ list: status(403, { reason: "Forbidden" }) }]);
  await assert.rejects(forbidden.running, /403/);
  await assert.rejects(forbidden.log.ready(), /403/);
});
