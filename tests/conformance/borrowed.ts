/**
 * What a run borrows and what a watch makes of writes: both stand on what patches with a test, dry runs
 * and managed fields do at a server.
 * @module
 */

import assert from "node:assert/strict";
import { SystemClock } from "../../core/load/clock.ts";
import { createRng } from "../../core/load/rng.ts";
import { Run } from "../../core/run/run.ts";
import { Borrowed } from "../../kube/owned/borrowed.ts";
import { CONFIG_MAPS, type Resource } from "../../kube/resource.ts";
import { ObjectWatch } from "../../kube/watch/object_watch.ts";
import { MERGE, patch } from "./asking.ts";
import type { Behaviour, Subject } from "./subject.ts";

const DEPLOYMENTS: Resource = {
  group: "apps",
  version: "v1",
  plural: "deployments",
  kind: "Deployment",
  namespaced: true,
};
const LABELS = { a: "b" };
const SPEC = {
  replicas: 0,
  selector: { matchLabels: LABELS },
  template: {
    metadata: { labels: LABELS },
    spec: { containers: [{ name: "c", image: "i:1" }] },
  },
};
const IMAGE = "/spec/template/spec/containers/0/image";
const NEVER = new AbortController().signal;

function borrower({ cluster }: Subject, namespace: string) {
  const clock = new SystemClock();
  const run = new Run({ id: namespace, clock, rng: createRng(1), log: () => {} });
  const identity = { runId: namespace, command: "suite" };
  return { run, borrowed: new Borrowed(run, { cluster, identity, namespace }) };
}

function undo(run: Run) {
  return run.undoAll({ signal: NEVER, onLong: () => {} });
}

/** What a user has written of it: a real controller numbers its revisions in an annotation. */
async function specOf({ cluster }: Subject, namespace: string) {
  const { metadata, spec } = await cluster.get(DEPLOYMENTS, { namespace, name: "d" });
  return { spec, labels: metadata.labels };
}

export const BORROWED: readonly Behaviour[] = [
  {
    name: "nested and absent fields are as they were once they are given back",
    async check(subject, namespace) {
      const { run, borrowed } = borrower(subject, namespace);
      const ref = { namespace, name: "d" };
      await subject.cluster.create(DEPLOYMENTS, { metadata: { ...ref }, spec: SPEC });
      const before = await specOf(subject, namespace);
      await borrowed.change(DEPLOYMENTS, ref, [
        { path: IMAGE, value: "i:2" },
        { path: "/spec/minReadySeconds", value: 7 },
        { path: "/metadata/labels/x~1y", value: "z" },
        { path: "/spec/template/spec/containers/1", value: { name: "d", image: "i:3" } },
      ]);
      const { spec, labels } = await specOf(subject, namespace);
      assert.deepEqual(labels, { "x/y": "z" });
      assert.equal((spec as typeof SPEC).template.spec.containers[1]?.image, "i:3");
      assert.deepEqual(await undo(run), []);
      assert.deepEqual(await specOf(subject, namespace), before);
    },
  },
  {
    name: "a test that fails, a value that the server refuses and one that it keeps are told apart",
    async check(subject, namespace) {
      const { run, borrowed } = borrower(subject, namespace);
      const ref = { namespace, name: "d" };
      const { cluster } = subject;
      await cluster.create(DEPLOYMENTS, { metadata: { ...ref }, spec: SPEC });
      const change = (path: string, value?: unknown) =>
        borrowed.change(DEPLOYMENTS, ref, [{ path, value }]);
      await cluster.create(CONFIG_MAPS, { metadata: { ...ref } });
      const key = { path: "/data/a b", value: "1" };
      await assert.rejects(borrowed.change(CONFIG_MAPS, ref, [key]), /Cannot borrow .*a b/);
      // Without a value the server has one of its own again.
      await assert.rejects(change("/spec/revisionHistoryLimit"), /keeps the old value/);
      await change(IMAGE, "i:2");
      const spec = { template: { spec: { containers: [{ name: "c", image: "i:9" }] } } };
      await cluster.patch(DEPLOYMENTS, ref, { body: { spec }, options: { type: "strategic" } });
      const [leftover] = await undo(run);
      assert.match(`${leftover?.error}`, /somebody else has changed/);
      const now = (await specOf(subject, namespace)).spec as typeof SPEC;
      assert.equal(now.template.spec.containers[0]?.image, "i:9");
    },
  },
];

export const WRITERS: readonly Behaviour[] = [
  {
    name: "each notified write is its manager's, also several in one second",
    async check(subject, namespace) {
      const { cluster } = subject;
      const clock = new SystemClock();
      await using watch = await ObjectWatch.open(cluster, {
        resource: DEPLOYMENTS,
        selection: { namespace },
        clock,
        rng: createRng(1),
      });
      const path = `/apis/apps/v1/namespaces/${namespace}/deployments/d`;
      const ref = { namespace, name: "d" };
      const object = { metadata: { ...ref }, spec: { ...SPEC, paused: true } };
      await cluster.create(DEPLOYMENTS, object, { fieldManager: "maker" });
      const annotate = (value: string) =>
        cluster.patch(DEPLOYMENTS, ref, {
          body: { metadata: { annotations: { a: value } } },
          options: { type: "merge", fieldManager: "annotator" },
        });
      const report = (replicas: number) =>
        patch(subject, `${path}/status?fieldManager=reporter`, {
          type: MERGE,
          body: { status: { collisionCount: replicas } },
        });
      await annotate("1");
      await report(1);
      await annotate("2");
      await report(2);
      await report(3);
      const annotated = () => {
        const { annotations } = watch.get(`${namespace}/d`)?.metadata ?? {};
        const { collisionCount } = (watch.get(`${namespace}/d`)?.["status"] ?? {}) as {
          collisionCount?: number;
        };
        return annotations?.["a"] === "2" && collisionCount === 3 ? true : undefined;
      };
      await watch.until(annotated, { timeoutMs: 10_000 });
      // A controller may have written as well.
      const counts = Object.fromEntries(
        watch.writes.map(({ manager, subresource, count }) => [`${manager} ${subresource}`, count]),
      );
      assert.deepEqual(
        [counts["maker "], counts["annotator "], counts["reporter status"]],
        [1, 2, 3],
        JSON.stringify(counts),
      );
    },
  },
];
