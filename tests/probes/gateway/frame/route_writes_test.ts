import assert from "node:assert/strict";
import { OperationFailedError } from "../../../../core/errors.ts";
import { createRng } from "../../../../core/load/rng.ts";
import { HTTP_ROUTES } from "../../../../kube/gateway_api/kinds.ts";
import { OwnedObjects } from "../../../../kube/owned/owned_objects.ts";
import { RouteWrites } from "../../../../probes/gateway/frame/route_writes.ts";
import { testRun } from "../../../core/load/harness.ts";
import { MemoryCluster, statusError } from "../../../support/memory_cluster.ts";

const RESET = new OperationFailedError("connection-reset", "reset");
const REF = { namespace: "ns", name: "a" };
const OBJECT = { metadata: REF };

function setting() {
  const cluster = new MemoryCluster();
  const run = testRun();
  const { context, clock } = run;
  const owned = new OwnedObjects(cluster, {
    resource: HTTP_ROUTES,
    namespaces: ["ns"],
    runId: "r1",
    clock,
    rng: createRng(1),
  });
  const writes = new RouteWrites({ cluster, resource: HTTP_ROUTES, owned, fieldManager: "test" });
  /** What it comes to, within so many ms. */
  const settled = async (ms = 0) => {
    const settling = writes.settle(context);
    await clock.advance(ms);
    assert.equal(clock.sleeperCount, 0);
    return await settling;
  };
  const deletes = () => cluster.calls.filter((call) => call.startsWith("delete")).length;
  return { cluster, run, context, owned, writes, settled, deletes };
}

Deno.test("a route whose create was not answered is deleted, unmeasured, and not twice", async () => {
  const { cluster, run, context, owned, writes, settled, deletes } = setting();
  cluster.fail("create", RESET, { afterEffect: true });
  await assert.rejects(writes.create(context, OBJECT), RESET);
  assert.equal(writes.inDoubt, 1);
  assert.equal(await settled(), 0);
  assert.deepEqual(cluster.keys(HTTP_ROUTES), []);
  assert.equal(owned.count, 0);
  assert.equal(await settled(), 0);
  assert.equal(deletes(), 1);
  assert.deepEqual(run.recorder.outcomes(), { "failed connection-reset": 1 });
});

Deno.test("a create that takes effect after its delete has found nothing is found by a later look", async () => {
  const { cluster, run, context, owned, writes, settled } = setting();
  cluster.fail("create", RESET);
  await assert.rejects(writes.create(context, OBJECT), RESET);
  void run.clock.sleepUntil(500).then(() => cluster.put(HTTP_ROUTES, OBJECT));
  assert.equal(await settled(1_000), 0);
  assert.deepEqual(cluster.keys(HTTP_ROUTES), []);
  assert.equal(owned.count, 0);
});

Deno.test("all creates that were not answered are waited for together", async () => {
  const { cluster, context, writes, settled, deletes } = setting();
  cluster.fail("create", RESET, { times: 100 });
  const names = Array.from({ length: 100 }, (_, index) => ({ namespace: "ns", name: `r${index}` }));
  await Promise.all(
    names.map((metadata) => writes.create(context, { metadata }).catch(() => {})),
  );
  assert.equal(await settled(1_000), 0);
  assert.equal(deletes(), 200);
});

Deno.test("a measured delete that finds nothing does not end the doubt about a create", async () => {
  const { cluster, context, writes, settled } = setting();
  cluster.fail("create", RESET);
  await assert.rejects(writes.create(context, OBJECT), RESET);
  await writes.delete(context, REF);
  assert.equal(writes.inDoubt, 1);
  cluster.put(HTTP_ROUTES, OBJECT);
  assert.equal(await settled(), 0);
  assert.deepEqual(cluster.keys(HTTP_ROUTES), []);
});

Deno.test("a route whose delete was not answered is gone when nothing is found", async () => {
  const { cluster, context, writes, settled, deletes } = setting();
  await writes.create(context, OBJECT);
  cluster.fail("delete", RESET, { afterEffect: true });
  await assert.rejects(writes.delete(context, REF), RESET);
  assert.equal(writes.inDoubt, 1);
  assert.equal(await settled(), 0);
  assert.equal(deletes(), 2);
});

Deno.test("a route that was refused, or deleted, is in no doubt", async () => {
  const { cluster, context, writes, settled, deletes } = setting();
  cluster.fail("create", statusError(403, "Forbidden"));
  await assert.rejects(writes.create(context, OBJECT));
  await writes.create(context, OBJECT);
  await writes.delete(context, REF);
  assert.equal(await settled(), 0);
  assert.equal(deletes(), 1);
});

Deno.test("a route that cannot be deleted stays in doubt, and is tried again the next time", async () => {
  const { cluster, context, owned, writes, settled } = setting();
  await writes.create(context, OBJECT);
  cluster.fail("delete", statusError(403, "Forbidden"), { times: 2 });
  await assert.rejects(writes.delete(context, REF));
  assert.equal(await settled(), 1);
  assert.equal(owned.count, 1);
  assert.equal(await settled(), 0);
  assert.equal(owned.count, 0);
});

Deno.test("a run that is stopped settles nothing more", async () => {
  const { cluster, run, context, writes, settled, deletes } = setting();
  cluster.fail("create", RESET);
  await assert.rejects(writes.create(context, OBJECT), RESET);
  void run.clock.sleepUntil(500).then(() => run.stop.abort());
  assert.equal(await settled(500), 1);
  assert.equal(deletes(), 1);
  assert.equal(await settled(), 1);
  assert.equal(deletes(), 1);
});
