import assert from "node:assert/strict";
import { readBook } from "../../../kube/generators/order_book.ts";
import { CONFIG_MAPS, PODS } from "../../../kube/resource.ts";
import { status } from "../../support/scripted_cluster.ts";
import { hosting, JOB, lineOf } from "./hosting.ts";
import { NAMESPACE, type PodCluster } from "./pod_cluster.ts";

Deno.test("pods are made out of one Job with all that goes with it, and nothing of it is left", async () => {
  await using one = await hosting();
  await one.over(one.start());
  assert.deepEqual(await one.left(), [
    "jobs scaletool-run-1",
    "secrets scaletool-run-1",
    "configmaps scaletool-run-1",
    "serviceaccounts scaletool-run-1",
    "roles scaletool-run-1",
    "rolebindings scaletool-run-1",
    "pods scaletool-run-1-0-a",
    "pods scaletool-run-1-1-a",
    "leases scaletool-run-run-1-pods",
  ]);
  await one.close();
  assert.deepEqual(await one.left(), []);
  assert.equal(one.isClosed, true);
});

Deno.test("what generators tell comes out of their logs; other lines go to the user with the pod's name", async () => {
  await using one = await hosting();
  await one.over(one.start());
  one.cluster.logs.get("scaletool-run-1-0-a")!.write(lineOf(0, 0));
  one.cluster.logs.get("scaletool-run-1-1-a")!.write("panic: out of luck");
  await one.cluster.clock.advance(0);
  assert.deepEqual(one.lines.map(({ generator, seq }) => [generator, seq]), [[0, 0]]);
  assert.deepEqual(one.said.slice(-1), ["pod scaletool-run-1-1-a: panic: out of luck"]);
});

Deno.test("orders are all in one ConfigMap, in their order, with the coordinator's clock", async () => {
  await using one = await hosting();
  await one.over(one.start());
  await Promise.all([
    one.host.send({ order: 1, what: { type: "begin", atMs: 1 } }),
    one.host.send({ order: 2, what: { type: "stop", reason: "interrupted" } }),
  ]);
  const book = readBook(await one.cluster.get(CONFIG_MAPS, JOB));
  assert.deepEqual(book.orders.map(({ order, what }) => [order, what.type]), [
    [1, "begin"],
    [2, "stop"],
  ]);
  assert.deepEqual(book.clock, { offsetMs: 5, boundMs: 1 });
});

Deno.test("an order while pods are not there yet, or not any more, is nobody's", async () => {
  const one = await hosting();
  await one.host.send({ order: 1, what: { type: "abort" } });
  await one.over(one.start());
  one.cluster.before = (call) => {
    if (call.startsWith("PATCH") && call.includes("/configmaps/")) throw status(429);
  };
  const late = one.host.send({ order: 2, what: { type: "stop", reason: "limit" } });
  await one.close();
  await late;
  assert.deepEqual(await one.left(), []);
});

Deno.test("the end of a pod is told when its log was read, with the cluster's reason", async () => {
  await using one = await hosting();
  await one.over(one.start());
  one.cluster.logs.get("scaletool-run-1-0-a")!.write(lineOf(0, 0));
  await one.cluster.end("scaletool-run-1-0-a", 0);
  await one.cluster.end("scaletool-run-1-1-a", 137, "OOMKilled");
  await one.cluster.clock.advance(10_000);
  assert.equal(one.lines.length > 0, true);
  assert.deepEqual(one.ends.sort((a, b) => a.generator - b.generator), [
    { generator: 0, isOrderly: true, why: "exit code 0", isReplaced: false },
    {
      generator: 1,
      isOrderly: false,
      why: "OOMKilled: it took more memory than its limit",
      isReplaced: false,
    },
  ]);
});

Deno.test("a pod that is deleted by hand has ended, and is said to be", async () => {
  await using one = await hosting();
  await one.over(one.start());
  one.cluster.logs.delete("scaletool-run-1-0-a");
  await one.cluster.delete(PODS, { namespace: NAMESPACE, name: "scaletool-run-1-0-a" });
  await one.cluster.clock.advance(60_000);
  assert.deepEqual(one.ends, [
    { generator: 0, isOrderly: false, why: "the pod was deleted", isReplaced: false },
  ]);
});

Deno.test("with replacement a lost pod's successor is followed, and a second loss is one", async () => {
  await using one = await hosting({ isReplaced: true });
  await one.over(one.start());
  await one.cluster.end("scaletool-run-1-0-a", 137, "OOMKilled");
  await one.cluster.makePod(0, 1);
  one.cluster.logs.get("scaletool-run-1-0-b")!.write(lineOf(0, 0));
  await one.cluster.clock.advance(10_000);
  assert.equal(one.lines.length, 1);
  await one.cluster.end("scaletool-run-1-0-b", 137, "OOMKilled");
  await one.cluster.clock.advance(10_000);
  assert.deepEqual(one.ends.map(({ isReplaced }) => isReplaced), [true, false]);
});

Deno.test("a log whose reading breaks is read on", async () => {
  await using one = await hosting({}, (cluster) => cluster.brokenReadings = 2);
  await one.over(one.start());
  one.cluster.logs.get("scaletool-run-1-0-a")!.write(lineOf(0, 0));
  await one.cluster.clock.advance(10_000);
  assert.equal(one.lines.length, 1);
});

const HOPELESS: readonly (readonly [string, (cluster: PodCluster) => void, RegExp])[] = [
  [
    "an image that cannot be pulled",
    (cluster) =>
      cluster.onPod = (_, name) =>
        cluster.status(name, {
          phase: "Pending",
          containerStatuses: [{
            name: "scaletool",
            state: { waiting: { reason: "ImagePullBackOff", message: 'pulling image "nowhere"' } },
          }],
        }),
    /^Cannot start the pods: scaletool-run-1-0-a: ImagePullBackOff: pulling image "nowhere"$/,
  ],
  [
    "a quota that is used up",
    (cluster) => cluster.refusal = 'pods "x" is forbidden: exceeded quota: q, used: pods=2',
    /^Cannot start the pods: pods "x" is forbidden: exceeded quota: q, used: pods=2$/,
  ],
  [
    "Pod Security",
    (cluster) =>
      cluster.refusal = 'pods "x" is forbidden: violates PodSecurity "restricted:latest"',
    /violates PodSecurity/,
  ],
  [
    "nodes that are too few",
    (cluster) =>
      cluster.onPod = (_, name) =>
        name.includes("-0-") ? cluster.run(name) : cluster.status(name, {
          phase: "Pending",
          conditions: [{
            type: "PodScheduled",
            status: "False",
            reason: "Unschedulable",
            message: "0/1 nodes are available: 1 Too many pods.",
          }],
        }),
    /: 1 of 2 run after 1m0s \(--pods-timeout\); scaletool-run-1-1-a: Unschedulable: 0\/1 nodes are available: 1 Too many pods$/,
  ],
];

for (const [what, prepare, message] of HOPELESS) {
  Deno.test(`${what} is told in one line, and nothing is left`, async () => {
    await using one = await hosting({}, prepare);
    await assert.rejects(one.over(one.start()), { name: "CannotRunError", message });
    await one.close();
    assert.deepEqual(await one.left(), []);
  });
}

Deno.test("what keeps many pods from their beginning is said once", async () => {
  await using one = await hosting(
    {},
    (cluster) =>
      cluster.onPod = (_, name) =>
        cluster.status(name, {
          phase: "Pending",
          conditions: [{
            type: "PodScheduled",
            status: "False",
            reason: "Unschedulable",
            message: "0/1 nodes are available: 1 Too many pods.",
          }],
        }),
  );
  await assert.rejects(one.over(one.start()), { name: "CannotRunError" });
  assert.deepEqual(one.said.filter((line) => line.startsWith("waiting for pods")), [
    "waiting for pods: scaletool-run-1-0-a: Unschedulable: 0/1 nodes are available: 1 Too many pods",
  ]);
  await one.close();
});

Deno.test("what the server refuses is told in its words, and nothing is left", async () => {
  await using one = await hosting({}, (cluster) => {
    cluster.before = (call) => {
      if (call.startsWith("POST") && call.includes("/secrets")) throw new Error("unforeseen");
    };
  });
  await assert.rejects(one.over(one.start()), /unforeseen/);
  await one.close();
  assert.deepEqual(await one.left(), []);
});

Deno.test("a run that is stopped while pods start leaves nothing", async () => {
  await using one = await hosting({}, (cluster) => cluster.onPod = () => Promise.resolve());
  const started = one.start();
  await one.cluster.clock.advance(2_000);
  one.stop.abort(new Error("stopped"));
  await assert.rejects(one.over(started), /stopped/);
  await one.close();
  assert.deepEqual(await one.left(), []);
});
