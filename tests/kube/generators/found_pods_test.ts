import assert from "node:assert/strict";
import type { GeneratorEvents } from "../../../core/generators/host.ts";
import { createRng } from "../../../core/load/rng.ts";
import { AttachedPods } from "../../../kube/generators/attached_pods.ts";
import { findPods } from "../../../kube/generators/found_pods.ts";
import { CONFIG_MAPS, PODS } from "../../../kube/resource.ts";
import { SAMPLE_MANIFEST } from "../../support/sample_report.ts";
import { hosting, JOB, lineOf } from "./hosting.ts";
import { NAMESPACE } from "./pod_cluster.ts";

const RUN = { runId: "run-1", namespace: undefined };

Deno.test("the pods of a run are found by its id, with its manifest and its beginning", async () => {
  await using one = await hosting();
  one.host.keep({ ...SAMPLE_MANIFEST, runId: "run-1" });
  await one.over(one.start());
  await one.host.send({ order: 1, what: { type: "begin", atMs: 123 } });
  const found = await findPods(one.cluster, RUN);
  assert.deepEqual(found.ref, JOB);
  assert.equal(found.count, 2);
  assert.equal(found.manifest?.runId, "run-1");
  assert.equal(found.startAtMs, 123);
});

Deno.test("without its ConfigMap the pods are found, and nothing is known of the run", async () => {
  await using one = await hosting();
  await one.over(one.start());
  await one.cluster.delete(CONFIG_MAPS, JOB);
  const { manifest, startAtMs } = await findPods(one.cluster, RUN);
  assert.deepEqual({ manifest, startAtMs }, { manifest: undefined, startAtMs: undefined });
});

Deno.test("a run without a Job is said not to be there", async () => {
  await using one = await hosting();
  await assert.rejects(findPods(one.cluster, { runId: "other", namespace: NAMESPACE }), {
    name: "CannotRunError",
    message: /^Cannot find pods of run other: there is no Job of it in namespace perf;/,
  });
});

Deno.test("whoever attaches hears all of the logs from the first line, and which pods are gone", async () => {
  await using one = await hosting();
  await one.over(one.start());
  one.cluster.logs.get("scaletool-run-1-0-a")!.write(lineOf(0, 0));
  await one.cluster.end("scaletool-run-1-0-a", 0);
  await one.cluster.delete(PODS, { namespace: NAMESPACE, name: "scaletool-run-1-1-a" });
  const heard: string[] = [];
  const events: GeneratorEvents = {
    onLine: ({ generator, seq }) => heard.push(`${generator} line ${seq}`),
    onGap: () => {},
    onEnd: (generator, { why }) => heard.push(`${generator} end ${why}`),
    say: () => {},
  };
  const attached = new AttachedPods(one.cluster, {
    place: { kind: "pods", count: 2, found: { ...JOB } },
    runId: "run-1",
    clock: one.cluster.clock,
    rng: createRng(1),
    isReplaced: false,
  });
  await one.over(attached.start(events, new AbortController().signal));
  await one.cluster.clock.advance(10_000);
  await one.over(attached.close());
  assert.deepEqual([...new Set(heard)].sort(), [
    "0 end exit code 0",
    "0 line 0",
    "1 end its pod is not there any more",
  ]);
  assert.equal(heard.at(-1), "0 end exit code 0");
});
