import assert from "node:assert/strict";
import { CannotRunError, OperationFailedError } from "../../../core/errors.ts";
import { createRng } from "../../../core/load/rng.ts";
import {
  ensureNamespaces,
  removeNamespaces,
  untouchedText,
} from "../../../kube/owned/namespaces.ts";
import type { ObjectMeta } from "../../../kube/object.ts";
import { LeftoverError } from "../../../core/errors.ts";
import { ownerLabels } from "../../../kube/owned/ownership.ts";
import { LEASES } from "../../../kube/owned/run_record.ts";
import { CONFIG_MAPS, FLUNDERS, NAMESPACES } from "../../../kube/resource.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { MemoryCluster, statusError } from "../../support/memory_cluster.ts";

const LABELS = ownerLabels({ runId: "r1", command: "cmdriver" });
const OTHER_LABELS = ownerLabels({ runId: "r2", command: "cmdriver" });
const RESET = new OperationFailedError("connection-reset", "reset");

/** What both functions take, and what they said. */
function setting({ terminatingPolls = 0 } = {}) {
  const cluster = new MemoryCluster({ terminatingPolls });
  const clock = new FakeClock();
  const controller = new AbortController();
  const said: string[] = [];
  const context = {
    clock,
    rng: createRng(1),
    signal: controller.signal,
    say: (line: string) => void said.push(line),
  };
  return { cluster, clock, controller, said, context };
}

type Setting = ReturnType<typeof setting>;

function put({ cluster }: Setting, name: string, metadata: ObjectMeta = {}, status = {}): void {
  const spec = { finalizers: ["kubernetes"] };
  cluster.put(NAMESPACES, { metadata: { name, ...metadata }, spec, status });
}

/** The result after up to `ms`; a rejection as its error. */
async function ensure(
  { cluster, clock, context }: Setting,
  names: readonly string[],
  { create = true, ms = 0 } = {},
): Promise<unknown> {
  const ended = ensureNamespaces(cluster, names, { ...context, labels: LABELS, create })
    .catch((thrown: unknown) => thrown);
  await clock.advance(ms);
  assert.equal(clock.sleeperCount, 0);
  return await ended;
}

function remove({ cluster, context }: Setting, names: readonly string[]): Promise<string[]> {
  const resources = [CONFIG_MAPS, FLUNDERS, LEASES];
  return removeNamespaces(cluster, names, { ...context, runId: "r1", resources });
}

function messageIs(expected: string) {
  return (error: unknown) => {
    assert.ok(error instanceof LeftoverError);
    assert.equal(error.message, expected);
    return true;
  };
}

Deno.test("ensureNamespaces makes what is missing, with the labels, and returns those names alone", async () => {
  const test = setting();
  put(test, "a");
  assert.deepEqual(await ensure(test, ["a", "b", "b", "c"]), ["b", "c"]);
  const { metadata } = await test.cluster.get(NAMESPACES, { name: "b" });
  assert.deepEqual(metadata.labels, LABELS);
  const creates = test.cluster.calls.filter((call) => call.startsWith("create"));
  assert.deepEqual(creates, ["create namespaces b", "create namespaces c"]);
  assert.deepEqual(test.said, []);
});

Deno.test("ensureNamespaces without leave to create names all that are missing and the remedy", async () => {
  const test = setting();
  put(test, "a");
  put(test, "going", { deletionTimestamp: "2026-01-01T00:00:00Z", finalizers: ["x"] });
  const error = await ensure(test, ["a", "b", "going"], { create: false });
  assert.ok(error instanceof CannotRunError);
  assert.equal(
    error.message,
    'Cannot find namespaces "b", "going"; make it with: kubectl create namespace b && ' +
      "kubectl create namespace going",
  );
  assert.deepEqual(test.cluster.keys(NAMESPACES), ["a", "going"]);
});

Deno.test("ensureNamespaces takes a namespace that it may not read to be there", async () => {
  for (const create of [false, true]) {
    const test = setting();
    const refusal = statusError(403, "Forbidden");
    test.cluster.fail("get", refusal);
    const result = await ensure(test, ["a"], { create });
    assert.deepEqual(result, []);
    assert.deepEqual(test.said, ['namespace "a" is taken to be there: this user may not look']);
  }
});

Deno.test("ensureNamespaces waits for a Terminating namespace, says so once, and makes it anew", async () => {
  const test = setting({ terminatingPolls: 10 });
  put(test, "a", { deletionTimestamp: "2026-01-01T00:00:00Z" });
  assert.deepEqual(await ensure(test, ["a"], { ms: 5_000 }), ["a"]);
  assert.deepEqual(test.said, [
    'namespace "a" is being deleted: waiting up to 60 s to make it anew',
  ]);
  const { metadata } = await test.cluster.get(NAMESPACES, { name: "a" });
  assert.equal(metadata.deletionTimestamp, undefined);
  assert.deepEqual(metadata.labels, LABELS);
});

Deno.test("ensureNamespaces gives up on a namespace that is Terminating for 60 s and says what holds it", async () => {
  const test = setting();
  const going = { deletionTimestamp: "2026-01-01T00:00:00Z", finalizers: ["example.com/hold"] };
  put(test, "a", going, {
    conditions: [
      { type: "NamespaceContentRemaining", status: "True", message: "3 configmaps" },
      { type: "NamespaceDeletionContentFailure", status: "False", message: "all well" },
    ],
  });
  const error = await ensure(test, ["a"], { ms: 60_000 });
  assert.ok(error instanceof CannotRunError);
  assert.equal(
    error.message,
    'Cannot use namespace "a": it is still Terminating after 60 s (finalizers example.com/hold; ' +
      "NamespaceContentRemaining: 3 configmaps)",
  );
});

Deno.test("ensureNamespaces says of a namespace that no controller has begun to remove just that", async () => {
  const test = setting({ terminatingPolls: Infinity });
  put(test, "a", { deletionTimestamp: "2026-01-01T00:00:00Z" });
  const error = await ensure(test, ["a"], { ms: 60_000 });
  assert.ok(error instanceof CannotRunError);
  assert.equal(
    error.message,
    'Cannot use namespace "a": it is still Terminating after 60 s (no namespace controller has ' +
      "begun to remove it; is kube-controller-manager running?)",
  );
});

Deno.test("ensureNamespaces ends with the signal's reason while it waits", async () => {
  const test = setting({ terminatingPolls: 100 });
  put(test, "a", { deletionTimestamp: "2026-01-01T00:00:00Z" });
  const reason = new Error("interrupted");
  const ended = ensure(test, ["a"], { ms: 1_000 });
  test.clock.sleepUntil(900).then(() => test.controller.abort(reason));
  assert.equal(await ended, reason);
});

Deno.test("a namespace is ours although the answer to its create was lost, and not if another made it", async () => {
  const lost = setting();
  lost.cluster.fail("create", RESET, { afterEffect: true });
  assert.deepEqual(await ensure(lost, ["a"], { ms: 1_000 }), ["a"]);

  const raced = setting();
  raced.cluster.onCall = (call) => {
    if (call === "create namespaces a") put(raced, "a", { labels: OTHER_LABELS });
  };
  assert.deepEqual(await ensure(raced, ["a"], { ms: 1_000 }), []);
});

Deno.test("ensureNamespaces makes a namespace that another deletes between its create and the look at it", async () => {
  const test = setting();
  const createdAtMs: number[] = [];
  test.cluster.onCall = (call) => {
    if (call !== "create namespaces a") return;
    createdAtMs.push(test.clock.now());
    if (createdAtMs.length === 1) put(test, "a", { deletionTimestamp: "2026-01-01T00:00:00Z" });
  };
  assert.deepEqual(await ensure(test, ["a"], { ms: 2_000 }), ["a"]);
  assert.deepEqual(createdAtMs, [0, 500]);
});

Deno.test("removeNamespaces deletes those that this run made, waits until they are gone, and no others", async () => {
  const test = setting({ terminatingPolls: 3 });
  put(test, "mine", { labels: LABELS });
  put(test, "theirs", { labels: OTHER_LABELS });
  put(test, "plain");
  let isDone = false;
  const removed = remove(test, ["mine", "theirs", "plain", "absent"]).then(() => isDone = true);
  await test.clock.advance(1_400);
  assert.equal(isDone, false);
  await test.clock.advance(100);
  await removed;
  assert.deepEqual(test.cluster.keys(NAMESPACES), ["theirs", "plain"]);
  const deletes = test.cluster.calls.filter((call) => call.startsWith("delete"));
  assert.deepEqual(deletes, ["delete namespaces mine"]);
  assert.deepEqual(test.said, ['namespace "mine" is not gone yet']);
  assert.equal(test.clock.sleeperCount, 0);
});

Deno.test("of many namespaces that are held alike two are told of by name, and others once; what is held otherwise is", async () => {
  const test = setting({ terminatingPolls: 3 });
  const names = ["a", "b", "c", "d", "e"];
  for (const name of names) put(test, name, { labels: LABELS });
  put(test, "z", { labels: LABELS, finalizers: ["example.com/hold"] });
  const ended = assert.rejects(remove(test, [...names, "z"]));
  await test.clock.advance(20_000);
  test.controller.abort();
  await ended;
  assert.deepEqual(test.said, [
    'namespace "a" is not gone yet',
    'namespace "b" is not gone yet',
    "more namespaces are not gone yet",
    'namespace "z" is not gone yet (finalizers example.com/hold)',
  ]);
});

Deno.test("removeNamespaces leaves a namespace in which another run has an object, of any given resource", async () => {
  for (const resource of [CONFIG_MAPS, FLUNDERS]) {
    const test = setting();
    put(test, "a", { labels: LABELS });
    test.cluster.put(resource, { metadata: { namespace: "a", name: "x", labels: OTHER_LABELS } });
    await remove(test, ["a"]);
    assert.deepEqual(test.cluster.keys(NAMESPACES), ["a"]);
    const name = resource === FLUNDERS ? "flunders.wardle.example.com" : "configmaps";
    assert.deepEqual(test.said, [`namespace "a" stays: another run has ${name} "x" there`]);
  }
});

Deno.test("objects of this run, of nobody and of other namespaces do not keep a namespace", async () => {
  const test = setting();
  put(test, "a", { labels: LABELS });
  for (
    const [namespace, name, labels] of [
      ["a", "mine", LABELS],
      ["a", "root-ca", {}],
      ["b", "theirs", OTHER_LABELS],
    ] as const
  ) test.cluster.put(CONFIG_MAPS, { metadata: { namespace, name, labels } });
  await remove(test, ["a"]);
  assert.deepEqual(test.cluster.keys(NAMESPACES), []);
});

Deno.test("removeNamespaces names what holds a namespace when the signal aborts", async () => {
  const test = setting();
  put(test, "a", { labels: LABELS, finalizers: ["example.com/hold"] }, {
    conditions: [{ type: "NamespaceFinalizersRemaining", status: "True", message: "1 flunder" }],
  });
  put(test, "b", { labels: LABELS });
  const held = "(finalizers example.com/hold; NamespaceFinalizersRemaining: 1 flunder)";
  const ended = assert.rejects(
    remove(test, ["a", "b"]),
    messageIs(
      `namespace "a" is left: cleaning up was cut off ${held}; ` +
        "finish with: kubectl delete namespace a",
    ),
  );
  await test.clock.advance(20_000);
  test.controller.abort();
  await ended;
  assert.deepEqual(test.said, [`namespace "a" is not gone yet ${held}`]);
  assert.equal(test.clock.sleeperCount, 0);
});

Deno.test("removeNamespaces reports every namespace that it could not delete, and why", async () => {
  const test = setting();
  for (const name of ["a", "b", "c"]) put(test, name, { labels: LABELS });
  test.cluster.fail("delete", statusError(403, "Forbidden"), { on: "namespaces a" });
  test.cluster.fail("list", statusError(403, "Forbidden"), { on: "configmaps b" });
  await assert.rejects(remove(test, ["a", "b", "c"]), (error: unknown) => {
    messageIs(
      '2 namespaces left: namespace "a" is left: Forbidden; namespace "b" is left: Forbidden; ' +
        "finish with: kubectl delete namespace a && kubectl delete namespace b",
    )(error);
    assert.equal((error as LeftoverError).left, 2);
    return true;
  });
  assert.deepEqual(test.cluster.keys(NAMESPACES), ["a", "b"]);
});

Deno.test("removeNamespaces does not know what is left if its signal aborted before it could look", async () => {
  const test = setting();
  put(test, "a", { labels: LABELS });
  test.controller.abort();
  await assert.rejects(
    remove(test, ["a"]),
    messageIs(
      'namespace "a" may be left: cleaning up was cut off; ' +
        "finish with: kubectl delete namespace a",
    ),
  );
});

Deno.test("removeNamespaces takes a namespace of the same name with another uid for gone", async () => {
  const test = setting();
  put(test, "a", { labels: LABELS, uid: "first" });
  test.cluster.onCall = (call) => {
    if (call.startsWith("delete ")) put(test, "a", { uid: "second", finalizers: ["x"] });
  };
  await remove(test, ["a"]);
  assert.deepEqual(test.said, []);
});

Deno.test("removeNamespaces retries a lost connection and takes a deletion that has begun for its own", async () => {
  const test = setting();
  put(test, "a", { labels: LABELS });
  test.cluster.fail("get", RESET);
  test.cluster.fail("delete", RESET, { afterEffect: true });
  test.cluster.fail("delete", statusError(409, "Conflict"));
  const removed = remove(test, ["a"]);
  await test.clock.advance(1_000);
  await removed;
  assert.deepEqual(test.cluster.keys(NAMESPACES), []);
});

/** A namespace of this run, on a cluster without a namespace controller. */
function untouched({ status = {}, spec = ["kubernetes"], finalizers = [] as string[] } = {}) {
  const test = setting({ terminatingPolls: Infinity });
  const metadata = { name: "a", labels: LABELS, ...(finalizers.length > 0 ? { finalizers } : {}) };
  test.cluster.put(NAMESPACES, { metadata, spec: { finalizers: spec }, status });
  return test;
}

/** What is left after a minute and a half, or "waits". */
async function outcome(test: Setting): Promise<readonly string[] | "waits"> {
  let result: readonly string[] | "waits" = "waits";
  const removed = remove(test, ["a"]).then((names) => result = names, () => {});
  await test.clock.advance(90_000);
  const { length } = test.cluster.calls;
  test.controller.abort();
  await removed;
  assert.ok(length < 500, "it looks no oftener for what is in it than at the namespace");
  return result;
}

Deno.test("a namespace that no controller has begun to remove for 30 s is left, as nothing of the run is in it", async () => {
  const test = untouched();
  const record = { ...LABELS, "scaletool.io/record": "run" };
  test.cluster.put(LEASES, { metadata: { namespace: "a", name: "r1", labels: record } });
  test.cluster.put(CONFIG_MAPS, { metadata: { namespace: "a", name: "theirs" } });
  let names: string[] | undefined;
  void remove(test, ["a", "absent"]).then((left) => names = left);
  await test.clock.advance(29_900);
  assert.equal(names, undefined);
  await test.clock.advance(100);
  assert.deepEqual(names, ["a"]);
  assert.equal(test.clock.sleeperCount, 0);
  assert.deepEqual(untouchedText("a"), {
    why:
      "it has none of the run's objects and is Terminating, but after 30s no namespace controller " +
      "has begun to remove it; is kube-controller-manager running?",
    look: "kubectl get namespace a -o yaml",
  });
});

const CONDITION = { type: "NamespaceDeletionDiscoveryFailure", status: "False", message: "" };

for (
  const [what, test, prepare] of [
    ["its controller has begun to remove", untouched({ status: { conditions: [CONDITION] } })],
    ["somebody else holds", untouched({ finalizers: ["example.com/hold"] })],
    ["somebody else holds in its spec", untouched({ spec: ["kubernetes", "example.com/hold"] })],
    [
      "has an object of the run",
      untouched(),
      ({ cluster }: Setting) =>
        cluster.put(FLUNDERS, { metadata: { namespace: "a", name: "mine", labels: LABELS } }),
    ],
    [
      "nobody may look into",
      untouched(),
      ({ cluster, clock }: Setting) =>
        clock.callAt(20_000, () => cluster.fail("list", statusError(403, "Forbidden"))),
    ],
  ] as const
) {
  Deno.test(`a namespace that ${what} is waited for`, async () => {
    prepare?.(test);
    assert.equal(await outcome(test), "waits");
  });
}

Deno.test("a cleaning that is cut off early says that no controller has begun to remove the namespace", async () => {
  const test = untouched();
  const ended = assert.rejects(
    remove(test, ["a"]),
    messageIs(
      'namespace "a" is left: cleaning up was cut off (no namespace controller has begun to remove ' +
        "it; is kube-controller-manager running?); finish with: kubectl delete namespace a",
    ),
  );
  await test.clock.advance(5_000);
  test.controller.abort();
  await ended;
});

Deno.test("of hundreds of namespaces no more than 64 go at a time, and all of them go", async () => {
  const test = setting({ terminatingPolls: 1 });
  const names = Array.from({ length: 150 }, (_, index) => `ns-${index}`);
  for (const name of names) put(test, name, { labels: LABELS });
  const removing = remove(test, names);
  const deleted = () => test.cluster.calls.filter((call) => call.startsWith("delete ")).length;
  await test.clock.advance(0);
  assert.equal(deleted(), 64);
  await test.clock.advance(60_000);
  assert.deepEqual(await removing, []);
  assert.equal(deleted(), 150);
});
