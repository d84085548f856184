/**
 * What becomes of objects that are deleted?
 * @module
 */

import assert from "node:assert/strict";
import { CONFIG_MAPS } from "../../kube/resource.ts";
import {
  ask,
  configMapsOf,
  eventually,
  get,
  list,
  makeConfigMaps,
  namesOf,
  patch,
  post,
  remove,
} from "./asking.ts";
import type { Behaviour } from "./subject.ts";

const FINALIZER = "example.com/hold";

export const DELETIONS: readonly Behaviour[] = [
  {
    name: "a delete answers a Status with the uid, and the object is gone",
    check: async (subject, namespace) => {
      const [made] = await makeConfigMaps(subject, namespace, ["a"]);
      const path = `${configMapsOf(namespace)}/a`;
      assert.deepEqual(await remove(subject, path), {
        kind: "Status",
        apiVersion: "v1",
        metadata: {},
        status: "Success",
        details: { name: "a", kind: "configmaps", uid: made!.metadata.uid },
      });
      assert.equal((await ask(subject, path)).status, 404);
    },
  },
  {
    name: "some kinds answer the object itself",
    check: async (subject, namespace) => {
      const path = `/api/v1/namespaces/${namespace}/serviceaccounts`;
      const { metadata } = await post(subject, path, { metadata: { name: "sa" } });
      const removed = await remove(subject, `${path}/sa`);
      assert.equal(removed.kind, "ServiceAccount");
      assert.equal(removed.metadata.uid, metadata.uid);
    },
  },
  {
    name: "a dry run of a delete deletes nothing",
    check: async (subject, namespace) => {
      await makeConfigMaps(subject, namespace, ["a"]);
      const path = `${configMapsOf(namespace)}/a`;
      await remove(subject, `${path}?dryRun=All`);
      await remove(subject, path, { kind: "DeleteOptions", apiVersion: "v1", dryRun: ["All"] });
      assert.equal((await get(subject, path)).metadata.deletionTimestamp, undefined);
    },
  },
  {
    name: "a finalizer holds an object until it is taken away",
    check: async (subject, namespace) => {
      const collection = configMapsOf(namespace);
      const path = `${collection}/a`;
      const made = await post(subject, collection, {
        metadata: { name: "a", finalizers: [FINALIZER] },
      });
      const going = await remove(subject, path);
      assert.match(going.metadata.deletionTimestamp ?? "", /Z$/);
      assert.equal(going.metadata.deletionGracePeriodSeconds, 0);
      assert.ok(Number(going.metadata.resourceVersion) > Number(made.metadata.resourceVersion));
      assert.deepEqual(await remove(subject, path), going, "once more changes nothing");
      const changed = await patch(subject, path, { body: { data: { still: "here" } } });
      const last = await patch(subject, path, { body: { metadata: { finalizers: null } } });
      assert.equal(last.metadata.resourceVersion, changed.metadata.resourceVersion);
      assert.equal((await ask(subject, path)).status, 404);
    },
  },
  {
    name: "an object on its way out takes no new finalizer",
    check: async (subject, namespace) => {
      const collection = configMapsOf(namespace);
      await post(subject, collection, { metadata: { name: "a", finalizers: [FINALIZER] } });
      await remove(subject, `${collection}/a`);
      const { status, body } = await ask(subject, `${collection}/a`, {
        method: "PATCH",
        contentType: "application/merge-patch+json",
        body: { metadata: { finalizers: [FINALIZER, "example.com/more"] } },
      });
      assert.equal(status, 422);
      assert.equal(
        (body as { message: string }).message,
        'ConfigMap "a" is invalid: metadata.finalizers: Forbidden: no new finalizers can be added if ' +
          'the object is being deleted, found new finalizers []string{"example.com/more"}',
      );
      await patch(subject, `${collection}/a`, { body: { metadata: { finalizers: null } } });
    },
  },
  {
    name: "preconditions name the state that is to go",
    check: async (subject, namespace) => {
      const [made] = await makeConfigMaps(subject, namespace, ["a"]);
      const path = `${configMapsOf(namespace)}/a`;
      const { uid, resourceVersion } = made!.metadata;
      const older = await ask(subject, path, {
        method: "DELETE",
        body: { preconditions: { resourceVersion: "1" } },
      });
      assert.equal(older.status, 409);
      assert.equal(
        (older.body as { message: string }).message,
        `Operation cannot be fulfilled on ConfigMap "a": the ResourceVersion in the precondition (1) does ` +
          `not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`,
      );
      await remove(subject, path, { preconditions: { uid, resourceVersion } });
    },
  },
  {
    name: "deletecollection takes what is selected, and answers what there was",
    check: async (subject, namespace) => {
      const collection = configMapsOf(namespace);
      await makeConfigMaps(subject, namespace, ["a", "b"], { go: "yes" });
      await makeConfigMaps(subject, namespace, ["c"], { go: "no" });
      const answer = await remove(subject, `${collection}?labelSelector=go%3Dyes`);
      assert.equal(answer.kind, "ConfigMapList");
      assert.deepEqual(namesOf(answer as unknown as { items: [] }), ["a", "b"]);
      const left = await list(subject, `${collection}?labelSelector=go`);
      assert.deepEqual(namesOf(left), ["c"]);
    },
  },
  {
    name: "dependents go with their owner, and stay if they are to be orphans",
    check: async (subject, namespace) => {
      const collection = configMapsOf(namespace);
      const owners = await makeConfigMaps(subject, namespace, ["owner", "parent"]);
      for (const { metadata: { name, uid } } of owners) {
        const ownerReferences = [{ apiVersion: "v1", kind: "ConfigMap", name, uid }];
        await post(subject, collection, { metadata: { name: `of-${name}`, ownerReferences } });
      }
      await remove(subject, `${collection}/owner`, { propagationPolicy: "Background" });
      await remove(subject, `${collection}/parent`, { propagationPolicy: "Orphan" });
      await eventually("of-owner gone, of-parent without an owner", async () => {
        const { items } = await list(subject, collection);
        const names = namesOf({ items });
        const orphan = items.find(({ metadata }) => metadata.name === "of-parent");
        const { ownerReferences } = (orphan?.metadata ?? {}) as { ownerReferences?: unknown };
        return !names.some((name) => ["owner", "parent", "of-owner"].includes(name)) &&
          orphan !== undefined && ownerReferences === undefined;
      });
    },
  },
  {
    name: "a foreground deletion answers the object that waits for its dependents",
    check: async (subject, namespace) => {
      await makeConfigMaps(subject, namespace, ["a"]);
      const path = `${configMapsOf(namespace)}/a`;
      const going = await remove(subject, path, { propagationPolicy: "Foreground" });
      assert.deepEqual(going.metadata.finalizers, ["foregroundDeletion"]);
      await eventually("a gone", async () => (await ask(subject, path)).status === 404);
    },
  },
  {
    name: "the Cluster port deletes what it selects",
    check: async (subject, namespace) => {
      await makeConfigMaps(subject, namespace, ["a", "b"], { go: "yes" });
      const selection = { namespace, labelSelector: "go=yes" };
      await subject.cluster.deleteCollection(CONFIG_MAPS, selection, {
        propagationPolicy: "Background",
      });
      const { items } = await subject.cluster.list(CONFIG_MAPS, selection);
      assert.deepEqual(items, []);
    },
  },
];
