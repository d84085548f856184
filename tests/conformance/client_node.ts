/**
 * The ecosystem's own JavaScript client beside ours on one server: what both make of the same
 * requests, and the points in which they differ. The server is the real kube-apiserver or its
 * stand-in, and must serve either client alike.
 * @module
 */

import assert from "node:assert/strict";
import {
  ApiException,
  CoreV1Api,
  KubeConfig,
  type KubernetesListObject,
  makeInformer,
  PatchStrategy,
  setHeaderOptions,
  type V1ConfigMap,
  Watch,
} from "@kubernetes/client-node";
import { SystemClock } from "../../core/load/clock.ts";
import { createRng } from "../../core/load/rng.ts";
import type { Cluster } from "../../kube/cluster.ts";
import type { KubeObject } from "../../kube/object.ts";
import { CONFIG_MAPS } from "../../kube/resource.ts";
import { StatusError } from "../../kube/status_error.ts";
import { Informer } from "../../kube/watch/informer.ts";
import { eventually } from "../support/eventually.ts";

/** One server and both ways to it. */
export interface TwoClients {
  readonly ours: Cluster;
  /** For the other client. */
  readonly kubeconfig: string;
}

interface Sides extends TwoClients {
  readonly config: KubeConfig;
  readonly theirs: CoreV1Api;
  readonly namespace: string;
}

interface Behaviour {
  readonly name: string;
  readonly check: (sides: Sides) => Promise<void>;
}

const configMap = (namespace: string, name: string, value = "1") => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace, labels: { suite: "client-node" } },
  data: { value },
});

const LABEL = "suite=client-node";

/** What is the same on the wire: they have dates as `Date`, and keep only fields that they know. */
function seen({ metadata, data }: V1ConfigMap | KubeObject) {
  const { name, uid, resourceVersion, creationTimestamp, labels } = metadata!;
  const created = creationTimestamp instanceof Date
    ? creationTimestamp.toISOString().replace(".000Z", "Z")
    : creationTimestamp;
  return { name, uid, resourceVersion, created, labels, data };
}

const BEHAVIOURS: readonly Behaviour[] = [
  {
    name: "what one writes the other reads, and pages end on the same object",
    async check({ ours, theirs, namespace }) {
      await ours.create(CONFIG_MAPS, configMap(namespace, "a"));
      await theirs.createNamespacedConfigMap({ namespace, body: configMap(namespace, "b") });
      await ours.create(CONFIG_MAPS, configMap(namespace, "c"));
      const whole = await theirs.listNamespacedConfigMap({ namespace, labelSelector: LABEL });
      const { items, metadata } = await ours.list(CONFIG_MAPS, { namespace, labelSelector: LABEL });
      assert.deepEqual(whole.items.map(seen), items.map(seen));
      assert.deepEqual(items.map((item) => item.metadata.name), ["a", "b", "c"]);
      // Anybody may have written anything in between, which moves a list's version on.
      assert.ok(Number(metadata.resourceVersion) >= Number(whole.metadata?.resourceVersion));
      const page = { namespace, labelSelector: LABEL, limit: 2 };
      const first = await theirs.listNamespacedConfigMap(page);
      // A token of the server's is anybody's.
      const rest = await ours.list(CONFIG_MAPS, {
        ...page,
        continue: first.metadata!._continue!,
      });
      assert.deepEqual(rest.items.map((item) => item.metadata.name), ["c"]);
    },
  },
  {
    name: "a patch without a type is a JSON patch of theirs, so that an object is refused",
    async check({ ours, theirs, namespace }) {
      await ours.create(CONFIG_MAPS, configMap(namespace, "patched"));
      const ref = { name: "patched", namespace };
      const body = { data: { value: "2" } };
      await assert.rejects(
        () => theirs.patchNamespacedConfigMap({ ...ref, body }),
        (error) => error instanceof ApiException && error.code === 400,
      );
      const merge = setHeaderOptions("Content-Type", PatchStrategy.MergePatch);
      const merged = await theirs.patchNamespacedConfigMap({ ...ref, body }, merge);
      assert.deepEqual(merged.data, { value: "2" });
      const again = await ours.patch(CONFIG_MAPS, ref, { body, options: { type: "merge" } });
      assert.equal(again.object.metadata.resourceVersion, merged.metadata?.resourceVersion);
      const operations = [{ op: "replace", path: "/data/value", value: "3" }];
      const replaced = await theirs.patchNamespacedConfigMap({ ...ref, body: operations });
      assert.deepEqual(replaced.data, { value: "3" });
    },
  },
  {
    name: "what is not there is 404 for both, with the reason that the server gave",
    async check({ ours, theirs, namespace }) {
      const ref = { name: "nowhere", namespace };
      const theirError = await theirs.readNamespacedConfigMap(ref).catch((error) => error);
      assert.ok(theirError instanceof ApiException);
      assert.equal(theirError.code, 404);
      const ourError = await ours.get(CONFIG_MAPS, ref).catch((error) => error);
      assert.ok(ourError instanceof StatusError);
      assert.equal(ourError.reason, "not-found");
      assert.equal(JSON.parse(theirError.body).message, 'configmaps "nowhere" not found');
      assert.match(ourError.message, /configmaps "nowhere" not found/);
    },
  },
  {
    name: "a watch from one version tells both the same events",
    async check({ ours, theirs, config, namespace }) {
      const { metadata } = await ours.list(CONFIG_MAPS, { namespace });
      const resourceVersion = metadata.resourceVersion!;
      const path = `/api/v1/namespaces/${namespace}/configmaps`;
      const told: [phase: string, version: string | undefined][] = [];
      const watching = await new Watch(config).watch(
        path,
        { resourceVersion, labelSelector: LABEL },
        (phase, object) => told.push([phase, object.metadata.resourceVersion]),
        () => {},
      );
      try {
        const ref = { name: "watched", namespace };
        await theirs.createNamespacedConfigMap({ namespace, body: configMap(namespace, ref.name) });
        await ours.update(CONFIG_MAPS, configMap(namespace, ref.name, "2"));
        await theirs.deleteNamespacedConfigMap(ref);
        const events: typeof told = [];
        const from = { namespace, resourceVersion, labelSelector: LABEL } as const;
        for await (const { type, object } of ours.watch(CONFIG_MAPS, from)) {
          events.push([type, object.metadata.resourceVersion]);
          if (type === "DELETED") break;
        }
        await eventually("the other client is told of the deletion", () => told.length >= 3);
        assert.deepEqual(told, events);
        assert.deepEqual(events.map(([type]) => type), ["ADDED", "MODIFIED", "DELETED"]);
      } finally {
        watching.abort();
      }
    },
  },
  {
    name: "both informers tell the same changes; in theirs a watched date is a text",
    async check({ ours, theirs, config, namespace }) {
      await ours.create(CONFIG_MAPS, configMap(namespace, "first"));
      const [ourChanges, theirChanges]: string[][] = [[], []];
      const dates: string[] = [];
      const change = (of: string[], word: string) => (object: V1ConfigMap | KubeObject) => {
        const { name, creationTimestamp } = object.metadata!;
        if (object.metadata?.labels?.["suite"] !== "client-node") return; // kube-root-ca.crt
        of.push(`${word} ${name}`);
        if (of === theirChanges) dates.push(creationTimestamp instanceof Date ? "Date" : "text");
      };
      const informer = makeInformer(
        config,
        `/api/v1/namespaces/${namespace}/configmaps`,
        () =>
          theirs.listNamespacedConfigMap({ namespace }) as Promise<
            KubernetesListObject<V1ConfigMap>
          >,
      );
      for (const word of ["add", "update", "delete"] as const) {
        informer.on(word, change(theirChanges!, word));
      }
      const clock = new SystemClock();
      const own = new Informer(ours, {
        resource: CONFIG_MAPS,
        selection: { namespace },
        clock,
        rng: createRng(1),
        handler: {
          onAdd: change(ourChanges!, "add"),
          onUpdate: (_, after) => change(ourChanges!, "update")(after),
          onDelete: change(ourChanges!, "delete"),
        },
      });
      const ended = new AbortController();
      const running = own.run(ended.signal).catch(() => {});
      await Promise.all([informer.start(), own.synced]);
      try {
        await ours.create(CONFIG_MAPS, configMap(namespace, "second"));
        await ours.update(CONFIG_MAPS, configMap(namespace, "second", "2"));
        await ours.delete(CONFIG_MAPS, { name: "second", namespace });
        const expected = ["add first", "add second", "update second", "delete second"];
        await eventually(
          "all is told",
          () => theirChanges!.length >= expected.length && ourChanges!.length >= expected.length,
        );
        assert.deepEqual(ourChanges, expected);
        assert.deepEqual(theirChanges, expected);
        assert.deepEqual(dates, ["Date", "text", "text", "text"]);
      } finally {
        await informer.stop();
        ended.abort();
        await running;
      }
    },
  },
];

/** Their sockets outlive a test. */
const LENIENT = { sanitizeOps: false, sanitizeResources: false };

/** @param clients for the bodies of tests only */
export function testClientNode(
  clients: () => TwoClients,
  { ignore = false }: { ignore?: boolean } = {},
): void {
  BEHAVIOURS.forEach(({ name, check }, index) => {
    Deno.test(`client-node: ${name}`, { ignore, ...LENIENT }, async () => {
      const { ours, kubeconfig } = clients();
      const config = new KubeConfig();
      config.loadFromString(kubeconfig);
      const theirs = config.makeApiClient(CoreV1Api);
      const namespace = `client-node-${index + 1}`;
      await theirs.createNamespace({ body: { metadata: { name: namespace } } });
      await check({ ours, theirs, config, kubeconfig, namespace });
    });
  });
}
