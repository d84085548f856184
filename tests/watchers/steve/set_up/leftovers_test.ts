import assert from "node:assert/strict";
import { CannotRunError } from "../../../../core/errors.ts";
import { ownerLabels } from "../../../../kube/owned/ownership.ts";
import { LEASES } from "../../../../kube/owned/run_record.ts";
import { CONFIG_MAPS, NAMESPACES, SECRETS } from "../../../../kube/resource.ts";
import { removeLeftovers } from "../../../../watchers/steve/set_up/leftovers.ts";
import { COMMAND, CRDS, definition, labelsOf, setUpSetting } from "./set_up_setting.ts";

type Setting = ReturnType<typeof setUpSetting>;

async function removeAll({ cluster, clock, context }: Setting, ms = 60_000): Promise<unknown> {
  const identity = { runId: "new", command: COMMAND };
  const ended = removeLeftovers(cluster, { ...context, identity, namespace: "ns" })
    .then(() => "clean", (thrown: unknown) => thrown);
  await clock.advance(ms);
  assert.equal(clock.sleeperCount, 0);
  return await ended;
}

function putNamespace({ cluster }: Setting, labels: Record<string, string>, more = {}): void {
  cluster.put(NAMESPACES, { metadata: { name: "ns", labels, ...more } });
}

function putMap({ cluster }: Setting, name: string, labels: Record<string, string>): void {
  cluster.put(CONFIG_MAPS, { metadata: { namespace: "ns", name, labels } });
}

function putRecord({ cluster }: Setting, runId: string, { ageMs = 7_200_000 } = {}): void {
  const renewTime = new Date(Date.parse("2026-01-01T00:00:00Z") - ageMs).toISOString();
  cluster.put(LEASES, {
    metadata: {
      namespace: "ns",
      name: `scaletool-run-${runId}`,
      labels: { ...labelsOf(runId), "scaletool.io/record": "run" },
    },
    spec: { renewTime },
  });
}

Deno.test("a new cluster has nothing to remove, and neither has one that others use", async () => {
  const fresh = setUpSetting();
  assert.equal(await removeAll(fresh), "clean");
  const used = setUpSetting();
  putNamespace(used, {});
  putMap(used, "mine", {});
  putMap(used, "driven", ownerLabels({ runId: "d", command: "cmdriver" }));
  assert.equal(await removeAll(used), "clean");
  assert.deepEqual(used.cluster.keys(CONFIG_MAPS), ["ns/mine", "ns/driven"]);
  assert.deepEqual([...fresh.said, ...used.said], []);
  assert.deepEqual([...fresh.cluster.writes, ...used.cluster.writes], []);
});

Deno.test("all that a killed run left goes: definition, objects, namespace, record", async () => {
  const test = setUpSetting();
  test.cluster.put(CRDS, definition({ labels: labelsOf("old") }));
  putNamespace(test, labelsOf("old"));
  putMap(test, "old-1", labelsOf("old"));
  test.cluster.put(SECRETS, {
    metadata: { namespace: "ns", name: "old-1", labels: labelsOf("old") },
  });
  putRecord(test, "old");
  assert.equal(await removeAll(test), "clean");
  for (const resource of [CRDS, CONFIG_MAPS, SECRETS, NAMESPACES, LEASES]) {
    assert.deepEqual(test.cluster.keys(resource), []);
  }
  assert.equal(test.said[0], "removing what run old left");
});

Deno.test("in a namespace of somebody else only what runs left goes, of each run", async () => {
  const test = setUpSetting();
  putNamespace(test, {});
  putMap(test, "mine", {});
  putMap(test, "b-1", labelsOf("b"));
  putMap(test, "a-1", labelsOf("a"));
  assert.equal(await removeAll(test), "clean");
  assert.deepEqual(test.cluster.keys(CONFIG_MAPS), ["ns/mine"]);
  assert.deepEqual(test.cluster.keys(NAMESPACES), ["ns"]);
  assert.deepEqual(test.said.filter((line) => line.startsWith("removing")), [
    "removing what run a left",
    "removing what run b left",
  ]);
});

Deno.test("a definition that no run made is nobody's to remove", async () => {
  const test = setUpSetting();
  test.cluster.put(CRDS, definition({ labels: {} }));
  const error = await removeAll(test);
  assert.ok(error instanceof CannotRunError);
  assert.match(error.message, /was not made by scaletool/);
  assert.deepEqual(test.cluster.writes, []);
});

Deno.test("a definition of somebody else that is going is waited for", async () => {
  const going = { labels: {}, deletionTimestamp: "2026-01-01T00:00:00Z", finalizers: ["a/b"] };
  const test = setUpSetting();
  test.cluster.put(CRDS, definition(going));
  void test.clock.sleepUntil(5_000).then(() =>
    test.cluster.vanish(CRDS, { name: "foos.example.com" })
  );
  assert.equal(await removeAll(test), "clean");
  const stuck = setUpSetting();
  stuck.cluster.put(CRDS, definition(going));
  const error = await removeAll(stuck);
  assert.ok(error instanceof CannotRunError);
  assert.match(
    error.message,
    /^CustomResourceDefinition "foos.example.com" is left: still Terminating after 1m0s \(finalizers a\/b\)/,
  );
  assert.deepEqual([...test.cluster.writes, ...stuck.cluster.writes], []);
});

Deno.test("a run that lives is left alone, wherever its record is", async () => {
  for (const namespace of ["ns", "elsewhere"]) {
    const test = setUpSetting();
    test.cluster.put(CRDS, definition({ labels: labelsOf("live") }));
    const renew = () =>
      test.cluster.put(LEASES, {
        metadata: { namespace, name: "scaletool-run-live", labels: labelsOf("live") },
        spec: { renewTime: test.clock.wallNow().toISOString() },
      });
    renew();
    void test.clock.sleepUntil(5_000).then(renew);
    const error = await removeAll(test);
    assert.ok(error instanceof CannotRunError);
    assert.equal(
      error.message,
      'Cannot begin: run "live" is alive and has the same definition or namespace "ns"; ' +
        "wait for its end, or stop it",
    );
    assert.deepEqual(test.cluster.writes, []);
  }
});

Deno.test("a run of the same id is refused with what removes it", async () => {
  const test = setUpSetting();
  putNamespace(test, labelsOf("new"));
  assert.match(
    `${await removeAll(test)}`,
    /Objects of a run "new" are there already.*scaletool cleanup --run-id new$/,
  );
});

Deno.test("a namespace that does not go is given up after 60 s, naming what holds it", async () => {
  const test = setUpSetting({ terminatingPolls: Infinity });
  putNamespace(test, labelsOf("old"));
  const error = await removeAll(test, 65_000);
  assert.ok(error instanceof CannotRunError);
  assert.match(error.message, /^Cannot remove what run "old" left: namespace "ns" is left/);
});
