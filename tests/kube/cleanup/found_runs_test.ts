import assert from "node:assert/strict";
import { choiceSelector, findRuns, isChosen } from "../../../kube/cleanup/found_runs.ts";
import { ownerLabels } from "../../../kube/owned/ownership.ts";
import { resourceName } from "../../../kube/resource.ts";
import { statusError } from "../../support/memory_cluster.ts";
import {
  CONFIG_MAPS,
  EVENTS,
  FLUNDERS,
  NAMESPACES,
  put,
  putRecord,
  type World,
  worldWithRuns,
} from "./cluster_with_runs.ts";

const ONE = { kind: "run", runId: "r1" } as const;
const ALL = { kind: "all" } as const;

function find(world: World, choice: Parameters<typeof findRuns>[0], namespaces: string[] = []) {
  return findRuns(choice, world, { namespaces });
}

/** `configmaps ns/a`, of all runs. */
function objectsOf({ runs }: Awaited<ReturnType<typeof find>>): string[] {
  return runs.flatMap(({ runId, kinds }) =>
    kinds.flatMap(({ resource, objects }) =>
      objects.map(({ ref: { namespace = "", name } }) =>
        `${runId} ${resourceName(resource)} ${namespace}/${name}`
      )
    )
  );
}

Deno.test("a record says where to look, and nothing else is asked", async () => {
  const world = worldWithRuns();
  putRecord(world, { namespaces: ["ns", "two"], madeNamespaces: ["two"] });
  put(world, CONFIG_MAPS, { namespace: "ns", name: "a" });
  put(world, CONFIG_MAPS, { namespace: "two", name: "b" });
  put(world, CONFIG_MAPS, { namespace: "two", name: "c", runId: "r2" });
  const found = await find(world, ONE);
  assert.deepEqual(objectsOf(found), ["r1 configmaps ns/a", "r1 configmaps two/b"]);
  const { command, namespaces, startedMs, record } = found.runs[0]!;
  assert.equal(command, "cmdriver");
  assert.deepEqual(namespaces, ["two"]);
  assert.equal(startedMs, Date.parse("2026-01-01T00:00:00Z"));
  assert.equal(record?.facts?.host, "bastion");
  assert.deepEqual(world.cluster.calls, [
    "list leases.coordination.k8s.io",
    "list configmaps ns",
    "list configmaps two",
  ]);
});

Deno.test("of a run with records of several parts each says where to look", async () => {
  const world = worldWithRuns();
  putRecord(world, { part: "pods", resources: [FLUNDERS, CONFIG_MAPS], namespaces: ["pods"] });
  putRecord(world, { namespaces: ["ns"], madeNamespaces: ["ns"] });
  put(world, CONFIG_MAPS, { namespace: "ns", name: "a" });
  put(world, FLUNDERS, { namespace: "pods", name: "f" });
  const found = await find(world, ONE);
  assert.deepEqual(objectsOf(found), [
    "r1 configmaps ns/a",
    "r1 flunders.wardle.example.com pods/f",
  ]);
  const [{ record, records, namespaces } = {}] = found.runs;
  assert.equal(record?.ref.name, "scaletool-run-r1");
  assert.equal(records?.length, 2);
  assert.deepEqual(namespaces, ["ns"]);
  assert.ok(!world.cluster.calls.includes("GET /apis"));
});

Deno.test("without a record every kind is looked through, each object once", async () => {
  const world = worldWithRuns();
  put(world, FLUNDERS, { namespace: "ns", name: "f", uid: "same" });
  put(world, EVENTS, { namespace: "ns", name: "f", uid: "same" });
  put(world, NAMESPACES, { name: "ns" });
  const found = await find(world, ONE);
  assert.equal(objectsOf(found).length, 1);
  assert.deepEqual(found.runs.map(({ namespaces }) => namespaces), [["ns"]]);
  assert.ok(world.said.includes("looking through 4 kinds"));
});

Deno.test("a record that cannot be read is as none, but is found", async () => {
  const world = worldWithRuns();
  const { metadata } = putRecord(world);
  world.cluster.put(
    { ...CONFIG_MAPS, group: "coordination.k8s.io", plural: "leases" },
    { metadata: { ...metadata, annotations: {} } },
  );
  put(world, FLUNDERS, { namespace: "ns", name: "f" });
  const found = await find(world, ONE);
  assert.deepEqual(objectsOf(found), ["r1 flunders.wardle.example.com ns/f"]);
  assert.deepEqual(found.runs[0]?.record?.ref, { namespace: "ns", name: "scaletool-run-r1" });
});

Deno.test("all runs are those with a record and those without", async () => {
  const world = worldWithRuns();
  putRecord(world);
  put(world, CONFIG_MAPS, { namespace: "ns", name: "a" });
  put(world, FLUNDERS, { namespace: "ns", name: "f", runId: "r2" });
  put(world, CONFIG_MAPS, { namespace: "ns", name: "x", labels: {} });
  const found = await find(world, ALL);
  assert.deepEqual(objectsOf(found), [
    "r1 configmaps ns/a",
    "r2 flunders.wardle.example.com ns/f",
  ]);
  assert.deepEqual(found.runs.map(({ record }) => record !== undefined), [true, false]);
});

Deno.test("a run without a record is as old as its newest object", async () => {
  const world = worldWithRuns();
  put(world, CONFIG_MAPS, { namespace: "ns", name: "a" });
  const creationTimestamp = "2026-01-01T05:00:00Z";
  put(world, CONFIG_MAPS, { namespace: "ns", name: "b", creationTimestamp });
  const { runs: [run] } = await find(world, ALL);
  assert.equal(run?.startedMs, Date.parse(creationTimestamp));
});

Deno.test("with --namespace nothing is asked of other namespaces, nor of the whole cluster", async () => {
  const world = worldWithRuns();
  put(world, CONFIG_MAPS, { namespace: "ns", name: "a" });
  put(world, CONFIG_MAPS, { namespace: "two", name: "b" });
  put(world, NAMESPACES, { name: "ns" });
  put(world, NAMESPACES, { name: "foreign", labels: {} });
  const found = await find(world, ONE, ["ns", "foreign"]);
  assert.deepEqual(objectsOf(found), ["r1 configmaps ns/a"]);
  assert.deepEqual(found.runs[0]?.namespaces, ["ns"]);
  const lists = world.cluster.calls.filter((call) => call.startsWith("list "));
  assert.ok(lists.every((call) => / (ns|foreign)$/.test(call)), lists.join("\n"));
});

Deno.test("where this user may not look is told, with what was found elsewhere", async () => {
  const world = worldWithRuns();
  put(world, CONFIG_MAPS, { namespace: "ns", name: "a" });
  world.cluster.fail("list", statusError(403, "Forbidden"), { on: "events" });
  // Kinds that are served and cannot be listed hold nothing.
  world.cluster.fail("list", statusError(405, "MethodNotAllowed"), { on: "flunders" });
  const found = await find(world, ONE);
  assert.deepEqual(objectsOf(found), ["r1 configmaps ns/a"]);
  assert.deepEqual(found.notLookedAt, [{ what: "events", why: "Forbidden" }]);
});

Deno.test("a list that is refused for a moment is asked again", async () => {
  const world = worldWithRuns();
  putRecord(world);
  put(world, CONFIG_MAPS, { namespace: "ns", name: "a" });
  world.cluster.fail("list", statusError(429, "TooManyRequests", 1_000), { on: "configmaps" });
  const finding = find(world, ONE);
  await world.clock.advance(2_000);
  assert.deepEqual(objectsOf(await finding), ["r1 configmaps ns/a"]);
});

const MANAGED = "app.kubernetes.io/managed-by=scaletool";

Deno.test("every selector asks for both labels", () => {
  const one = choiceSelector({ kind: "run", runId: "r1" });
  assert.equal(one, `${MANAGED},scaletool.io/run-id=r1`);
  assert.equal(choiceSelector({ kind: "all" }), `${MANAGED},scaletool.io/run-id`);
});

Deno.test("isChosen is true for what the selector selects", () => {
  const labels = ownerLabels({ runId: "r1", command: "cmdriver" });
  const { "app.kubernetes.io/managed-by": _, ...unmanaged } = labels;
  const { "scaletool.io/run-id": __, ...nameless } = labels;
  const all = { kind: "all" } as const;
  assert.ok(isChosen({ labels }, all));
  assert.ok(isChosen({ labels }, { kind: "run", runId: "r1" }));
  assert.ok(!isChosen({ labels }, { kind: "run", runId: "r2" }));
  assert.ok(!isChosen({ labels: unmanaged }, all));
  assert.ok(!isChosen({ labels: nameless }, all));
  assert.ok(!isChosen({}, all));
});
