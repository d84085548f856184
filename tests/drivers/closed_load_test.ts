import assert from "node:assert/strict";
import { execute } from "../../core/load/executor.ts";
import type { WriteOrder } from "../../drivers/closed_writes.ts";
import { CONFIG_MAPS } from "../../kube/resource.ts";
import { OBJECTS, Writing } from "../kube/owned/writing.ts";
import { statusError } from "../support/memory_cluster.ts";
import { driverOf } from "./harness.ts";

const ORDER: WriteOrder = {
  objects: 4,
  maxPopulation: 2,
  threads: 1,
  ratePerSec: 10,
  updates: 0,
  createOnly: false,
};

/** Puts it on; the calls with their times. */
function putOn(world: Writing, given: Partial<WriteOrder> = {}, hack = false) {
  const order = { ...ORDER, ...given };
  const { driver } = driverOf("cmdriverclosed", {
    "run-id": "r1",
    n: `${order.objects}`,
    maxpop: `${order.maxPopulation}`,
    threads: `${order.threads}`,
    rate: `${order.ratePerSec}`,
    updates: `${order.updates}`,
    "create-only": `${order.createOnly}`,
    "hack-create": `${hack}`,
  });
  const { run, writer } = world;
  const calls = world.callTimes();
  const ended = execute(run, driver.load(run, { writer, objects: OBJECTS }));
  return { calls, ended };
}

Deno.test("write k of worker t is due in slot k * threads + t + 1 of the rate", async () => {
  await using world = new Writing();
  const { calls, ended } = putOn(world);
  await world.clock.advance(800);
  await ended;
  assert.deepEqual(calls, [
    "create o-1 @100",
    "create o-2 @200",
    "delete o-1 @300",
    "create o-3 @400",
    "delete o-2 @500",
    "create o-4 @600",
    "delete o-3 @700",
    "delete o-4 @800",
  ]);
  assert.equal(world.population.peak, 2);
  assert.deepEqual(world.outcomes, { "create ok": 4, "delete ok": 4 });
  assert.ok(world.rows.every(({ beforeMs, dueMs }) => beforeMs === dueMs));
});

Deno.test("workers take turns, each on its own connection, and keep the order of each object", async () => {
  await using world = new Writing();
  const { calls, ended } = putOn(world, { threads: 2, maxPopulation: 4, updates: 1 });
  await world.clock.advance(1_200);
  await ended;
  const times = calls.map((call) => Number(call.split("@")[1]));
  assert.deepEqual(times, Array.from({ length: 12 }, (_, slot) => (slot + 1) * 100));
  const { writes } = world.cluster;
  assert.deepEqual(
    writes.map(({ options }) => options.lane),
    Array.from({ length: 12 }, (_, slot) => slot % 2),
  );
  for (const name of ["o-1", "o-2", "o-3", "o-4"]) {
    const own = writes.filter(({ call }) => call.endsWith(`ns/${name}`));
    assert.deepEqual(own.map(({ call }) => call.split(" ")[0]), ["create", "patch", "delete"]);
    assert.ok(own.every(({ options }) => options.lane === (Number(name.slice(2)) - 1) % 2));
  }
});

Deno.test("a slow server holds the workers up, due times stay what they were", async () => {
  await using world = new Writing();
  world.answersAfter(250);
  const { calls, ended } = putOn(world, { objects: 2, maxPopulation: 10 });
  await world.clock.advance(10_000);
  await ended;
  assert.deepEqual(calls, [
    "create o-1 @100",
    "create o-2 @350",
    "delete o-1 @600",
    "delete o-2 @850",
  ]);
  assert.deepEqual(
    world.rows.map(({ dueMs = 0 }) => dueMs - Date.parse("2026-01-01T00:00:00Z")),
    [100, 200, 300, 400],
  );
});

Deno.test("at rate 0 a write is due when the one before is done", async () => {
  await using world = new Writing();
  world.answersAfter(30);
  const { calls, ended } = putOn(world, { objects: 2, ratePerSec: 0 });
  await world.clock.advance(1_000);
  await ended;
  assert.deepEqual(calls, ["create o-1 @0", "create o-2 @30", "delete o-1 @60", "delete o-2 @90"]);
  assert.ok(world.rows.every(({ beforeMs, dueMs }) => beforeMs === dueMs));
});

Deno.test("an update carries its phase, and a hacked create its query instead of the field manager", async () => {
  await using world = new Writing();
  const { ended } = putOn(world, { objects: 1, updates: 2 }, true);
  await world.clock.advance(1_000);
  await ended;
  const [create, first, second, last] = world.cluster.writes;
  assert.deepEqual(create?.options, { lane: 0, query: { r: "r1", i: "1" } });
  for (const [phase, update] of [first, second].entries()) {
    const { baz } = (update?.body as { data: { baz: string } }).data;
    assert.equal(Number(baz), phase + 1);
  }
  assert.equal(last?.call, "delete configmaps ns/o-1");
  assert.deepEqual(world.outcomes, { "create ok": 1, "update ok": 2, "delete ok": 1 });
});

Deno.test("an object whose create failed goes through its other phases all the same", async () => {
  await using world = new Writing();
  world.cluster.fail("create", statusError(403, "Forbidden"), { on: "o-1" });
  const { ended } = putOn(world, { objects: 2, updates: 1 });
  await world.clock.advance(10_000);
  await ended;
  assert.deepEqual(world.outcomes, {
    "create forbidden": 1,
    "create ok": 1,
    "update not-found": 1,
    "update ok": 1,
    "delete not-found": 1,
    "delete ok": 1,
  });
  assert.deepEqual([world.population.current, world.population.peak, world.owned.count], [0, 1, 0]);
});

Deno.test("without deletes the objects stay, and are registered for the clean-up", async () => {
  await using world = new Writing();
  const { calls, ended } = putOn(world, { createOnly: true, updates: 1 });
  await world.clock.advance(800);
  await ended;
  assert.equal(calls.length, 8);
  assert.ok(calls.every((call) => /^(create|patch)/.test(call)));
  assert.deepEqual(world.cluster.keys(CONFIG_MAPS), ["ns/o-1", "ns/o-2", "ns/o-3", "ns/o-4"]);
  assert.equal(world.owned.count, 4);
});

Deno.test("a worker without an object of its own does nothing", async () => {
  await using world = new Writing();
  const { calls, ended } = putOn(world, { objects: 1, threads: 3 });
  await world.clock.advance(1_000);
  await ended;
  assert.deepEqual(calls, ["create o-3 @300", "delete o-3 @600"]);
});

Deno.test("a run that stops makes no further write, and does not wait for the pace", async () => {
  await using world = new Writing();
  const { calls, ended } = putOn(world, { threads: 2, objects: 100, maxPopulation: 50 });
  await world.clock.advance(350);
  world.run.stop("interrupted");
  await ended;
  assert.deepEqual(calls, ["create o-1 @100", "create o-2 @200", "create o-3 @300"]);
  assert.deepEqual([world.owned.count, world.clock.sleeperCount], [3, 0]);
});
