/**
 * How does a subscription begin and end, and which messages are not understood?
 * @module
 */

import { makeConfigMap, revisionOf } from "./asking_steve.ts";
import { failed, stopped, type Subscription } from "./messages.ts";
import { SteveSocket } from "./socket.ts";
import type { SteveBehaviour } from "./subject.ts";
import assert from "node:assert/strict";

const SILENCE_MS = 300;
/** Every field by which subscriptions are told apart. */
const FULL: Subscription = {
  resourceType: "configmaps",
  namespace: "default",
  id: "a",
  selector: "x=y",
  mode: "resource.changes",
  debounceMs: 1_000,
};

/** Messages that are no subscription, and what the server says of them. */
const NOT_UNDERSTOOD: Readonly<Record<string, string>> = {
  "": "EOF",
  "{nonsense": "invalid character 'n' looking for beginning of object key string",
  '{"resourceType":"configmaps"': "unexpected EOF",
  "[1]": "json: cannot unmarshal array into Go value of type subscribe.Subscribe",
  '{"resourceType":1}':
    "json: cannot unmarshal number into Go struct field Subscribe.resourceType of type string",
  '{"debounceMs":"1"}':
    "json: cannot unmarshal string into Go struct field Subscribe.debounceMs of type int",
};

export const SUBSCRIPTIONS: readonly SteveBehaviour[] = [
  {
    name: "resource.start and resource.stop repeat what was asked for, in one order",
    check: async (subject) => {
      await using socket = await SteveSocket.open(subject);
      socket.send({ ...FULL, resourceVersion: await revisionOf(subject) });
      const fields =
        '"namespace":"default","resourceType":"configmaps","id":"a","selector":"x=y",' +
        '"mode":"resource.changes","data":{"type":"subscribe","links":{}}';
      assert.equal(await socket.next(), `{"name":"resource.start",${fields}}\n`);
      socket.send({ ...FULL, stop: true });
      assert.equal(await socket.next(), `{"name":"resource.stop",${fields}}\n`);
      await socket.staysSilent(SILENCE_MS);
    },
  },
  {
    name: "a second start of the same subscription is not answered, whatever its version",
    check: async (subject, namespace) => {
      await using socket = await SteveSocket.open(subject);
      const subscription = { resourceType: "configmaps", namespace };
      await socket.subscribe(subscription);
      socket.send(subscription);
      socket.send({ ...subscription, resourceVersion: "1" });
      await socket.staysSilent(SILENCE_MS);
    },
  },
  {
    name: "any field but the version makes it another subscription",
    check: async (subject) => {
      await using socket = await SteveSocket.open(subject);
      await socket.subscribe(FULL);
      const others: readonly Subscription[] = [
        { ...FULL, resourceType: "secrets" },
        { ...FULL, namespace: "kube-system" },
        { ...FULL, id: "b" },
        { ...FULL, selector: "x=z" },
        { ...FULL, mode: "" },
        { ...FULL, debounceMs: 999 },
      ];
      for (const { mode, ...other } of others) {
        await socket.subscribe(mode === "" ? other : { ...other, mode: mode! });
      }
    },
  },
  {
    name: "a stop that does not name the same subscription is not answered",
    check: async (subject) => {
      await using socket = await SteveSocket.open(subject);
      await socket.subscribe(FULL);
      const { debounceMs: _1, ...withoutDebounce } = FULL;
      const { mode: _2, ...withoutMode } = FULL;
      for (const other of [withoutDebounce, withoutMode, { ...FULL, id: "b" }]) {
        socket.send({ ...other, stop: true });
      }
      await socket.staysSilent(SILENCE_MS);
      socket.send({ ...FULL, resourceVersion: "of no matter", stop: true });
      assert.equal(await socket.next(), stopped(FULL));
      socket.send({ ...FULL, stop: true });
      await socket.staysSilent(SILENCE_MS);
    },
  },
  {
    name: "a stopped subscription hears nothing more, and can be started again",
    check: async (subject, namespace) => {
      await using socket = await SteveSocket.open(subject);
      const subscription = { resourceType: "configmaps", namespace };
      await socket.subscribe(subscription);
      socket.send({ ...subscription, stop: true });
      assert.equal(await socket.next(), stopped(subscription));
      await makeConfigMap(subject, namespace, { name: "unheard" });
      await socket.staysSilent(SILENCE_MS);
      await socket.subscribe(subscription);
    },
  },
  {
    name: "a type that is not there is an error and a stop, without a start",
    check: async (subject) => {
      await using socket = await SteveSocket.open(subject);
      const unknown = { ...FULL, resourceType: "example.com.nothings" };
      for (let round = 0; round < 2; round++) {
        socket.send(unknown);
        const error = "failed to find schema example.com.nothings";
        assert.equal(await socket.next(), failed(unknown, error));
        assert.equal(await socket.next(), stopped(unknown));
      }
      socket.send("{}");
      assert.equal(await socket.next(), failed({}, "failed to find schema "));
      assert.equal(await socket.next(), stopped({}));
    },
  },
  {
    name: "a type that cannot be watched is an error and a stop",
    check: async (subject) => {
      await using socket = await SteveSocket.open(subject);
      const unwatched = { resourceType: "subscribe" };
      socket.send(unwatched);
      const error = "schema subscribe does not support watching";
      assert.equal(await socket.next(), failed(unwatched, error));
      assert.equal(await socket.next(), stopped(unwatched));
    },
  },
  ...["configmap", "configmaps", "ConfigMap", "CONFIGMAPS"].map((resourceType) => ({
    name: `the type may be called ${resourceType}`,
    check: async (subject: Parameters<SteveBehaviour["check"]>[0], namespace: string) => {
      await using socket = await SteveSocket.open(subject);
      await socket.subscribe({ resourceType, namespace });
    },
  })),
  ...Object.entries(NOT_UNDERSTOOD).map(([text, error]) => ({
    name: `the message '${text}' is an error, and the socket lives on`,
    check: async (subject: Parameters<SteveBehaviour["check"]>[0], namespace: string) => {
      await using socket = await SteveSocket.open(subject);
      socket.send(text);
      assert.equal(await socket.next(), failed(undefined, error));
      await socket.subscribe({ resourceType: "configmaps", namespace });
    },
  })),
  {
    name: "fields that nobody knows are ignored",
    check: async (subject, namespace) => {
      await using socket = await SteveSocket.open(subject);
      const subscription = { resourceType: "configmaps", namespace };
      await socket.subscribe(Object.assign({ name: "resource.stop", nonsense: [] }, subscription));
    },
  },
];
