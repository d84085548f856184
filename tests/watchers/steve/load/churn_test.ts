import assert from "node:assert/strict";
import { OperationFailedError } from "../../../../core/errors.ts";
import { OwnedObjects } from "../../../../kube/owned/owned_objects.ts";
import { runChurn } from "../../../../watchers/steve/load/churn.ts";
import { CHURNED_TYPES, ObjectSet } from "../../../../watchers/steve/load/objects.ts";
import { MemoryCluster, statusError } from "../../../support/memory_cluster.ts";
import { testRun } from "../../support.ts";

const TYPES = [...CHURNED_TYPES.keys()];

/** Five cycles a second, each object for 100 ms; every call takes `callMs`. */
function churning({ callMs = 0, maxInFlight = Infinity } = {}) {
  const test = testRun();
  const { clock, run } = test;
  const cluster = new MemoryCluster();
  cluster.onCall = async () => {
    await clock.sleepUntil(clock.now() + callMs, run.aborted);
    run.aborted.throwIfAborted();
  };
  const owned = new Map(
    [...CHURNED_TYPES].map(([type, resource]) => [
      type,
      new OwnedObjects(cluster, {
        resource,
        namespaces: ["ns"],
        runId: "test",
        clock,
        rng: run.rng,
      }),
    ]),
  );
  const answered: string[] = [];
  const options = {
    creator: cluster,
    cluster,
    types: CHURNED_TYPES,
    objects: new ObjectSet({ runId: "r", namespace: "ns", labels: {}, payloadBytes: 30 }),
    owned,
    ratePerSec: 5,
    lifetimeMs: 100,
    maxInFlight,
    onAnswered: ({ type, op, key, atMs }: {
      type: string;
      op: string;
      key: string;
      atMs: number;
    }) =>
      answered.push(
        `${op} ${type} ${key} ${atMs - clock.wallNow().getTime() + clock.now() - 5_000}`,
      ),
  };
  const counts = () => [...owned.values()].map(({ count }) => count);
  return { ...test, cluster, options, answered, counts };
}

/** Stops at the time and sees everything under way through. */
async function churnFor(test: ReturnType<typeof churning>, ms: number): Promise<void> {
  const ended = runChurn(test.run, test.options);
  await test.clock.advance(ms);
  test.run.stop("duration");
  await test.clock.advance(10_000);
  await ended;
}

Deno.test("each cycle makes and deletes one object of each type, under a name of its own", async () => {
  const test = churning();
  await churnFor(test, 399);
  const cycle = (index: number) => [
    `create configmaps ns/r-${index}`,
    `create secrets ns/r-${index}`,
    `create foos.example.com r-${index}`,
    `delete configmaps ns/r-${index}`,
    `delete secrets ns/r-${index}`,
    `delete foos.example.com r-${index}`,
  ];
  assert.deepEqual(test.cluster.calls, [...cycle(1), ...cycle(2)]);
  const totals = test.totals();
  for (const type of TYPES) {
    for (const op of ["create", "delete"]) assert.equal(totals.operation(op, { type })?.ok, 2);
  }
  assert.deepEqual(test.counts(), [0, 0, 0]);
});

Deno.test("every write that succeeded is told with the time of its answer", async () => {
  const test = churning({ callMs: 10 });
  await churnFor(test, 50);
  assert.deepEqual(test.answered.toSorted(), [
    "create configmaps ns/r-1 10",
    "create example.com.foos r-1 10",
    "create secrets ns/r-1 10",
    "remove configmaps ns/r-1 120",
    "remove example.com.foos r-1 120",
    "remove secrets ns/r-1 120",
  ]);
});

Deno.test("a slow server does not slow the cycles, and a delete is due after its create", async () => {
  const test = churning({ callMs: 1_000 });
  await churnFor(test, 999);
  const totals = test.totals();
  assert.equal(totals.operation("create", { type: "secrets" })?.ok, 5);
  for (const op of ["create", "delete"]) {
    const { response, service } = totals.operation(op)!;
    assert.equal(response.count, 15);
    for (const view of [response, service]) {
      assert.ok(Math.abs(view.max / 1_000 - 1_000) < 1, `${op} took ${view.max} us`);
    }
  }
});

Deno.test("a cycle that finds no place is dropped whole", async () => {
  const test = churning({ callMs: 1_000, maxInFlight: 3 });
  await churnFor(test, 399);
  const create = test.totals().operation("create")!;
  assert.equal(create.ok, 3);
  assert.equal(create.dropped, 1);
  assert.ok(!test.cluster.calls.some((call) => call.includes("r-2")));
});

Deno.test("409 and 404 are counted apart, and what was refused is not deleted", async () => {
  const test = churning();
  test.cluster.fail("create", statusError(409, "AlreadyExists"), { on: "secrets" });
  test.cluster.fail("delete", statusError(404, "NotFound"), { on: "configmaps" });
  await churnFor(test, 100);
  const totals = test.totals();
  const failed = (op: string, type: string) => totals.operation(op, { type })?.failed;
  assert.deepEqual(failed("create", "secrets"), { "already-exists": 1 });
  assert.deepEqual(failed("delete", "configmaps"), { "not-found": 1 });
  assert.equal(totals.operation("delete", { type: "secrets" }), undefined);
  assert.deepEqual(test.counts(), [0, 0, 0]);
  assert.deepEqual(test.answered.map((line) => line.replace(/ \S+$/, "")), [
    "create configmaps ns/r-1",
    "create example.com.foos r-1",
    "remove example.com.foos r-1",
  ]);
});

Deno.test("an object whose create lost its answer is deleted all the same", async () => {
  const test = churning();
  const lost = new OperationFailedError("connection-reset", "reset");
  test.cluster.fail("create", lost, { on: "secrets", afterEffect: true });
  await churnFor(test, 100);
  assert.equal(test.totals().operation("delete", { type: "secrets" })?.ok, 1);
  assert.deepEqual(test.counts(), [0, 0, 0]);
});

Deno.test("what an abort cuts off stays registered for the cleaning up", async () => {
  const test = churning({ callMs: 1_000 });
  const ended = runChurn(test.run, test.options);
  await test.clock.advance(100);
  test.run.stop("interrupted");
  test.run.abort();
  await test.clock.advance(0);
  await ended;
  assert.equal(test.totals().operation("create")?.cancelled, 3);
  assert.deepEqual(test.counts(), [1, 1, 1]);
  assert.deepEqual(test.answered, []);
});
