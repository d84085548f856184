/**
 * What does a subscription to whole objects hear of creates, changes and deletes?
 * @module
 */

import assert from "node:assert/strict";
import { configMapsOf, get, patch, post, remove } from "../asking.ts";
import type { Seen } from "../subject.ts";
import {
  makeConfigMap,
  removeConfigMap,
  revisionOf,
  touch,
  untilSteveHas,
} from "./asking_steve.ts";
import type { Message, Subscription } from "./messages.ts";
import { SteveSocket } from "./socket.ts";
import type { SteveBehaviour, SteveSubject } from "./subject.ts";

const SILENCE_MS = 300;

/** `resource.create a 17`. */
function shortly(text: string): string {
  const { name, revision, data } = JSON.parse(text) as Message;
  const { metadata } = data as unknown as Seen;
  assert.equal(metadata.resourceVersion, revision);
  return `${name} ${metadata.name} ${revision}`;
}

/** Subscribes from now on. */
async function watch(
  subject: SteveSubject,
  socket: SteveSocket,
  subscription: Subscription,
): Promise<void> {
  const resourceVersion = await revisionOf(subject, subscription.resourceType);
  await socket.subscribe({ ...subscription, resourceVersion });
}

/** The object without what Steve adds to it. */
function asStored(data: Readonly<Record<string, unknown>>): unknown {
  const { id: _1, _id: _2, type: _3, links: _4, metadata, ...rest } = data;
  const { fields: _5, state: _6, relationships: _7, ...stored } = metadata as Record<
    string,
    unknown
  >;
  return { ...rest, metadata: stored };
}

export const EVENTS: readonly SteveBehaviour[] = [
  {
    name: "creates, changes and deletes come in order, each once, with their versions",
    check: async (subject, namespace) => {
      await using socket = await SteveSocket.open(subject);
      await watch(subject, socket, { resourceType: "configmaps", namespace });
      const a = await makeConfigMap(subject, namespace, { name: "a" });
      const b = await makeConfigMap(subject, namespace, { name: "b" });
      const changed = await touch(subject, namespace, { name: "a", value: "1" });
      await removeConfigMap(subject, namespace, "a");
      assert.equal(shortly(await socket.next()), `resource.create a ${a.metadata.resourceVersion}`);
      assert.equal(shortly(await socket.next()), `resource.create b ${b.metadata.resourceVersion}`);
      assert.equal(shortly(await socket.next()), `resource.change a ${changed}`);
      const [name, object, revision] = shortly(await socket.next()).split(" ");
      assert.deepEqual([name, object], ["resource.remove", "a"]);
      assert.ok(BigInt(revision!) > BigInt(changed), "a deletion has a version of its own");
      await socket.staysSilent(SILENCE_MS);
    },
  },
  {
    name: "an event carries the whole object, with Steve's id, type, links, columns and state",
    check: async (subject, namespace) => {
      await using socket = await SteveSocket.open(subject);
      await watch(subject, socket, { resourceType: "configmaps", namespace });
      await makeConfigMap(subject, namespace, {
        name: "a",

        data: { k: "<&>" },
      });
      const text = await socket.next();
      const self = `${subject.url}/v1/configmaps/${namespace}/a`;
      const { data, revision } = JSON.parse(text) as Message & { data: { metadata: unknown } };
      assert.ok(
        text.startsWith(
          `{"name":"resource.create","namespace":"${namespace}","resourceType":"configmaps",` +
            `"revision":"${revision}","data":{"id":"${namespace}/a","type":"configmap","links":{`,
        ),
        text,
      );
      assert.ok(text.endsWith("}}}\n"));
      assert.ok(text.includes('"k":"\\u003c\\u0026\\u003e"'), "Go escapes these characters");
      assert.deepEqual(data["links"], {
        patch: self,
        remove: self,
        self,
        update: self,
        view: `${subject.url}${configMapsOf(namespace)}/a`,
      });
      const { fields, state, relationships } = data.metadata as Record<string, unknown>;
      assert.deepEqual((fields as unknown[]).slice(0, 2), ["a", 1]);
      assert.match(String((fields as unknown[])[2]), /^\d+s$/);
      assert.deepEqual(state, {
        error: false,
        message: "Resource is always ready",
        name: "active",
        transitioning: false,
      });
      assert.equal(relationships, null);
      assert.deepEqual(asStored(data), await get(subject, `${configMapsOf(namespace)}/a`));
    },
  },
  {
    name: "a Secret's own type is called _type",
    check: async (subject, namespace) => {
      const data = { k: btoa("v") };
      const make = (name: string) =>
        post(subject, `/api/v1/namespaces/${namespace}/secrets`, {
          metadata: { name },
          type: "Opaque",
          data,
        });
      // Of a type without any object there is no revision to begin with.
      const { metadata: { resourceVersion: revision } } = await make("first");
      await untilSteveHas(subject, { type: "secrets", revision });
      await using socket = await SteveSocket.open(subject);
      await watch(subject, socket, { resourceType: "secrets", namespace });
      await make("s");
      const { data: secret } = JSON.parse(await socket.next()) as Message;
      assert.equal(secret["type"], "secret");
      assert.equal(secret["_type"], "Opaque");
      assert.deepEqual(secret["data"], data);
    },
  },
  {
    name: "a subscription to a namespace hears nothing of others, one to all hears all",
    check: async (subject, namespace) => {
      await using socket = await SteveSocket.open(subject);
      await watch(subject, socket, { resourceType: "configmaps", namespace });
      await using all = await SteveSocket.open(subject);
      await watch(subject, all, { resourceType: "configmaps" });
      await makeConfigMap(subject, "default", { name: namespace });
      await removeConfigMap(subject, "default", namespace);
      const { metadata } = await makeConfigMap(subject, namespace, { name: "here" });
      const here = `resource.create here ${metadata.resourceVersion}`;
      assert.equal(shortly(await socket.next()), here);
      const heard = [await all.next(), await all.next(), await all.next()].map(shortly);
      assert.match(heard[0]!, new RegExp(`^resource.create ${namespace} \\d+$`));
      assert.match(heard[1]!, new RegExp(`^resource.remove ${namespace} \\d+$`));
      assert.equal(heard[2], here);
    },
  },
  {
    name: "a subscription to one object is by namespace and bare name",
    check: async (subject, namespace) => {
      await using socket = await SteveSocket.open(subject);
      await watch(subject, socket, { resourceType: "configmaps", namespace, id: "a" });
      await watch(subject, socket, { resourceType: "configmaps", id: `${namespace}/a` });
      await makeConfigMap(subject, namespace, { name: "b" });
      const { metadata } = await makeConfigMap(subject, namespace, { name: "a" });
      const text = await socket.next();
      assert.equal((JSON.parse(text) as { id: string }).id, "a");
      assert.equal(shortly(text), `resource.create a ${metadata.resourceVersion}`);
      await socket.staysSilent(SILENCE_MS);
    },
  },
  {
    name: "a selector lets through what matches now or did before, as the change that it is",
    check: async (subject, namespace) => {
      await using socket = await SteveSocket.open(subject);
      await watch(subject, socket, { resourceType: "configmaps", namespace, selector: "on=yes" });
      const path = `${configMapsOf(namespace)}/a`;
      const relabel = (on: string) =>
        patch(subject, path, { body: { metadata: { labels: { on } } } });
      await makeConfigMap(subject, namespace, { name: "a", labels: { on: "no" } });
      const begins = await relabel("yes");
      const ends = await relabel("no");
      await remove(subject, path);
      await makeConfigMap(subject, namespace, { name: "c", labels: { on: "yes" } });
      const expected = [begins, ends].map(({ metadata }) =>
        `resource.change a ${metadata.resourceVersion}`
      );
      assert.equal(shortly(await socket.next()), expected[0]);
      assert.equal(shortly(await socket.next()), expected[1]);
      assert.match(shortly(await socket.next()), /^resource.create c \d+$/);
    },
  },
  {
    name: "a mode that nobody knows means whole objects, and is repeated",
    check: async (subject, namespace) => {
      await using socket = await SteveSocket.open(subject);
      await watch(subject, socket, {
        resourceType: "configmaps",
        namespace,
        mode: "resource.create",
      });
      const { metadata } = await makeConfigMap(subject, namespace, { name: "a" });
      const text = await socket.next();
      assert.equal(shortly(text), `resource.create a ${metadata.resourceVersion}`);
      assert.equal((JSON.parse(text) as { mode: string }).mode, "resource.create");
    },
  },
];
