import assert from "node:assert/strict";
import type { Order } from "../../../core/generators/order.ts";
import { createRng } from "../../../core/load/rng.ts";
import type { KubeObject } from "../../../kube/object.ts";
import { clockPatch, ordersPatch } from "../../../kube/generators/order_book.ts";
import { coordinatorOver } from "../../../kube/generators/pod_coordinator.ts";
import { CONFIG_MAPS, NAMESPACES } from "../../../kube/resource.ts";
import { status } from "../../support/scripted_cluster.ts";
import { SandboxCluster } from "../../support/sandbox_cluster.ts";

const REF = { namespace: "perf", name: "orders" };
const BEGIN: Order = { order: 1, what: { type: "begin", atMs: 5 } };
const STOP: Order = { order: 2, what: { type: "stop", reason: "stopped" } };

/** A pod's coordinator over a ConfigMap that the test writes. */
async function coordinated({ refuses }: { refuses?: Error } = {}) {
  const cluster = new SandboxCluster();
  await cluster.create(NAMESPACES, { metadata: { name: REF.namespace } });
  await cluster.create(CONFIG_MAPS, { metadata: REF, data: { orders: "[]" } } as KubeObject);
  if (refuses !== undefined) {
    cluster.before = (call) => {
      if (call.startsWith("GET") && call.includes("/configmaps")) throw refuses;
    };
  }
  const told: string[] = [];
  const link = { index: 1, of: 4, via: "pod", at: REF };
  const coordinator = coordinatorOver(link, {
    stdout: (text) => told.push(text),
    clock: cluster.clock,
    rng: createRng(1),
    reader: () => Promise.resolve(cluster),
    measureClock: () => Promise.resolve({ offsetMs: 100, boundMs: 3 }),
  });
  const patch = async (body: unknown) => {
    await cluster.patch(CONFIG_MAPS, REF, { body, options: { type: "merge" } });
    await cluster.clock.advance(0);
  };
  return { cluster, coordinator, patch, told };
}

Deno.test("orders come once and in their order, those that were there before too", async () => {
  const { cluster, coordinator, patch } = await coordinated();
  using _cluster = cluster;
  await patch(ordersPatch([BEGIN]));
  const heard: number[] = [];
  await cluster.clock.advance(10);
  coordinator.onOrder(({ order }) => heard.push(order));
  await patch(ordersPatch([BEGIN, STOP]));
  await patch(ordersPatch([BEGIN, STOP]));
  await cluster.clock.advance(10);
  assert.deepEqual(heard, [1, 2]);
  assert.deepEqual(coordinator.share, { index: 1, of: 4 });
});

Deno.test("the clock is compared with the coordinator's by way of the server's", async () => {
  const { cluster, coordinator, patch } = await coordinated();
  using _cluster = cluster;
  const offset = coordinator.clockOffset();
  await cluster.clock.advance(10);
  await patch(clockPatch({ offsetMs: -20, boundMs: 4 }));
  await cluster.clock.advance(10);
  assert.deepEqual(await offset, { offsetMs: 120, boundMs: 7 });
});

Deno.test("a ConfigMap that is removed means that nobody leads any more", async () => {
  const { cluster, coordinator } = await coordinated();
  using _cluster = cluster;
  await cluster.clock.advance(10);
  assert.equal(coordinator.gone.aborted, false);
  await cluster.delete(CONFIG_MAPS, REF);
  await cluster.clock.advance(10);
  assert.equal(coordinator.gone.aborted, true);
});

Deno.test("orders that may not be read are told of where the clock is asked for", async () => {
  const refuses = status(403, { reason: "Forbidden" });
  const { cluster, coordinator } = await coordinated({ refuses });
  using _cluster = cluster;
  await assert.rejects(coordinator.clockOffset(), {
    name: "CannotRunError",
    message: /^Cannot read the orders in ConfigMap perf\/orders: /,
  });
});

Deno.test("a coordinator that never tells its clock is not waited for without an end", async () => {
  const { cluster, coordinator } = await coordinated();
  using _cluster = cluster;
  const offset = coordinator.clockOffset();
  offset.catch(() => {});
  await cluster.clock.advance(61_000);
  await assert.rejects(offset, /Not so after 1m0s: the coordinator tells its clock/);
});

Deno.test("what it tells are numbered lines of its own life", async () => {
  const { cluster, coordinator, told } = await coordinated();
  using _cluster = cluster;
  coordinator.tell({ type: "said", line: "hello" });
  const line = JSON.parse(told[0]!);
  assert.deepEqual([line.scaletool, line.generator, line.seq], ["generator", 1, 0]);
});
