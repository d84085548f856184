/** What a run lays into a cluster goes again, or stays, whatever its kinds are. */
import assert from "node:assert/strict";
import { CannotRunError } from "../../../core/errors.ts";
import { Footprint, type FootprintOptions } from "../../../kube/owned/footprint.ts";
import { LEASES, readRecord } from "../../../kube/owned/run_record.ts";
import { ownerLabels } from "../../../kube/owned/ownership.ts";
import { CONFIG_MAPS, NAMESPACES, type Resource, SECRETS } from "../../../kube/resource.ts";
import { MemoryCluster, statusError } from "../../support/memory_cluster.ts";
import { testRun } from "../../watchers/support.ts";

const IDENTITY = { runId: "r1", command: "probe" };
const SELECTOR = "app.kubernetes.io/managed-by=scaletool,scaletool.io/run-id=r1";
const RECORD = { namespace: "a", name: "scaletool-run-r1" };
const CLUSTER_SCOPED: Resource = {
  ...CONFIG_MAPS,
  plural: "nodes",
  kind: "Node",
  namespaced: false,
};

function laying(
  { terminatingPolls = 0, ...given }: Partial<FootprintOptions> & { terminatingPolls?: number } =
    {},
) {
  const test = testRun();
  const cluster = new MemoryCluster({ terminatingPolls });
  const options = {
    identity: IDENTITY,
    namespaces: ["a", "b"],
    createsNamespaces: true,
    kinds: [CONFIG_MAPS, SECRETS, CONFIG_MAPS],
    say: test.say,
    ...given,
  };
  const lay = () => Footprint.lay(test.run, cluster, options);
  const undo = async () => {
    const { signal } = new AbortController();
    const ended = test.run.undoAll({ signal, onLong: () => {} });
    await test.clock.advance(40_000);
    return await ended;
  };
  /** An object as the run makes it. */
  const put = (resource: Resource, namespace: string) => {
    const metadata = { name: `r1-${namespace}`, namespace, labels: ownerLabels(IDENTITY) };
    cluster.put(resource, { metadata });
  };
  return { ...test, cluster, lay, undo, put };
}

Deno.test("namespaces are made and the record says where to look, before there is any object", async () => {
  const { cluster, lay, undo } = laying();
  await lay();
  assert.deepEqual(cluster.keys(NAMESPACES), ["a", "b"]);
  const { facts } = readRecord(await cluster.get(LEASES, RECORD));
  assert.deepEqual(facts?.resources, [CONFIG_MAPS, SECRETS]);
  assert.deepEqual([facts?.namespaces, facts?.madeNamespaces], [["a", "b"], ["a", "b"]]);
  assert.deepEqual(await undo(), []);
});

Deno.test("objects of every kind go, the last kind first, then namespaces, then the record", async () => {
  const { cluster, lay, undo, put } = laying();
  const footprint = await lay();
  const owned = [CONFIG_MAPS, SECRETS].map((resource) => footprint.objects(resource));
  put(CONFIG_MAPS, "a");
  put(SECRETS, "b");
  const before = cluster.calls.length;
  assert.deepEqual(await undo(), []);
  assert.deepEqual(cluster.calls.slice(before).filter((call) => call.startsWith("delete")), [
    "delete secrets b/r1-b",
    "delete configmaps a/r1-a",
    "delete namespaces a",
    "delete namespaces b",
    "delete leases.coordination.k8s.io a/scaletool-run-r1",
  ]);
  assert.deepEqual(owned.map(({ count }) => count), [0, 0]);
});

Deno.test("what is kept is told with its command, and the record stays for the cleaning up", async () => {
  const { cluster, lay, undo, put, lines } = laying({ isKept: () => true });
  const footprint = await lay();
  footprint.objects(SECRETS);
  put(SECRETS, "a");
  assert.deepEqual(await undo(), []);
  assert.deepEqual(cluster.keys(SECRETS), ["a/r1-a"]);
  assert.deepEqual(lines.filter((line) => line.startsWith("Left")), [
    `Left behind as asked; delete with: kubectl delete secrets -n a -l ${SELECTOR} && ` +
    `kubectl delete secrets -n b -l ${SELECTOR}`,
    `Left behind as asked; delete with: kubectl delete namespace -l ${SELECTOR}`,
  ]);
  const { facts } = readRecord(await cluster.get(LEASES, RECORD));
  assert.notEqual(facts?.endedAt, undefined);
});

Deno.test("of cluster-scoped kinds there is no namespace, and the record is in default", async () => {
  const { cluster, lay, undo } = laying({ namespaces: [], kinds: [CLUSTER_SCOPED] });
  const footprint = await lay();
  footprint.objects(CLUSTER_SCOPED);
  assert.deepEqual(cluster.keys(NAMESPACES), []);
  assert.deepEqual(cluster.keys(LEASES), ["default/scaletool-run-r1"]);
  assert.deepEqual(await undo(), []);
  assert.deepEqual(cluster.keys(LEASES), []);
});

Deno.test("what was made goes again when the rest is refused, as far as it came", async () => {
  const { cluster, lay, undo } = laying();
  cluster.fail("create", statusError(409, "AlreadyExists"), { on: "leases" });
  cluster.put(LEASES, { metadata: { ...RECORD, labels: ownerLabels(IDENTITY) } });
  await assert.rejects(lay(), CannotRunError);
  assert.deepEqual(await undo(), []);
  assert.deepEqual(cluster.keys(NAMESPACES), []);
});

Deno.test("a namespace that is missing and may not be made is one line", async () => {
  const { cluster, lay, undo } = laying({ createsNamespaces: false });
  await assert.rejects(lay(), /kubectl create namespace a && kubectl create namespace b$/);
  assert.deepEqual(await undo(), []);
  assert.deepEqual(cluster.writes, []);
});

Deno.test("what is made in some of the namespaces is looked for in no other", async () => {
  const { cluster, lay, undo, put } = laying({ createsNamespaces: false });
  for (const name of ["a", "b"]) cluster.put(NAMESPACES, { metadata: { name } });
  const footprint = await lay();
  footprint.objects(SECRETS, ["b"]);
  put(SECRETS, "b");
  assert.deepEqual(await undo(), []);
  assert.deepEqual(cluster.keys(SECRETS), []);
  assert.deepEqual(cluster.calls.filter((call) => /secrets a\b/.test(call)), []);
});

Deno.test("an empty namespace that no controller removes is a warning, and the record is not left in it", async () => {
  const { cluster, lay, undo, put, lines } = laying({
    terminatingPolls: Infinity,
    namespaces: ["a"],
  });
  const footprint = await lay();
  footprint.objects(SECRETS);
  put(SECRETS, "a");
  assert.deepEqual(await undo(), []);
  assert.deepEqual(cluster.keys(SECRETS), []);
  assert.deepEqual(cluster.keys(LEASES), []);
  assert.deepEqual(cluster.keys(NAMESPACES), ["a"]);
  assert.deepEqual(lines.filter((line) => line.startsWith("WARNING")), [
    `WARNING: Namespace "a" is left: it has none of the run's objects and is Terminating, but after ` +
    "30s no namespace controller has begun to remove it; is kube-controller-manager running? " +
    "Look at it with: kubectl get namespace a -o yaml",
  ]);
});
