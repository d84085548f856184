/**
 * What becomes of subscriptions to a custom kind when its definition changes?
 * @module
 */

import assert from "node:assert/strict";
import { eventually } from "../asking.ts";
import { askSteve, listSteve, revisionOf, untilSteveHas } from "./asking_steve.ts";
import { CustomKind } from "./custom_kind.ts";
import { failed, type Message, started, stopped } from "./messages.ts";
import { SteveSocket } from "./socket.ts";
import type { SteveBehaviour, SteveSubject } from "./subject.ts";

const SILENCE_MS = 300;
/** Longer than a Steve takes to notice the change of a definition. */
const UNNOTICED_MS = 2_500;

function groupOf(namespace: string): string {
  return `${namespace}.example.com`;
}

function shortly(text: string): string {
  const { name, data } = JSON.parse(text) as Message & { data: { metadata?: { name: string } } };
  return `${name} ${data.metadata?.name}`;
}

/** After it has listed anew Steve tells what there is as if it were created, in any order. */
async function tellsCreatesUntil(socket: SteveSocket, name: string): Promise<void> {
  let told: string;
  do {
    told = shortly(await socket.next());
    assert.match(told, /^resource\.create /);
  } while (told !== `resource.create ${name}`);
}

/** A kind with one object that Steve has in its cache. */
async function makeKind(subject: SteveSubject, namespace: string): Promise<CustomKind> {
  const kind = await CustomKind.make(subject, groupOf(namespace));
  const { metadata } = await kind.create("first");
  await untilSteveHas(subject, { type: kind.type, revision: metadata.resourceVersion });
  return kind;
}

async function fieldsOf(subject: SteveSubject, { type }: CustomKind): Promise<readonly unknown[]> {
  const { data: [first] } = await listSteve(subject, `/v1/${type}`);
  return first!.metadata.fields;
}

export const COLUMNS: readonly SteveBehaviour[] = [
  {
    name: "an object without a namespace has its bare name as id",
    check: async (subject, namespace) => {
      await using kind = await makeKind(subject, namespace);
      await using socket = await SteveSocket.open(subject);
      const subscription = { resourceType: kind.type };
      const resourceVersion = await revisionOf(subject, kind.type);
      await socket.subscribe({ ...subscription, resourceVersion });
      await kind.create("second");
      const { data } = JSON.parse(await socket.next()) as Message & {
        data: { metadata: { fields: unknown; creationTimestamp: string; state: unknown } };
      };
      const self = `${subject.url}/v1/${kind.type}/second`;
      const view = `${subject.url}/apis/${groupOf(namespace)}/v1/foos/second`;
      assert.deepEqual([data["id"], data["type"]], ["second", `${groupOf(namespace)}.foo`]);
      assert.deepEqual(data["links"], { patch: self, remove: self, self, update: self, view });
      const { fields, creationTimestamp, state } = data.metadata;
      assert.deepEqual(fields, ["second", creationTimestamp]);
      const message = "Resource is current";
      assert.deepEqual(state, { error: false, message, name: "active", transitioning: false });
    },
  },
  {
    name: "other columns end every subscription to the kind with a stop and nothing more",
    check: async (subject, namespace) => {
      await using kind = await makeKind(subject, namespace);
      await using socket = await SteveSocket.open(subject);
      const whole = { resourceType: kind.type };
      const told = { resourceType: kind.type, mode: "resource.changes", debounceMs: 100 };
      const other = { resourceType: "configmaps", namespace };
      for (const subscription of [whole, told, other]) await socket.subscribe(subscription);
      await kind.setColumn(true);
      assert.deepEqual(await socket.nextSorted(2), [stopped(whole), stopped(told)].sort());
      await kind.create("second");
      await socket.staysSilent(SILENCE_MS);
      const fields = async () => (await fieldsOf(subject, kind)).join();
      await eventually("the column", async () => await fields() === "first,first");
    },
  },
  {
    name: "after new columns one can subscribe again, with the new list's revision",
    check: async (subject, namespace) => {
      await using kind = await makeKind(subject, namespace);
      await using socket = await SteveSocket.open(subject);
      const subscription = { resourceType: kind.type };
      for (const withColumn of [true, false]) {
        await socket.subscribe({
          ...subscription,
          resourceVersion: await revisionOf(subject, kind.type),
        });
        await kind.create(`with-${withColumn}`);
        assert.equal(shortly(await socket.next()), `resource.create with-${withColumn}`);
        await kind.setColumn(withColumn);
        assert.equal(await socket.next(), stopped(subscription));
      }
    },
  },
  {
    name: "the revision of a deletion is too old after new columns, that of an object is not",
    check: async (subject, namespace) => {
      await using kind = await makeKind(subject, namespace);
      const kept = await kind.create("kept");
      await untilSteveHas(subject, { type: kind.type, revision: kept.metadata.resourceVersion });
      await kind.create("gone");
      await using socket = await SteveSocket.open(subject);
      const whole = { resourceType: kind.type };
      await socket.subscribe({ ...whole, resourceVersion: kept.metadata.resourceVersion });
      assert.equal(shortly(await socket.next()), "resource.create gone");
      await kind.delete("gone");
      const removed = JSON.parse(await socket.next()) as Message;
      assert.equal(removed.name, "resource.remove");
      await kind.setColumn(true);
      assert.equal(await socket.next(), stopped(whole));
      socket.send({ ...whole, resourceVersion: removed.revision! });
      assert.equal(await socket.next(), started(whole));
      assert.equal(await socket.next(), failed(whole, "resourceversion too old"));
      assert.equal(await socket.next(), stopped(whole));
      await socket.subscribe({ ...whole, resourceVersion: kept.metadata.resourceVersion });
      await kind.create("new");
      await tellsCreatesUntil(socket, "new");
    },
  },
  {
    name: "a change that leaves the columns as they are ends nothing",
    check: async (subject, namespace) => {
      await using kind = await makeKind(subject, namespace);
      await using socket = await SteveSocket.open(subject);
      const subscription = { resourceType: kind.type };
      await socket.subscribe({
        ...subscription,
        resourceVersion: await revisionOf(subject, kind.type),
      });
      await kind.setShortName("fo");
      // The kube-apiserver may end Steve's own watch; Steve lists then.
      const again = await socket.nextWithin(UNNOTICED_MS);
      if (again !== undefined) assert.equal(shortly(again), "resource.create first");
      await kind.create("second");
      await tellsCreatesUntil(socket, "second");
    },
  },
  {
    name: "a deleted kind removes its objects, stops its subscriptions and is unknown",
    check: async (subject, namespace) => {
      const kind = await makeKind(subject, namespace);
      await using socket = await SteveSocket.open(subject);
      const subscription = { resourceType: kind.type };
      const resourceVersion = await revisionOf(subject, kind.type);
      await socket.subscribe({ ...subscription, resourceVersion });
      await kind[Symbol.asyncDispose]();
      assert.equal(shortly(await socket.next()), "resource.remove first");
      assert.equal(await socket.next(), stopped(subscription));
      await kind.untilListed(404);
      socket.send(subscription);
      const error = `failed to find schema ${kind.type}`;
      assert.equal(await socket.next(), failed(subscription, error));
      assert.equal(await socket.next(), stopped(subscription));
      assert.equal((await askSteve(subject, `/v1/${kind.type}`)).text, "");
    },
  },
];
