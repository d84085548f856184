import assert from "node:assert/strict";
import { createRng } from "../../../../core/load/rng.ts";
import { Run } from "../../../../core/run/run.ts";
import type { RunLogRecord } from "../../../../core/run_log/record.ts";
import { followPodEvents, PodEventLog } from "../../../../probes/backup/files/pod_events.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import {
  listed,
  ScriptedCluster,
  type ScriptStep,
  SILENCE,
  status,
  watched,
} from "../../../support/scripted_cluster.ts";

function event(name: string, { rv, namespace = "ours" }: { rv: number; namespace?: string }) {
  return {
    metadata: { name, namespace, resourceVersion: String(rv) },
    type: "Warning",
    reason: "Failed",
    message: `of ${name}`,
    lastTimestamp: "2025-12-31T23:59:30Z",
    involvedObject: { kind: "Pod", name: `pod-${name}` },
  };
}

function added(one: ReturnType<typeof event>) {
  return { event: { type: "ADDED", object: one, bytes: 1 } } as const;
}

async function follow(steps: readonly ScriptStep[]) {
  const clock = new FakeClock();
  const records: RunLogRecord[] = [];
  const run = new Run({
    id: "r1",
    clock,
    rng: createRng(1),
    log: (...more) => void records.push(...more),
  });
  const log = new PodEventLog();
  const cluster = new ScriptedCluster(clock, steps);
  {
    await using _following = followPodEvents(run, cluster, {
      log,
      isOurs: (namespace) => namespace === "ours",
    });
    await clock.advance(5_000);
  }
  return { log, cluster, records };
}

Deno.test("events of the run's pods are rows, those from before it and of others are not", async () => {
  const { log, cluster } = await follow([
    listed(1, [event("before", { rv: 1 })]),
    watched(
      added(event("a", { rv: 2 })),
      added(event("b", { rv: 3, namespace: "other" })),
      SILENCE,
    ),
  ]);
  assert.equal(
    log.text(),
    "NAMESPACE  LAST SEEN  TYPE     REASON  OBJECT     MESSAGE\n" +
      "ours       30s        Warning  Failed  pod/pod-a  of a\n",
  );
  assert.equal(cluster.calls[0]!.options.fieldSelector, "involvedObject.kind=Pod");
});

Deno.test("a cluster that does not show events is a warning", async () => {
  const { records } = await follow([{ list: status(403) }]);
  const [warning] = records.filter(({ type }) => type === "warning");
  assert.match(JSON.stringify(warning), /no-pod-events.*The events of pods cannot be followed/);
});
