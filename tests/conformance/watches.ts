/**
 * Which events does a watch have, from where on, and how does it end?
 * @module
 */

import assert from "node:assert/strict";
import { CONFIG_MAPS } from "../../kube/resource.ts";
import { isExpired } from "../../kube/status_error.ts";
import type { WatchEvent, WatchOptions } from "../../kube/cluster.ts";
import { configMapsOf, list, makeConfigMaps, patch, post, put, remove } from "./asking.ts";
import type { Behaviour, Seen, Subject } from "./subject.ts";

interface Line {
  readonly type: string;
  readonly object: Seen;
}

/** All that a watch of one second has. */
async function watched(subject: Subject, path: string): Promise<Line[]> {
  const { status, text } = await subject.ask(`${path}&watch=1&timeoutSeconds=1`);
  assert.equal(status, 200, text);
  return text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
}

/** `ADDED a`. */
function shortly({ type, object }: Pick<Line, "type" | "object">): string {
  return type === "BOOKMARK" ? type : `${type} ${object.metadata.name}`;
}

async function revisionNow(subject: Subject, namespace: string): Promise<string> {
  return (await list(subject, `${configMapsOf(namespace)}?limit=1`)).metadata.resourceVersion;
}

/** Resolves once the server's watch cache, which may lag behind its storage, has this object. */
async function untilCached(subject: Subject, { metadata }: Seen): Promise<void> {
  const { namespace = "", resourceVersion } = metadata;
  const fresh = `resourceVersion=${resourceVersion}&resourceVersionMatch=NotOlderThan`;
  await list(subject, `${configMapsOf(namespace)}?limit=1&${fresh}`);
}

/** The first events of a watch that is opened before they happen. */
async function firstEvents(
  subject: Subject,
  { count, cause, ...options }: WatchOptions & { count: number; cause: () => Promise<void> },
): Promise<WatchEvent[]> {
  const events: WatchEvent[] = [];
  let caused: Promise<void> | undefined;
  const onOpen = () => caused = cause();
  const watch = subject.cluster.watch(CONFIG_MAPS, { ...options, timeoutSeconds: 30, onOpen });
  for await (const event of watch) {
    events.push(event);
    if (events.length === count) break;
  }
  await caused;
  return events;
}

const INITIAL_END = { "k8s.io/initial-events-end": "true" };

export const WATCHES: readonly Behaviour[] = [
  {
    name: "a watch from a version has everything after it, in order",
    check: async (subject, namespace) => {
      const collection = configMapsOf(namespace);
      const from = await revisionNow(subject, namespace);
      await makeConfigMaps(subject, namespace, ["a", "b"]);
      const changed = await put(subject, `${collection}/a`, {
        metadata: { name: "a" },
        data: { k: "v" },
      });
      await remove(subject, `${collection}/a`);
      const lines = await watched(subject, `${collection}?resourceVersion=${from}`);
      assert.deepEqual(lines.map(shortly), ["ADDED a", "ADDED b", "MODIFIED a", "DELETED a"]);
      assert.deepEqual(lines[2]!.object, changed, "with its type and all its fields");
      const versions = lines.map(({ object }) => Number(object.metadata.resourceVersion));
      assert.deepEqual(versions, versions.toSorted((one, other) => one - other));
      assert.equal(new Set(versions).size, 4, "a DELETED event has a version of its own");
      assert.deepEqual(lines[3]!.object["data"], { k: "v" }, "and the last state");
    },
  },
  {
    name: "events come while the watch is open",
    check: async (subject, namespace) => {
      const resourceVersion = await revisionNow(subject, namespace);
      const events = await firstEvents(subject, {
        namespace,
        resourceVersion,
        count: 2,
        cause: async () => {
          await makeConfigMaps(subject, namespace, ["a"]);
          await remove(subject, `${configMapsOf(namespace)}/a`);
        },
      });
      assert.deepEqual(events.map(({ type, object }) => `${type} ${object.metadata.name}`), [
        "ADDED a",
        "DELETED a",
      ]);
    },
  },
  ...[
    { from: "", bookmarks: false },
    { from: "0", bookmarks: false },
    { from: "", bookmarks: true },
    { from: "0", bookmarks: true },
  ].map(({ from, bookmarks }) => ({
    name: `a watch from "${from}" begins with what there is` +
      (bookmarks ? ", and marks its end for whoever takes bookmarks" : ""),
    check: async (subject: Subject, namespace: string) => {
      const made = await makeConfigMaps(subject, namespace, ["b", "a"]);
      await untilCached(subject, made.at(-1)!);
      const query = `labelSelector=set&resourceVersion=${from}&allowWatchBookmarks=${bookmarks}`;
      const lines = await watched(subject, `${configMapsOf(namespace)}?${query}`);
      // The watch cache of kube-apiserver 1.36 gives them in any order.
      assert.deepEqual(lines.slice(0, 2).map(shortly).sort(), ["ADDED a", "ADDED b"]);
      if (bookmarks) assertInitialEnd(lines.slice(2));
      else assert.deepEqual(lines.slice(2).map(shortly), []);
    },
  })),
  {
    name: "a streaming list is the present state, a bookmark, and then events",
    check: async (subject, namespace) => {
      await makeConfigMaps(subject, namespace, ["a"]);
      const query =
        "labelSelector=set&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
      const lines = await watched(subject, `${configMapsOf(namespace)}?${query}`);
      assert.deepEqual(lines.slice(0, 1).map(shortly), ["ADDED a"]);
      assertInitialEnd(lines.slice(1));
    },
  },
  {
    name: "what begins or ceases to match a selector is added or deleted",
    check: async (subject, namespace) => {
      const collection = configMapsOf(namespace);
      const from = await revisionNow(subject, namespace);
      await makeConfigMaps(subject, namespace, ["a"], { on: "no" });
      const relabel = (on: string, k: string) =>
        patch(subject, `${collection}/a`, { body: { metadata: { labels: { on } }, data: { k } } });
      await relabel("yes", "1");
      await relabel("yes", "2");
      const off = await relabel("no", "3");
      await remove(subject, `${collection}/a`);
      const lines = await watched(
        subject,
        `${collection}?labelSelector=on%3Dyes&resourceVersion=${from}`,
      );
      assert.deepEqual(lines.map(shortly), ["ADDED a", "MODIFIED a", "DELETED a"]);
      const { object } = lines[2]!;
      assert.deepEqual(object["data"], { k: "2" }, "the last state that matched");
      assert.equal(object.metadata.resourceVersion, off.metadata.resourceVersion, "as of now");
    },
  },
  {
    name: "a field selector follows one object",
    check: async (subject, namespace) => {
      const collection = configMapsOf(namespace);
      const from = await revisionNow(subject, namespace);
      await makeConfigMaps(subject, namespace, ["a", "b"]);
      await remove(subject, `${collection}/b`);
      const query = `fieldSelector=metadata.name%3Db&resourceVersion=${from}`;
      const lines = await watched(subject, `${collection}?${query}`);
      assert.deepEqual(lines.map(shortly), ["ADDED b", "DELETED b"]);
    },
  },
  {
    name: "a watch of a namespace sees nothing of others",
    check: async (subject, namespace) => {
      const other = `${namespace}-other`;
      await post(subject, "/api/v1/namespaces", { metadata: { name: other } });
      const from = await revisionNow(subject, namespace);
      await makeConfigMaps(subject, other, ["there"]);
      await makeConfigMaps(subject, namespace, ["here"]);
      const query = `labelSelector=set&resourceVersion=${from}`;
      const one = await watched(subject, `${configMapsOf(namespace)}?${query}`);
      assert.deepEqual(one.map(shortly), ["ADDED here"]);
      const all = await watched(subject, `/api/v1/configmaps?${query}`);
      const places = all.map(({ object: { metadata } }) => metadata.namespace);
      assert.deepEqual(places.filter((place) => place?.startsWith(namespace)), [other, namespace]);
    },
  },
  {
    name: "a removed finalizer ends in a DELETED event",
    check: async (subject, namespace) => {
      const collection = configMapsOf(namespace);
      const from = await revisionNow(subject, namespace);
      await post(subject, collection, { metadata: { name: "a", finalizers: ["example.com/x"] } });
      await remove(subject, `${collection}/a`);
      await patch(subject, `${collection}/a`, { body: { metadata: { finalizers: null } } });
      const lines = await watched(
        subject,
        `${collection}?fieldSelector=metadata.name%3Da&resourceVersion=${from}`,
      );
      assert.deepEqual(lines.map(shortly), ["ADDED a", "MODIFIED a", "DELETED a"]);
      const { finalizers, resourceVersion } = lines[2]!.object.metadata;
      assert.deepEqual(finalizers, ["example.com/x"], "the last state that was kept");
      assert.ok(Number(resourceVersion) > Number(lines[1]!.object.metadata.resourceVersion));
    },
  },
  {
    name: "a watch of a version that is yet to come waits",
    check: async (subject, namespace) => {
      const path = `${configMapsOf(namespace)}?resourceVersion=999999999`;
      assert.deepEqual(await watched(subject, path), []);
    },
  },
];

/** Costs a restart of the real server: run it last. */
export const EXPIRY: readonly Behaviour[] = [
  {
    name: "a version from before what is remembered has expired",
    check: async (subject, namespace) => {
      const [made] = await makeConfigMaps(subject, namespace, ["a"]);
      const { resourceVersion } = made!.metadata;
      await makeConfigMaps(subject, namespace, ["b"]);
      await subject.forgetHistory();
      const lines = await watched(
        subject,
        `${configMapsOf(namespace)}?resourceVersion=${resourceVersion}`,
      );
      assert.equal(lines.length, 1);
      const { type, object } = lines[0]!;
      const { message, ...status } = object as unknown as { message: string };
      assert.equal(type, "ERROR");
      assert.match(
        message,
        new RegExp(`^too old resource version: ${resourceVersion} \\(\\d+\\)$`),
      );
      assert.deepEqual(status, {
        kind: "Status",
        apiVersion: "v1",
        metadata: {},
        status: "Failure",
        reason: "Expired",
        code: 410,
      });
      await assert.rejects(async () => {
        for await (const _ of subject.cluster.watch(CONFIG_MAPS, { namespace, resourceVersion }));
      }, isExpired);
    },
  },
];

/** The end of what there is, and behind it at most bookmarks that come by and by. */
function assertInitialEnd([end, ...later]: readonly Line[]): void {
  const { object } = end!;
  assert.deepEqual([end!, ...later].filter(({ type }) => type !== "BOOKMARK"), []);
  const { resourceVersion, ...metadata } = object.metadata as unknown as Record<string, string>;
  assert.match(resourceVersion ?? "", /^\d+$/);
  assert.deepEqual({ ...object, metadata }, {
    kind: "ConfigMap",
    apiVersion: "v1",
    metadata: { annotations: INITIAL_END },
  });
}
