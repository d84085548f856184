import assert from "node:assert/strict";
import type { Interval } from "../../../core/measure/interval.ts";
import { Recorder } from "../../../core/measure/recorder.ts";
import { FlowControl } from "../../../kube/http/flow_control.ts";
import type { KubeObject } from "../../../kube/object.ts";
import type { Resource } from "../../../kube/resource.ts";
import { MemoryCluster, statusError } from "../../support/memory_cluster.ts";

const GROUP = { group: "flowcontrol.apiserver.k8s.io", version: "v1", namespaced: false };
const FLOW_SCHEMAS: Resource = { ...GROUP, plural: "flowschemas", kind: "FlowSchema" };
const PRIORITY_LEVELS: Resource = {
  ...GROUP,
  plural: "prioritylevelconfigurations",
  kind: "PriorityLevelConfiguration",
};

function answer(flowSchema?: string, priorityLevel?: string): { headers: Headers } {
  const headers = new Headers();
  if (flowSchema !== undefined) headers.set("X-Kubernetes-PF-FlowSchema-UID", flowSchema);
  if (priorityLevel !== undefined) headers.set("X-Kubernetes-PF-PriorityLevel-UID", priorityLevel);
  return { headers };
}

function countersOf(intervals: readonly Interval[]) {
  return intervals.flatMap(({ counters }) => counters).map(({ name, value, tags }) => [
    name,
    value,
    tags?.flowSchema,
    tags?.priorityLevel,
  ]);
}

/** What one flush adds. */
function flushed(flow: FlowControl) {
  const recorder = new Recorder({ startMs: 0 });
  flow.flush(recorder, 5);
  return countersOf(recorder.rotate(10));
}

/** With names for the UIDs fs1, fs2, pl1 and pl2. */
async function named(): Promise<FlowControl> {
  const cluster = new MemoryCluster();
  const answers: [Resource, string, string][] = [
    [FLOW_SCHEMAS, "fs1", "global-default"],
    [FLOW_SCHEMAS, "fs2", "catch-all"],
    [PRIORITY_LEVELS, "pl1", "global-default"],
    [PRIORITY_LEVELS, "pl2", "catch-all"],
  ];
  cluster.list = (resource) => {
    const items = answers.filter(([of]) =>
      of.plural === resource.plural && of.group === resource.group
    )
      .map(([, uid, name]): KubeObject => ({ metadata: { uid, name } }));
    return Promise.resolve({ metadata: {}, items });
  };
  const flow = new FlowControl();
  await flow.learnNames(cluster);
  return flow;
}

Deno.test("answers are counted by flow schema and priority level, each flush what came since the last", async () => {
  const flow = await named();
  for (const uid of ["fs1", "fs2", "fs1"]) flow.onAnswer(answer(uid, uid.replace("fs", "pl")));
  assert.deepEqual(flushed(flow), [
    ["requests", 2, "global-default", "global-default"],
    ["requests", 1, "catch-all", "catch-all"],
  ]);
  assert.deepEqual(flushed(flow), []);
  flow.onAnswer(answer("fs2", "pl2"));
  assert.deepEqual(flushed(flow), [["requests", 1, "catch-all", "catch-all"]]);
});

Deno.test("an answer that was never classified is not counted", async () => {
  const flow = await named();
  flow.onAnswer(answer());
  flow.onAnswer(answer(undefined, "pl1"));
  assert.deepEqual(flushed(flow), []);
});

Deno.test("a flow schema that moves to another priority level is counted under both", async () => {
  const flow = await named();
  flow.onAnswer(answer("fs1", "pl1"));
  flow.onAnswer(answer("fs1", "pl2"));
  flow.onAnswer(answer("fs1", "pl2"));
  assert.deepEqual(flushed(flow), [
    ["requests", 1, "global-default", "global-default"],
    ["requests", 2, "global-default", "catch-all"],
  ]);
});

Deno.test("through an aggregated API both servers' headers count as one, or as a pair if they differ", async () => {
  const flow = await named();
  flow.onAnswer(answer("fs1", "pl1"));
  flow.onAnswer(answer("fs1, fs1", "pl1, pl1"));
  flow.onAnswer(answer("fs1,fs2", "pl1,pl2"));
  flow.onAnswer(answer("fs1, fs9", "pl1"));
  assert.deepEqual(flushed(flow), [
    ["requests", 2, "global-default", "global-default"],
    ["requests", 1, "global-default/catch-all", "global-default/catch-all"],
    ["requests", 1, "global-default/fs9", "global-default"],
  ]);
});

Deno.test("names that may not be read, or are not served, leave the UIDs", async () => {
  for (const [code, reason] of [[403, "Forbidden"], [404, "NotFound"]] as const) {
    const cluster = new MemoryCluster();
    cluster.fail("list", statusError(code, reason), { times: 2 });
    const flow = new FlowControl();
    await flow.learnNames(cluster);
    flow.onAnswer(answer("fs1", "pl1"));
    flow.onAnswer(answer("fs2"));
    assert.deepEqual(flushed(flow), [["requests", 1, "fs1", "pl1"], ["requests", 1, "fs2", ""]]);
  }
});

Deno.test("reset() forgets what was counted and keeps the names", async () => {
  const flow = await named();
  flow.onAnswer(answer("fs1", "pl1"));
  flow.reset();
  assert.deepEqual(flushed(flow), []);
  flow.onAnswer(answer("fs2", "pl2"));
  assert.deepEqual(flushed(flow), [["requests", 1, "catch-all", "catch-all"]]);
});
