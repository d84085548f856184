import assert from "node:assert/strict";
import { CannotRunError } from "../../../../core/errors.ts";
import { LEASES } from "../../../../kube/owned/run_record.ts";
import { CONFIG_MAPS, NAMESPACES, SECRETS } from "../../../../kube/resource.ts";
import { CHURNED_TYPES, COLUMNS, FOOS } from "../../../../watchers/steve/load/objects.ts";
import { setUp, setUpRights } from "../../../../watchers/steve/set_up/set_up.ts";
import type { ListQuery, SteveList } from "../../../../watchers/steve/client/steve_client.ts";
import { statusError } from "../../../support/memory_cluster.ts";
import { testRun } from "../../support.ts";
import { COMMAND, CRDS, establishes, labelsOf, setUpSetting } from "./set_up_setting.ts";

const KINDS = [NAMESPACES, CRDS, CONFIG_MAPS, SECRETS, FOOS, LEASES];

/** A run, a cluster, and a Steve that shows what is on it. */
function starting(options: Parameters<typeof testRun>[0] = {}) {
  const test = testRun(options);
  const { cluster } = setUpSetting();
  establishes(cluster);
  const list = (type: string, { filter = [] }: ListQuery = {}): Promise<SteveList> => {
    const name = filter[0]?.split("=")[1];
    const resource = CHURNED_TYPES.get(type)!;
    const found = cluster.keys(resource).filter((key) => key.split("/").at(-1) === name);
    const data = found.map(() => ({ metadata: { name } }));
    return Promise.resolve({ type: "collection", revision: `${type}-rv`, data, bytes: 0 });
  };
  const columns = () => Promise.resolve(COLUMNS.A);
  const steve = { url: "http://steve", list, columns };
  const parts = {
    cluster,
    creator: cluster,
    steve,
    plan: {
      identity: { runId: "r1", command: COMMAND },
      namespace: "ns",
      types: CHURNED_TYPES,
      payloadBytes: 30,
    },
    say: test.say,
  };
  const prepare = async () => {
    const ended = setUp(test.run, parts).catch((thrown: unknown) => thrown);
    await test.clock.advance(4_000);
    return await ended;
  };
  const undo = async () => {
    const { signal } = new AbortController();
    const ended = test.run.undoAll({ signal, onLong: () => {} });
    await test.clock.advance(30_000);
    return await ended;
  };
  return { ...test, cluster, steve, parts, prepare, undo };
}

Deno.test("on a groundwork set-up makes nothing, and finds there what the load needs", async () => {
  const leading = starting();
  const laid = await leading.prepare() as Awaited<ReturnType<typeof setUp>>;
  const callsBefore = leading.cluster.calls.length;
  const generator = testRun({ share: { index: 1, of: 2 }, isOnGroundwork: true });
  const preparing = setUp(generator.run, leading.parts);
  await generator.clock.advance(4_000);
  const { revisions, owned } = await preparing;
  assert.deepEqual([...revisions], [...laid.revisions]);
  assert.deepEqual([...owned.keys()], [...CHURNED_TYPES.keys()]);
  assert.deepEqual(leading.cluster.calls.slice(callsBefore), []);
  assert.deepEqual(generator.run.pendingUndos, []);
});

Deno.test("set-up makes the namespace, the record, the definition and the first object of each type", async () => {
  const test = starting();
  const prepared = await test.prepare() as Awaited<ReturnType<typeof setUp>>;
  assert.deepEqual([...prepared.revisions], [
    ["configmaps", "configmaps-rv"],
    ["secrets", "secrets-rv"],
    ["example.com.foos", "example.com.foos-rv"],
  ]);
  assert.deepEqual(KINDS.map((kind) => test.cluster.keys(kind)), [
    ["ns"],
    ["foos.example.com"],
    ["ns/r1-0"],
    ["ns/r1-0"],
    ["r1-0"],
    ["ns/scaletool-run-r1"],
  ]);
  const creates = test.cluster.writes.filter(({ call }) => call.startsWith("create"));
  for (const { body } of creates) {
    const { metadata } = body as { metadata: { labels: Record<string, string> } };
    for (const [key, value] of Object.entries(labelsOf("r1"))) {
      assert.equal(metadata.labels[key], value);
    }
  }
  assert.deepEqual(prepared.objects.make(CONFIG_MAPS, 1)["data"], { "1m": "YWFh".repeat(10) });
  assert.deepEqual([...prepared.owned.values()].map(({ count }) => count), [1, 1, 1]);
  await test.undo();
});

Deno.test("everything goes again, the definition before the namespace, the record last", async () => {
  const test = starting();
  await test.prepare();
  const before = test.cluster.calls.length;
  assert.deepEqual(await test.undo(), []);
  // The definition takes its objects along on a real server.
  assert.deepEqual(KINDS.filter((kind) => kind !== FOOS).map((kind) => test.cluster.keys(kind)), [
    [],
    [],
    [],
    [],
    [],
  ]);
  const deletes = test.cluster.calls.slice(before).filter((call) => call.startsWith("delete"));
  assert.deepEqual(deletes, [
    "delete secrets ns/r1-0",
    "delete configmaps ns/r1-0",
    "delete customresourcedefinitions.apiextensions.k8s.io foos.example.com",
    "delete namespaces ns",
    "delete leases.coordination.k8s.io ns/scaletool-run-r1",
  ]);
});

Deno.test("a namespace that was there before stays", async () => {
  const test = starting();
  test.cluster.put(NAMESPACES, { metadata: { name: "ns" } });
  await test.prepare();
  assert.deepEqual(await test.undo(), []);
  assert.deepEqual(test.cluster.keys(NAMESPACES), ["ns"]);
});

Deno.test("what the server refuses ends the set-up in one line, and what was made goes again", async () => {
  const test = starting();
  test.cluster.fail("create", statusError(403, "Forbidden"), { on: "secrets" });
  const error = await test.prepare();
  assert.ok(error instanceof CannotRunError);
  assert.equal(error.message, "The server does not let the test begin: Forbidden");
  assert.deepEqual(await test.undo(), []);
  assert.deepEqual(test.cluster.keys(NAMESPACES), []);
  assert.deepEqual(test.cluster.keys(CRDS), []);
});

Deno.test("without a Steve nothing is made", async () => {
  const test = starting();
  test.steve.list = () => Promise.reject(statusError(401, "Unauthorized"));
  assert.match(`${await test.prepare()}`, /does not accept the session/);
  assert.deepEqual(test.cluster.calls, []);
  assert.deepEqual(test.run.pendingUndos, []);
});

Deno.test("a definition that stays is named, and the record is kept for the cleaning up", async () => {
  const test = starting();
  await test.prepare();
  test.cluster.put(NAMESPACES, { metadata: { name: "ns" } });
  test.cluster.fail("delete", statusError(403, "Forbidden"), { on: "customresource" });
  const left = await test.undo();
  assert.deepEqual(left.map(({ label, byHand }) => [label, byHand]), [[
    "removing CustomResourceDefinition foos.example.com",
    "kubectl delete crd -l app.kubernetes.io/managed-by=scaletool,scaletool.io/run-id=r1",
  ]]);
  const record = await test.cluster.get(LEASES, { namespace: "ns", name: "scaletool-run-r1" });
  assert.match(JSON.stringify(record), /endedAt/);
});

Deno.test("the rights cover what was asked of the cluster", async () => {
  const test = starting();
  const rights = setUpRights({ namespace: "ns", types: CHURNED_TYPES });
  await test.prepare();
  await test.undo();
  const allowed = new Set(
    rights.map(({ verb, kind }) => `${verb} ${"plural" in kind ? kind.plural : ""}`),
  );
  for (const call of test.cluster.calls) {
    const [verb, resource] = call.split(" ");
    assert.ok(allowed.has(`${verb} ${resource!.split(".")[0]}`), call);
  }
});
