import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import { OperationFailedError } from "../../../core/errors.ts";
import { createRng } from "../../../core/load/rng.ts";
import type { ObjectMeta, ObjectRef } from "../../../kube/object.ts";
import { OwnedObjects } from "../../../kube/owned/owned_objects.ts";
import { LeftoverError } from "../../../core/errors.ts";
import { ownerLabels } from "../../../kube/owned/ownership.ts";
import { CONFIG_MAPS, NAMESPACES, type Resource } from "../../../kube/resource.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { MemoryCluster, statusError } from "../../support/memory_cluster.ts";

const LABELS = ownerLabels({ runId: "r1", command: "cmdriver" });
const OTHER_LABELS = ownerLabels({ runId: "r2", command: "cmdriver" });
const BY_HAND = "finish with: kubectl delete configmaps -n ns -l " +
  "app.kubernetes.io/managed-by=scaletool,scaletool.io/run-id=r1";

function setting(
  { resource = CONFIG_MAPS, namespaces = ["ns"] }: {
    resource?: Resource;
    namespaces?: readonly string[];
  } = {},
) {
  const cluster = new MemoryCluster();
  const clock = new FakeClock();
  const controller = new AbortController();
  const owned = new OwnedObjects(cluster, {
    resource,
    namespaces,
    runId: "r1",
    clock,
    rng: createRng(1),
  });
  const said: string[] = [];
  const deleteAll = () => owned.deleteAll(controller.signal, { say: (line) => said.push(line) });
  return { cluster, clock, controller, owned, said, deleteAll };
}

type Setting = ReturnType<typeof setting>;

/** An object of this run that is there and registered. */
function make({ cluster, owned }: Setting, ref: ObjectRef, metadata: ObjectMeta = {}): void {
  owned.register(ref);
  cluster.put(CONFIG_MAPS, { metadata: { ...ref, labels: LABELS, ...metadata } });
}

function refs(count: number, namespace = "ns"): ObjectRef[] {
  return Array.from({ length: count }, (_, index) => ({ namespace, name: `o-${index}` }));
}

/** The error that deleteAll ends with within `ms`. */
async function failure({ clock, deleteAll }: Setting, ms: number): Promise<LeftoverError> {
  const ended = deleteAll().then(() => undefined, (thrown: unknown) => thrown);
  await clock.advance(ms);
  const error = await ended;
  assert.ok(error instanceof LeftoverError);
  assert.equal(clock.sleeperCount, 0);
  return error;
}

async function deletedWithin({ clock, deleteAll }: Setting, ms: number): Promise<void> {
  const all = deleteAll();
  await clock.advance(ms);
  await all;
}

function callsOf({ cluster }: Setting, verb: string): string[] {
  return cluster.calls.filter((call) => call.startsWith(`${verb} `));
}

Deno.test("count is that of a set of namespace and name, whatever is registered and released", () => {
  const ref = fc.record({
    namespace: fc.constantFrom("ns", "other"),
    name: fc.constantFrom("a", "b", "c"),
  });
  fc.assert(fc.property(fc.array(fc.tuple(fc.boolean(), ref)), (events) => {
    const { owned } = setting();
    const oracle = new Set<string>();
    for (const [isMade, one] of events) {
      const key = `${one.namespace}/${one.name}`;
      if (isMade) {
        owned.register(one);
        oracle.add(key);
      } else {
        owned.release(one);
        oracle.delete(key);
      }
      assert.equal(owned.count, oracle.size);
    }
  }));
});

Deno.test("deleteAll deletes what is registered, and only after it looks for more", async () => {
  const test = setting();
  for (const ref of refs(3)) make(test, ref);
  test.owned.release({ namespace: "ns", name: "o-1" });
  test.cluster.vanish(CONFIG_MAPS, { namespace: "ns", name: "o-1" });
  await test.deleteAll();
  assert.deepEqual(test.cluster.calls, [
    "delete configmaps ns/o-0",
    "delete configmaps ns/o-2",
    "list configmaps ns",
  ]);
  assert.equal(test.owned.count, 0);
  assert.deepEqual(test.said, ["deleting 2 configmaps"]);
});

Deno.test("deleteAll finds what was never registered by its labels, on all pages of all namespaces, and nothing of others", async () => {
  const test = setting({ namespaces: ["a", "b"] });
  for (const namespace of ["a", "b"]) {
    for (const { name } of refs(1_100)) {
      test.cluster.put(CONFIG_MAPS, { metadata: { namespace, name, labels: LABELS } });
    }
  }
  test.cluster.put(CONFIG_MAPS, { metadata: { namespace: "a", name: "x", labels: OTHER_LABELS } });
  test.cluster.put(CONFIG_MAPS, { metadata: { namespace: "c", name: "x", labels: LABELS } });
  await deletedWithin(test, 1_000);
  assert.deepEqual(test.cluster.keys(CONFIG_MAPS), ["a/x", "c/x"]);
  // Three pages of each namespace, and one look more that finds nothing.
  assert.equal(callsOf(test, "list").length, 8);
});

Deno.test("deleteAll has at most 32 deletions under way", async () => {
  const test = setting();
  for (const ref of refs(200)) make(test, ref);
  test.cluster.onCall = () => setImmediate();
  await test.deleteAll();
  assert.equal(test.cluster.mostAtOnce, 32);
  assert.equal(callsOf(test, "delete").length, 200);
});

Deno.test("deleteAll waits out 429 and lost connections, and a lost answer to a delete is no failure", async () => {
  const test = setting();
  for (const ref of refs(3)) make(test, ref);
  const busy = statusError(429, "TooManyRequests", 8_000);
  const reset = new OperationFailedError("connection-reset", "reset");
  test.cluster.fail("delete", busy, { on: "o-0" });
  test.cluster.fail("delete", reset, { on: "o-1", afterEffect: true });
  test.cluster.fail("list", busy);
  const times: number[] = [];
  test.cluster.onCall = (call) => void (call.endsWith("o-0") && times.push(test.clock.now()));
  await deletedWithin(test, 60_000);
  assert.equal(times.length, 2);
  assert.ok((times[1] ?? 0) >= 8_000 && (times[1] ?? 0) <= 12_000, `${times}`);
  assert.deepEqual(test.cluster.keys(CONFIG_MAPS), []);
});

Deno.test("deleteAll looks again after a pause if a registered object was not there, for its create may still arrive", async () => {
  const test = setting();
  test.owned.register({ namespace: "ns", name: "late" });
  const all = test.deleteAll();
  await test.clock.advance(100);
  assert.equal(callsOf(test, "list").length, 1);
  make(test, { namespace: "ns", name: "late" });
  await test.clock.advance(2_000);
  await all;
  assert.deepEqual(test.cluster.keys(CONFIG_MAPS), []);
  assert.equal(test.owned.count, 0);
});

Deno.test("deleteAll uses one request a namespace above 500 objects, then looks for the rest", async () => {
  const test = setting({ namespaces: ["a", "b"] });
  for (const namespace of ["a", "b"]) {
    for (const ref of refs(251, namespace)) make(test, ref);
  }
  test.cluster.put(CONFIG_MAPS, { metadata: { namespace: "a", name: "x", labels: OTHER_LABELS } });
  await deletedWithin(test, 1_000);
  // The second look is for creates that were cut off and may still arrive.
  assert.deepEqual(test.cluster.calls, [
    "deletecollection configmaps a",
    "deletecollection configmaps b",
    ...Array(2).fill(["list configmaps a", "list configmaps b"]).flat(),
  ]);
  assert.deepEqual(test.cluster.keys(CONFIG_MAPS), ["a/x"]);
  assert.deepEqual(test.said, ["deleting 502 configmaps"]);
});

Deno.test("deleteAll deletes one by one up to 500 objects, and above where a collection may not be deleted", async () => {
  for (const [count, collections] of [[500, 0], [501, 1]] as const) {
    const test = setting();
    for (const ref of refs(count)) make(test, ref);
    test.cluster.fail("deletecollection", statusError(403, "Forbidden"));
    await test.deleteAll();
    assert.equal(callsOf(test, "deletecollection").length, collections);
    assert.equal(callsOf(test, "delete").length, count);
    const why = "deleting configmaps one by one: Forbidden";
    assert.deepEqual(test.said.slice(1), collections > 0 ? [why] : []);
    assert.deepEqual(test.cluster.keys(CONFIG_MAPS), []);
  }
});

Deno.test("deleteAll names the first five objects that finalizers hold, and how many more", async () => {
  const test = setting();
  for (const ref of refs(7)) make(test, ref, { finalizers: ["example.com/hold", "x"] });
  make(test, { namespace: "ns", name: "free" });
  const error = await failure(test, 20_000);
  const named = [0, 1, 2, 3, 4].map((index) => `ns/o-${index} (finalizers example.com/hold, x)`);
  assert.equal(error.message, `7 configmaps left: ${named.join(", ")}, 2 more; ${BY_HAND}`);
  assert.equal(error.left, 7);
  assert.equal(test.owned.count, 7);
  // Each was told to go once; telling it again would not help.
  assert.equal(callsOf(test, "delete").length, 8);
});

Deno.test("deleteAll goes on as long as finalizers are taken off, however slowly", async () => {
  const test = setting();
  for (const ref of refs(10)) make(test, ref, { finalizers: ["example.com/hold"] });
  const all = test.deleteAll();
  for (const ref of refs(10)) {
    await test.clock.advance(6_000);
    test.cluster.vanish(CONFIG_MAPS, ref);
  }
  await test.clock.advance(6_000);
  await all;
  assert.equal(test.owned.count, 0);
});

Deno.test("deleteAll says why an object cannot be deleted, after it has deleted all others", async () => {
  const test = setting();
  for (const ref of refs(3)) make(test, ref);
  test.cluster.fail("delete", statusError(403, "Forbidden"), { times: 100, on: "o-1" });
  const error = await failure(test, 20_000);
  assert.equal(error.message, `1 configmaps left: ns/o-1; Forbidden; ${BY_HAND}`);
  assert.deepEqual(test.cluster.keys(CONFIG_MAPS), ["ns/o-1"]);
});

Deno.test("deleteAll says what it knows if it may not look", async () => {
  const test = setting();
  for (const ref of refs(2)) make(test, ref);
  test.cluster.fail("list", statusError(403, "Forbidden"));
  const error = await failure(test, 0);
  assert.equal(error.message, `configmaps may be left: Forbidden; ${BY_HAND}`);
});

Deno.test("deleteAll that is cut off says how many are left and how to delete them", async () => {
  const test = setting();
  for (const ref of refs(100)) make(test, ref);
  test.cluster.onCall = (call) => {
    if (call.endsWith("o-40")) test.controller.abort();
  };
  const error = await failure(test, 0);
  const left = test.cluster.keys(CONFIG_MAPS).length;
  assert.ok(left > 0 && left < 100, `${left}`);
  assert.equal(error.left, left);
  assert.equal(
    error.message,
    `at least ${left} configmaps left: cleaning up was cut off; ${BY_HAND}`,
  );
});

Deno.test("deleteAll with the server gone tries until its signal aborts", async () => {
  const test = setting();
  for (const ref of refs(2)) make(test, ref);
  const refused = new OperationFailedError("connection-refused", "refused");
  test.cluster.fail("delete", refused, { times: Infinity });
  test.clock.sleepUntil(60_000).then(() => test.controller.abort());
  const error = await failure(test, 60_000);
  assert.equal(error.left, 2);
  assert.ok(test.cluster.calls.length > 20);
});

Deno.test("deleteAll begins a list again in one piece when the snapshot has expired", async () => {
  const test = setting();
  for (const { name } of refs(600)) {
    test.cluster.put(CONFIG_MAPS, { metadata: { namespace: "ns", name, labels: LABELS } });
  }
  // Nothing is registered here: it says nothing and looks all the same.
  test.cluster.fail("list", statusError(410, "Expired"), { on: "page-" });
  await deletedWithin(test, 1_000);
  assert.deepEqual(test.cluster.keys(CONFIG_MAPS), []);
  // Two pages of which the second is refused, all in one, and the last look.
  assert.equal(callsOf(test, "list").length, 4);
  assert.deepEqual(test.said, []);
});

Deno.test("deleteAll gives a sign of life every 10 s", async () => {
  const test = setting();
  for (const ref of refs(320)) make(test, ref);
  test.cluster.onCall = () => test.clock.sleepUntil(test.clock.now() + 3_000);
  await deletedWithin(test, 60_000);
  // Ten rounds of 32 deletions of 3 s each; the sign comes with the first deletion after 10 s.
  assert.deepEqual(test.said, [
    "deleting 320 configmaps",
    "deleting configmaps: 223 to go",
    "deleting configmaps: 95 to go",
  ]);
});

Deno.test("objects of a cluster-scoped resource are found and deleted without a namespace", async () => {
  const nodes = { ...NAMESPACES, plural: "nodes", kind: "Node" };
  const test = setting({ resource: nodes });
  test.owned.register({ name: "a" });
  for (const name of ["a", "b"]) test.cluster.put(nodes, { metadata: { name, labels: LABELS } });
  await deletedWithin(test, 1_000);
  assert.deepEqual(test.cluster.calls, [
    "delete nodes a",
    "list nodes",
    "delete nodes b",
    "list nodes",
  ]);
});
