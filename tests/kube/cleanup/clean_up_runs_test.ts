import assert from "node:assert/strict";
import { CannotRunError } from "../../../core/errors.ts";
import { type Cleaning, cleanUpRuns } from "../../../kube/cleanup/clean_up_runs.ts";
import type { CleanupResult } from "../../../kube/cleanup/result.ts";
import type { ObjectMeta } from "../../../kube/object.ts";
import { ownerLabels } from "../../../kube/owned/ownership.ts";
import { JOBS, PODS } from "../../../kube/resource.ts";
import { statusError } from "../../support/memory_cluster.ts";
import {
  CONFIG_MAPS,
  FLUNDERS,
  LEASES,
  NAMESPACES,
  put,
  putRecord,
  type World,
  worldWithRuns,
} from "./cluster_with_runs.ts";

const ONE = { kind: "run", runId: "r1" } as const;
const REVIEWS = "POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

async function clean(
  world: World,
  { forMs = 60_000, ...options }: Partial<Cleaning> & { forMs?: number } = {},
): Promise<CleanupResult> {
  const cleaning = cleanUpRuns({
    context: world,
    choice: ONE,
    server: "https://server",
    user: { username: "me", groups: [] },
    namespaces: [],
    isForced: false,
    isShownOnly: false,
    ...options,
  });
  const [result] = await Promise.all([cleaning, world.clock.advance(forMs)]);
  return result;
}

function rows({ runs }: CleanupResult): [string, number, number][] {
  return runs.flatMap(({ kinds }) =>
    kinds.map(({ resource, found, left }) => [resource, found, left] as [string, number, number])
  );
}

function writesOf({ cluster }: World): string[] {
  return cluster.calls.filter((call) => /^(delete|deletecollection) /.test(call));
}

Deno.test("objects go first, then the namespaces that the run made, the record last", async () => {
  const world = worldWithRuns();
  putRecord(world, { madeNamespaces: ["ns"] });
  put(world, NAMESPACES, { name: "ns" });
  put(world, CONFIG_MAPS, { namespace: "ns", name: "a" });
  const result = await clean(world);
  assert.deepEqual(writesOf(world), [
    "delete configmaps ns/a",
    "delete namespaces ns",
    "delete leases.coordination.k8s.io ns/scaletool-run-r1",
  ]);
  assert.deepEqual(rows(result), [
    ["configmaps", 1, 0],
    ["namespaces", 1, 0],
    ["leases.coordination.k8s.io", 1, 0],
  ]);
  assert.equal(result.runs[0]?.state, "deleted");
});

Deno.test("pods that put a load on go before what they make, which they would make anew", async () => {
  const world = worldWithRuns();
  const resources = [CONFIG_MAPS, PODS, JOBS];
  putRecord(world, { resources });
  for (const resource of resources) put(world, resource, { namespace: "ns", name: "a" });
  await clean(world);
  assert.deepEqual(writesOf(world).slice(0, 3), [
    "delete jobs.batch ns/a",
    "delete pods ns/a",
    "delete configmaps ns/a",
  ]);
});

Deno.test("a dry run tells the same and deletes nothing", async () => {
  const world = worldWithRuns();
  putRecord(world, { madeNamespaces: ["ns"] });
  put(world, CONFIG_MAPS, { namespace: "ns", name: "a" });
  const result = await clean(world, { isShownOnly: true });
  assert.deepEqual(writesOf(world), []);
  assert.deepEqual(rows(result), [
    ["configmaps", 1, 1],
    ["namespaces", 1, 1],
    ["leases.coordination.k8s.io", 1, 1],
  ]);
  assert.equal(result.runs[0]?.state, "would be deleted");
});

Deno.test("what was found, of more than 500 objects too, goes with nothing of others", async () => {
  const world = worldWithRuns();
  for (let index = 0; index < 1_203; index++) {
    put(world, FLUNDERS, { namespace: "ns", name: `f-${index}` });
  }
  put(world, FLUNDERS, { namespace: "ns", name: "other", runId: "r2" });
  put(world, FLUNDERS, { namespace: "ns", name: "foreign", labels: {} });
  const result = await clean(world);
  assert.deepEqual(rows(result), [["flunders.wardle.example.com", 1_203, 0]]);
  assert.deepEqual(world.cluster.keys(FLUNDERS), ["ns/other", "ns/foreign"]);
});

Deno.test("what finalizers hold is left, the record with it, and both commands are exact", async () => {
  const world = worldWithRuns();
  putRecord(world);
  put(world, CONFIG_MAPS, { namespace: "ns", name: "a", finalizers: ["example.com/x"] });
  put(world, CONFIG_MAPS, { namespace: "ns", name: "b" });
  const result = await clean(world);
  assert.deepEqual(rows(result), [["configmaps", 2, 1], ["leases.coordination.k8s.io", 1, 1]]);
  assert.deepEqual(world.cluster.keys(LEASES), ["ns/scaletool-run-r1"]);
  const selector = "app.kubernetes.io/managed-by=scaletool,scaletool.io/run-id=r1";
  assert.deepEqual(result.runs[0]?.left, [{
    what: "1 configmaps in namespace ns",
    why:
      "held by finalizers example.com/x: whoever set them has to let go; the command gives up on that",
    command: `kubectl get configmaps -n ns -l ${selector} -o name | ` +
      `xargs -n 1 kubectl patch -n ns --type=merge -p '{"metadata":{"finalizers":null}}'`,
  }]);
});

Deno.test("what this user may not delete is left at once, with the command that grants it", async () => {
  const world = worldWithRuns();
  putRecord(world, { namespaces: ["ns", "two"] });
  put(world, CONFIG_MAPS, { namespace: "ns", name: "a" });
  put(world, CONFIG_MAPS, { namespace: "two", name: "b" });
  world.cluster.answers.set(
    REVIEWS,
    (review: { spec: { resourceAttributes: { namespace: string } } }) => ({
      status: { allowed: review.spec.resourceAttributes.namespace !== "two" },
    }),
  );
  const result = await clean(world);
  assert.deepEqual(world.cluster.keys(CONFIG_MAPS), ["two/b"]);
  const [{ what, why, command } = {}] = result.runs[0]?.left ?? [];
  assert.equal(what, "1 configmaps in namespace two");
  assert.equal(why, 'user "me" may not delete configmaps');
  assert.match(command ?? "", /^kubectl create role scaletool-delete-configmaps -n two --verb=del/);
});

Deno.test("objects that the server refuses to delete are left with its reason", async () => {
  const world = worldWithRuns();
  putRecord(world);
  put(world, CONFIG_MAPS, { namespace: "ns", name: "a" });
  world.cluster.fail("delete", statusError(422, "Invalid"), { times: Infinity });
  const { runs: [run] } = await clean(world);
  assert.equal(run?.left[0]?.why, "ns/a; Invalid");
  assert.match(run?.left[0]?.command ?? "", /^kubectl delete configmaps -n ns -l /);
});

Deno.test("a namespace in which another run has objects stays, and so does the record", async () => {
  const world = worldWithRuns();
  putRecord(world, { madeNamespaces: ["ns"] });
  put(world, NAMESPACES, { name: "ns" });
  put(world, CONFIG_MAPS, { namespace: "ns", name: "theirs", runId: "r2" });
  const { runs: [run] } = await clean(world);
  assert.deepEqual(world.cluster.keys(NAMESPACES), ["ns"]);
  assert.deepEqual(run?.left, [{
    what: "namespace ns",
    why: "another run is in it",
    command: "scaletool cleanup --run-id r1",
  }]);
  assert.equal(run?.state, "left");
});

Deno.test("a namespace that no controller begins to remove is left, and it is said why", async () => {
  const world = worldWithRuns({ terminatingPolls: Infinity });
  const metadata = { name: "ns", labels: ownerLabels({ runId: "r1", command: "probe" }) };
  world.cluster.put(NAMESPACES, { metadata, spec: { finalizers: ["kubernetes"] } });
  const { runs: [run] } = await clean(world);
  assert.deepEqual(run?.left, [{
    what: "namespace ns",
    why: "it has none of the run's objects and is Terminating, but after 30s no namespace " +
      "controller has begun to remove it; is kube-controller-manager running?",
    command: "kubectl get namespace ns -o yaml",
  }]);
  assert.equal(run?.state, "left");
});

Deno.test("a namespace in which another run has only its record stays, too", async () => {
  const world = worldWithRuns();
  putRecord(world, { madeNamespaces: ["ns"] });
  putRecord(world, { runId: "r2" });
  put(world, NAMESPACES, { name: "ns" });
  const { runs: [run] } = await clean(world);
  assert.equal(run?.left[0]?.why, "run r2 is in it");
  assert.deepEqual(world.cluster.keys(NAMESPACES), ["ns"]);
});

Deno.test("two runs in one namespace do not keep each other from going", async () => {
  const world = worldWithRuns();
  putRecord(world, { madeNamespaces: ["ns"], endedAt: "2026-01-01T23:00:00Z" });
  putRecord(world, { runId: "r2", endedAt: "2026-01-01T23:00:00Z" });
  put(world, NAMESPACES, { name: "ns" });
  put(world, CONFIG_MAPS, { namespace: "ns", name: "a" });
  put(world, CONFIG_MAPS, { namespace: "ns", name: "b", runId: "r2" });
  const { runs } = await clean(world, { choice: { kind: "all" } });
  assert.deepEqual(runs.map(({ state }) => state), ["deleted", "deleted"]);
  for (const resource of [CONFIG_MAPS, NAMESPACES, LEASES]) {
    assert.deepEqual(world.cluster.keys(resource), []);
  }
});

Deno.test("a namespace that somebody else made under the recorded name stays", async () => {
  const world = worldWithRuns();
  putRecord(world, { madeNamespaces: ["ns"] });
  put(world, NAMESPACES, { name: "ns", labels: {} });
  const { runs: [run] } = await clean(world);
  assert.deepEqual(world.cluster.keys(NAMESPACES), ["ns"]);
  assert.equal(run?.state, "deleted");
});

/** One run whose record is renewed every 5 s, and one that is over. */
async function livingAndDead(options: Partial<Cleaning>): Promise<[World, CleanupResult]> {
  const world = worldWithRuns();
  putRecord(world, { runId: "living" });
  put(world, CONFIG_MAPS, { namespace: "ns", name: "a", runId: "living" });
  put(world, CONFIG_MAPS, { namespace: "ns", name: "b", runId: "dead" });
  world.cluster.onCall = (call) => {
    // Put anew, as a renewal does: with another resourceVersion.
    if (call.startsWith("get leases")) putRecord(world, { runId: "living" });
  };
  return [world, await clean(world, { choice: { kind: "all" }, ...options })];
}

Deno.test("--all leaves a living run alone", async () => {
  const [world, { runs }] = await livingAndDead({});
  assert.deepEqual(runs.map(({ runId, state }) => [runId, state]), [
    ["dead", "deleted"],
    ["living", "alive"],
  ]);
  assert.deepEqual(world.cluster.keys(CONFIG_MAPS), ["ns/a"]);
});

Deno.test("--force does not", async () => {
  const [world, { runs }] = await livingAndDead({ isForced: true });
  assert.deepEqual(runs.map(({ state }) => state), ["deleted", "deleted"]);
  assert.deepEqual(world.cluster.keys(CONFIG_MAPS), []);
});

Deno.test("a run that is named and was alive a moment ago is warned about, and goes", async () => {
  const world = worldWithRuns();
  putRecord(world);
  await clean(world);
  assert.match(
    world.said[0] ?? "",
    /^WARNING: run r1 was alive .* \(process 7 on bastion\): if it/,
  );
  assert.deepEqual(world.cluster.keys(LEASES), []);
});

const AGES: readonly { olderThanMs: number; created: Partial<ObjectMeta>; taken: boolean }[] = [
  { olderThanMs: 3_600_000, created: {}, taken: true },
  { olderThanMs: 86_400_000, created: {}, taken: true },
  { olderThanMs: 86_400_001, created: {}, taken: false },
  { olderThanMs: 0, created: { creationTimestamp: "never" }, taken: false },
];

for (const { olderThanMs, created, taken } of AGES) {
  const age = created.creationTimestamp ?? "a day ago";
  Deno.test(`--older-than ${olderThanMs} ms: a run of ${age} is ${taken ? "taken" : "not"}`, async () => {
    const world = worldWithRuns();
    put(world, CONFIG_MAPS, { namespace: "ns", name: "a", ...created });
    const { runs } = await clean(world, { choice: { kind: "older", olderThanMs } });
    assert.equal(runs.length, taken ? 1 : 0);
    assert.deepEqual(world.cluster.keys(CONFIG_MAPS), taken ? [] : ["ns/a"]);
  });
}

Deno.test("a user who may look nowhere is told so", async () => {
  const world = worldWithRuns();
  world.cluster.fail("list", statusError(403, "Forbidden"), { times: Infinity });
  await assert.rejects(clean(world), (error) => {
    assert.ok(error instanceof CannotRunError);
    assert.equal(
      error.message,
      'Cannot clean up: user "me" may list nothing in all namespaces; name those of the run with ' +
        "--namespace (Forbidden)",
    );
    return true;
  });
});

Deno.test("a signal cuts off, and the rest is left with commands that finish it", async () => {
  const world = worldWithRuns();
  putRecord(world, { madeNamespaces: ["ns"] });
  put(world, NAMESPACES, { name: "ns" });
  for (const name of ["a", "b"]) put(world, CONFIG_MAPS, { namespace: "ns", name });
  world.cluster.onCall = (call) => {
    if (call.startsWith("delete ")) world.controller.abort(new Error("SIGINT: cut off"));
  };
  const { runs: [run], cutOff } = await clean(world);
  assert.equal(cutOff, "SIGINT: cut off");
  assert.equal(run?.state, "left");
  assert.deepEqual(run?.left.map(({ what, why }) => [what, why]), [
    ["some configmaps in namespace ns", "SIGINT: cut off"],
    ["namespace ns", "SIGINT: cut off"],
  ]);
  assert.deepEqual(world.cluster.keys(LEASES), ["ns/scaletool-run-r1"]);
});
