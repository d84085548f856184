import assert from "node:assert/strict";
import { createRng } from "../../../core/load/rng.ts";
import { JOBS } from "../../../kube/resource.ts";
import { Informer } from "../../../kube/watch/informer.ts";
import { withoutSpec } from "../../../kube/watch/without_spec.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import {
  added,
  listed,
  ScriptedCluster,
  SILENCE,
  watched,
} from "../../support/scripted_cluster.ts";

function job(name: string, rv: number) {
  const metadata = { name, namespace: "ns", uid: `uid-${name}`, resourceVersion: String(rv) };
  const annotations = { "kubectl.kubernetes.io/last-applied-configuration": "{}", own: "1" };
  return {
    metadata: { ...metadata, annotations, managedFields: [{ manager: "kcm" }] },
    spec: { template: { spec: {} } },
    status: { failed: 1 },
  };
}

function kept(name: string, rv: number) {
  const { managedFields: _, ...metadata } = job(name, rv).metadata;
  return { metadata: { ...metadata, annotations: { own: "1" } }, status: { failed: 1 } };
}

Deno.test("objects of lists and of events are kept without spec, and told of without it", async () => {
  const clock = new FakeClock();
  const steps = [listed(1, [job("a", 1)]), watched(added(job("b", 2)), SILENCE)];
  const told: unknown[] = [];
  const informer = new Informer(new ScriptedCluster(clock, steps), {
    resource: JOBS,
    clock,
    rng: createRng(1),
    transform: withoutSpec,
    handler: { onAdd: (object) => told.push(object), onUpdate: () => {}, onDelete: () => {} },
  });
  const ending = new AbortController();
  const running = informer.run(ending.signal);
  await clock.advance(0);
  assert.deepEqual([informer.get("ns/a"), informer.get("ns/b")], [kept("a", 1), kept("b", 2)]);
  assert.deepEqual(told, [kept("a", 1), kept("b", 2)]);
  assert.equal(informer.lastResourceVersion, "2");
  ending.abort();
  await running;
});
