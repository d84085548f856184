/**
 * From which resourceVersion can a subscription begin, and what is it told first?
 * @module
 */

import assert from "node:assert/strict";
import {
  listSteve,
  makeConfigMap,
  removeConfigMap,
  revisionOf,
  touch,
  untilSteveHas,
} from "./asking_steve.ts";
import { changed, failed, type Message, started, stopped } from "./messages.ts";
import { SteveSocket } from "./socket.ts";
import type { SteveBehaviour } from "./subject.ts";

const SILENCE_MS = 300;
const TOO_OLD = "resourceversion too old";

function shortly(text: string): string {
  const { name, data } = JSON.parse(text) as Message & { data: { metadata: { name: string } } };
  return `${name} ${data.metadata.name}`;
}

export const REVISIONS: readonly SteveBehaviour[] = [
  {
    name: "the list's revision is accepted, and nothing from before it is told",
    check: async (subject, namespace) => {
      await using socket = await SteveSocket.open(subject);
      const { metadata } = await makeConfigMap(subject, namespace, { name: "before" });
      await untilSteveHas(subject, { revision: metadata.resourceVersion });
      const subscription = { resourceType: "configmaps", namespace };
      await socket.subscribe({ ...subscription, resourceVersion: await revisionOf(subject) });
      await socket.staysSilent(SILENCE_MS);
      await makeConfigMap(subject, namespace, { name: "after" });
      assert.equal(shortly(await socket.next()), "resource.create after");
    },
  },
  {
    name: "an earlier revision has everything after it told again, in order",
    check: async (subject, namespace) => {
      const { metadata } = await makeConfigMap(subject, namespace, { name: "a" });
      await touch(subject, namespace, { name: "a", value: "1" });
      await makeConfigMap(subject, namespace, { name: "b" });
      await removeConfigMap(subject, namespace, "a");
      const { metadata: last } = await makeConfigMap(subject, namespace, { name: "c" });
      await untilSteveHas(subject, { revision: last.resourceVersion });
      await using socket = await SteveSocket.open(subject);
      const resourceVersion = metadata.resourceVersion;
      await socket.subscribe({ resourceType: "configmaps", namespace, resourceVersion });
      const told = [await socket.next(), await socket.next(), await socket.next()].map(shortly);
      assert.deepEqual(told, ["resource.change a", "resource.create b", "resource.remove a"]);
      assert.equal(shortly(await socket.next()), "resource.create c");
      await socket.staysSilent(SILENCE_MS);
    },
  },
  {
    name: "notifications from an earlier revision are the first event at once and the last later",
    check: async (subject, namespace) => {
      const { metadata } = await makeConfigMap(subject, namespace, { name: "a" });
      const first = await touch(subject, namespace, { name: "a", value: "1" });
      await touch(subject, namespace, { name: "a", value: "2" });
      const last = await touch(subject, namespace, { name: "a", value: "3" });
      await untilSteveHas(subject, { revision: last });
      await using socket = await SteveSocket.open(subject);
      const subscription = {
        resourceType: "configmaps",
        namespace,
        mode: "resource.changes",
        debounceMs: 400,
      };
      await socket.subscribe({ ...subscription, resourceVersion: metadata.resourceVersion });
      assert.equal(await socket.next(), changed(subscription, first));
      assert.equal(await socket.next(), changed(subscription, last));
      await socket.staysSilent(SILENCE_MS);
    },
  },
  ...["", "resource.changes"].flatMap((mode) =>
    [
      { what: "a revision that is not remembered", resourceVersion: "1" },
      { what: "one that is yet to come", resourceVersion: "999999999" },
      { what: "one that is no number", resourceVersion: "latest" },
    ].map(({ what, resourceVersion }): SteveBehaviour => ({
      name: `${what} is a start, an error and a stop, in mode "${mode}"`,
      check: async (subject, namespace) => {
        await using socket = await SteveSocket.open(subject);
        const subscription = {
          resourceType: "configmaps",
          namespace,
          ...(mode === "" ? {} : { mode, debounceMs: 60_000 }),
        };
        socket.send({ ...subscription, resourceVersion });
        assert.equal(await socket.next(), started(subscription));
        assert.equal(await socket.next(), failed(subscription, TOO_OLD));
        assert.equal(await socket.next(), stopped(subscription));
        await makeConfigMap(subject, namespace, { name: "unheard" });
        await socket.staysSilent(SILENCE_MS);
      },
    }))
  ),
  {
    name: "the revision of an event of another type is not remembered",
    check: async (subject, namespace) => {
      const { metadata } = await makeConfigMap(subject, namespace, { name: "a" });
      await listSteve(subject, "/v1/secrets");
      await using socket = await SteveSocket.open(subject);
      const subscription = { resourceType: "secrets", namespace };
      socket.send({ ...subscription, resourceVersion: metadata.resourceVersion });
      assert.equal(await socket.next(), started(subscription));
      assert.equal(await socket.next(), failed(subscription, TOO_OLD));
      assert.equal(await socket.next(), stopped(subscription));
    },
  },
  {
    name: "of the events that are kept one can begin after all but the oldest",
    check: async (subject, namespace) => {
      const { metadata } = await makeConfigMap(subject, namespace, { name: "a" });
      const { keptEvents } = subject;
      let last = "";
      const write = async (count: number) => {
        for (let number = 0; number < count; number++) {
          last = await touch(subject, namespace, { name: "a", value: crypto.randomUUID() });
        }
        await untilSteveHas(subject, { revision: last });
      };
      const subscription = { resourceType: "configmaps", namespace, id: "a" };
      const request = { ...subscription, resourceVersion: metadata.resourceVersion };
      await write(keptEvents - 2);
      await using early = await SteveSocket.open(subject);
      await early.subscribe(request);
      let told = "";
      for (let event = 0; event < keptEvents - 2; event++) told = await early.next();
      assert.equal((JSON.parse(told) as Message).revision, last);
      await write(1);
      await using late = await SteveSocket.open(subject);
      late.send(request);
      assert.equal(await late.next(), started(subscription));
      assert.equal(await late.next(), failed(subscription, TOO_OLD));
      assert.equal(await late.next(), stopped(subscription));
      assert.equal((JSON.parse(await early.next()) as Message).revision, last);
    },
  },
  {
    name: "without a revision only what comes later is told",
    check: async (subject, namespace) => {
      const { metadata } = await makeConfigMap(subject, namespace, { name: "before" });
      await untilSteveHas(subject, { revision: metadata.resourceVersion });
      await using socket = await SteveSocket.open(subject);
      await socket.subscribe({ resourceType: "configmaps", namespace });
      // The start is told before the server begins to look.
      await socket.staysSilent(SILENCE_MS);
      await makeConfigMap(subject, namespace, { name: "after" });
      assert.equal(shortly(await socket.next()), "resource.create after");
    },
  },
];
