import assert from "node:assert/strict";
import { OperationFailedError } from "../../../core/errors.ts";
import type { FailureReason } from "../../../core/measure/sample.ts";
import type { CsvDialect } from "../../../kube/sample_log/dialect.ts";
import { parseAnnotationTime } from "../../../kube/sample_log/times.ts";
import { CONFIG_MAPS } from "../../../kube/resource.ts";
import { StatusError } from "../../../kube/status_error.ts";
import { statusError } from "../../support/memory_cluster.ts";
import { OBJECTS, Writing } from "./writing.ts";

const RESET = new OperationFailedError("connection-reset", "Cannot reach the server: reset");
const QUOTA = new StatusError(
  { kind: "Status", reason: "Forbidden", message: 'configmaps "o-1" is forbidden: quota' },
  { code: 403 },
);

Deno.test("an object's time stamp is when it was sent, by its row and by the calendar", async () => {
  await using world = new Writing();
  await world.clock.advance(250);
  await world.create();
  const [row] = world.rows;
  const stamp = world.cluster.writes[0]?.body as { metadata: { annotations: { stamp: string } } };
  assert.equal(row?.beforeMs, Date.parse("2026-01-01T00:00:00.250Z"));
  assert.equal(parseAnnotationTime(stamp.metadata.annotations.stamp), row?.beforeMs);
});

const FILES: Record<CsvDialect, string> = {
  rfc4180: `tBefore,tAfter,op,name,error,tDue,namespace,reason
2026-01-01 00:00:00.050,2026-01-01 00:00:00.080,create,o-1,,2026-01-01 00:00:00.000,ns,
2026-01-01 00:01:00.000,2026-01-01 00:01:00.030,create,o-1,"configmaps ""o-1"" is forbidden: quota",2026-01-01 00:01:00.000,ns,forbidden
`,
  go: `2026-01-01 00:00:00.050,2026-01-01 00:00:00.080,create,"o-1",""
2026-01-01 00:01:00.000,2026-01-01 00:01:00.030,create,"o-1","configmaps \\"o-1\\" is forbidden: quota"
`,
};

for (const dialect of ["rfc4180", "go"] as const) {
  Deno.test(`rows of a success 50 ms late and of a failure in time, ${dialect}`, async () => {
    await using world = new Writing({ dialect });
    world.answersAfter(30);
    await world.iterate(async (iteration) => {
      world.clock.stall(50);
      await world.writer.create(iteration, {
        ref: OBJECTS.refOf(1),
        dueMs: iteration.dueMs,
        make: (stamp) => OBJECTS.make(1, stamp),
      });
    });
    world.cluster.fail("create", QUOTA);
    await world.create();
    assert.equal(world.csv, FILES[dialect]);
  });
}

Deno.test("response time counts from when a write was due, service time from when it was sent", async () => {
  await using world = new Writing();
  world.answersAfter(30);
  await world.iterate(async (iteration) => {
    const spec = { ref: OBJECTS.refOf(1) };
    world.clock.stall(50);
    const make = (stamp: string) => OBJECTS.make(1, stamp);
    await world.writer.create(iteration, { ...spec, dueMs: iteration.dueMs, make });
    await world.writer.delete(iteration, { ...spec, dueMs: world.clock.now() - 20 });
  });
  world.run.rotate();
  const times = ["create", "delete"].map((op) => {
    const { response, service } = world.run.live.operation(op)!;
    return [response, service].map((one) => Math.round(one.valueAt(1) / 1_000));
  });
  assert.deepEqual(times, [[80, 30], [50, 30]]);
  assert.deepEqual(world.rows.map((row) => row.beforeMs - (row.dueMs ?? 0)), [50, 20]);
});

Deno.test("an object is in the population and to be deleted from its create to its delete", async () => {
  await using world = new Writing();
  assert.equal(await world.create(), true);
  assert.deepEqual([world.population.current, world.owned.count], [1, 1]);
  await world.delete();
  assert.deepEqual([world.population.current, world.owned.count], [0, 0]);
  assert.deepEqual(world.outcomes, { "create ok": 1, "delete ok": 1 });
  assert.deepEqual(world.cluster.keys(CONFIG_MAPS), []);
});

Deno.test("an object is registered before it is sent, and not before its turn has come", async () => {
  await using world = new Writing();
  const counts: number[] = [];
  world.cluster.onCall = () => void counts.push(world.owned.count);
  await world.create();
  assert.deepEqual(counts, [1]);
});

const REFUSALS: [error: Error, reason: FailureReason, mayExist: boolean][] = [
  [statusError(400, "BadRequest"), "bad-request", false],
  [statusError(403, "Forbidden"), "forbidden", false],
  [statusError(409, "AlreadyExists"), "already-exists", false],
  [statusError(422, "Invalid"), "invalid", false],
  [statusError(429, "TooManyRequests"), "too-many-requests", false],
  [statusError(500, "InternalError"), "internal-error", true],
  [statusError(503, "ServiceUnavailable"), "service-unavailable", true],
  [statusError(504, "Timeout"), "timeout", true],
  [RESET, "connection-reset", true],
];

for (const [error, reason, mayExist] of REFUSALS) {
  const what = mayExist ? "keeps the object registered" : "leaves nothing to be deleted";
  Deno.test(`a create that ends with ${reason} ${what}`, async () => {
    await using world = new Writing();
    world.cluster.fail("create", error);
    assert.equal(await world.create(), mayExist);
    assert.equal(world.owned.count, mayExist ? 1 : 0);
    assert.equal(world.population.current, 0);
    assert.deepEqual(world.outcomes, { [`create ${reason}`]: 1 });
  });
}

Deno.test("an object whose create only seemed to fail leaves the population as it is when it goes", async () => {
  await using world = new Writing();
  await world.create(1);
  world.cluster.fail("create", RESET, { afterEffect: true });
  await world.create(2);
  assert.equal(world.population.current, 1);
  await world.delete(2);
  assert.deepEqual(world.outcomes["delete ok"], 1);
  assert.deepEqual([world.population.current, world.owned.count], [1, 1]);
});

Deno.test("an object that another has deleted is a failure, and no longer there", async () => {
  await using world = new Writing();
  await world.create();
  world.cluster.vanish(CONFIG_MAPS, OBJECTS.refOf(1));
  await world.delete();
  assert.deepEqual(world.outcomes, { "create ok": 1, "delete not-found": 1 });
  assert.deepEqual([world.population.current, world.owned.count], [0, 0]);
});

for (const error of [statusError(500, "InternalError"), RESET]) {
  Deno.test(`an object whose delete ends with "${error.message}" counts as there`, async () => {
    await using world = new Writing();
    await world.create();
    world.cluster.fail("delete", error);
    await world.delete();
    assert.deepEqual([world.population.current, world.owned.count], [1, 1]);
    assert.equal(world.rows[1]?.reason, error.reason);
  });
}

Deno.test("a create whose turn never comes leaves no row and nothing to be deleted", async () => {
  await using world = new Writing();
  world.answersAfter(10);
  const exists = await world.iterate((iteration) => {
    const other = Promise.withResolvers<void>();
    const blocked = iteration.timed(() => other.promise, { op: "other", dueMs: iteration.dueMs });
    const spec = { ref: OBJECTS.refOf(1), dueMs: iteration.dueMs };
    const make = (stamp: string) => OBJECTS.make(1, stamp);
    const created = world.writer.create(iteration, { ...spec, make });
    world.run.abort();
    other.resolve();
    return blocked.then(() => created);
  }, { model: { maxInFlight: 1 } });
  assert.equal(exists, false);
  assert.deepEqual([world.rows, world.cluster.calls, world.owned.count], [[], [], 0]);
  assert.deepEqual(world.outcomes, { "other ok": 1, "create cancelled": 1 });
});

Deno.test("a create that the run cuts off stays registered, and its row says so", async () => {
  await using world = new Writing();
  world.answersAfter(5_000);
  const created = world.create(1, { withinMs: 0 });
  await world.clock.advance(300);
  world.run.abort();
  assert.equal(await created, false);
  assert.deepEqual([world.population.current, world.owned.count], [0, 1]);
  const [row, ...more] = world.rows;
  assert.equal(row!.afterMs - row!.beforeMs, 300);
  assert.match(row!.error, /abort/);
  assert.deepEqual(more, []);
  assert.deepEqual(world.outcomes, { "create cancelled": 1 });
});

Deno.test("an object that cannot be made is not registered, and counts as a failure", async () => {
  await using world = new Writing();
  const exists = await world.iterate((iteration) =>
    world.writer.create(iteration, {
      ref: OBJECTS.refOf(1),
      dueMs: iteration.dueMs,
      make: () => {
        throw new TypeError("no such placeholder");
      },
    })
  );
  assert.deepEqual([exists, world.owned.count, world.cluster.calls], [false, 0, []]);
  assert.deepEqual(world.outcomes, { "create other": 1 });
  assert.equal(world.rows[0]?.error, "no such placeholder");
});

Deno.test("a write says who it is from, and on which connection it goes", async () => {
  await using world = new Writing();
  await world.iterate(async (iteration) => {
    const { dueMs } = iteration;
    const make = (stamp: string) => OBJECTS.make(1, stamp);
    const one = { ref: OBJECTS.refOf(1), dueMs, lane: 3 };
    const patch = { metadata: { annotations: { updated: "now" } }, data: { baz: "1" } };
    await world.writer.create(iteration, { ...one, make });
    await world.writer.update(iteration, { ...one, make: () => patch });
    await world.writer.delete(iteration, one);
    const two = { ref: OBJECTS.refOf(2), dueMs };
    await world.writer.create(iteration, { ...two, make, query: { r: "r1", i: "2" } });
  });
  assert.deepEqual(world.cluster.writes.map(({ options }) => options), [
    { fieldManager: "cmdriver", lane: 3 },
    { type: "strategic", fieldManager: "cmdriver", lane: 3 },
    { lane: 3 },
    { query: { r: "r1", i: "2" } },
  ]);
});

Deno.test("an update that fails is counted, and the object stays what it was", async () => {
  await using world = new Writing();
  await world.create();
  await world.iterate((iteration) =>
    world.writer.update(iteration, {
      ref: OBJECTS.refOf(2),
      dueMs: iteration.dueMs,
      make: () => ({}),
    })
  );
  assert.deepEqual(world.outcomes, { "create ok": 1, "update not-found": 1 });
  assert.deepEqual([world.population.current, world.owned.count], [1, 1]);
});

const BUSY = statusError(429, "TooManyRequests", 3_000);

Deno.test("429 is a failure like any other with --on-429=record", async () => {
  await using world = new Writing({ on429: "record" });
  world.cluster.fail("create", BUSY);
  await world.create();
  assert.deepEqual(world.outcomes, { "create too-many-requests": 1 });
  assert.equal(world.run.live.counter("retries"), undefined);
  assert.equal(world.cluster.calls.length, 1);
});

Deno.test("a write is sent again when the server allows, counted, and is one write all the same", async () => {
  await using world = new Writing({ on429: "retry" });
  const calls = world.callTimes();
  world.cluster.fail("create", BUSY);
  world.cluster.fail("create", statusError(429, "TooManyRequests"));
  assert.equal(await world.create(), true);
  assert.deepEqual(calls, ["create o-1 @0", "create o-1 @3000", "create o-1 @4000"]);
  assert.deepEqual(world.outcomes, { "create ok": 1 });
  assert.equal(world.run.live.counter("retries"), 2);
  const [row, ...more] = world.rows;
  assert.deepEqual([row!.afterMs - row!.beforeMs, row!.error, more], [4_000, "", []]);
  const stamps = world.cluster.writes.map(({ body }) => JSON.stringify(body));
  assert.deepEqual([stamps.length, new Set(stamps).size], [3, 1]);
});

Deno.test("what fails otherwise is not sent again", async () => {
  await using world = new Writing({ on429: "retry" });
  world.cluster.fail("create", statusError(503, "ServiceUnavailable", 1_000));
  await world.create();
  assert.equal(world.cluster.calls.length, 1);
  assert.deepEqual(world.outcomes, { "create service-unavailable": 1 });
});

Deno.test("a write that waits to be sent again gives up as soon as the run is aborted", async () => {
  await using world = new Writing({ on429: "retry" });
  world.cluster.fail("create", BUSY, { times: Infinity });
  const created = world.create(1, { withinMs: 0 });
  await world.clock.advance(1_000);
  world.run.abort();
  await world.clock.settle();
  assert.equal(world.clock.sleeperCount, 0);
  assert.equal(await created, false);
  assert.equal(world.cluster.calls.length, 1);
  assert.deepEqual(world.outcomes, { "create cancelled": 1 });
  assert.equal(world.rows.length, 1);
});

Deno.test("429 is told and a failure with --on-429=abort", async () => {
  let told = 0;
  await using world = new Writing({ on429: "abort", onOverload: () => told++ });
  world.cluster.fail("create", BUSY);
  await world.create();
  assert.equal(told, 1);
  assert.equal(world.cluster.calls.length, 1);
  assert.deepEqual(world.outcomes, { "create too-many-requests": 1 });
  world.cluster.fail("create", QUOTA);
  await world.create();
  assert.equal(told, 1);
});
