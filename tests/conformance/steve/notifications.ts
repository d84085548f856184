/**
 * When is a subscription to mere notifications told of what happens, and of which revision?
 * Source: rancher/apiserver v0.10.0, pkg/subscribe/debouncer.go.
 * @module
 */

import assert from "node:assert/strict";
import { makeConfigMap, revisionOf, touch } from "./asking_steve.ts";
import { changed } from "./messages.ts";
import { nowMs, SteveSocket } from "./socket.ts";
import type { SteveBehaviour } from "./subject.ts";

/** Long beside what a write takes, so that writes in a row fall into one pause. */
const DEBOUNCE_MS = 1_000;
const DEFAULT_DEBOUNCE_MS = 5_000;
/** A timer of the server may be that much ahead of a clock here. */
const EARLY_MS = 20;
const MODE = "resource.changes";

export const NOTIFICATIONS: readonly SteveBehaviour[] = [
  {
    name: "the first event is told at once, later ones after the pause, together, by the latest",
    check: async (subject, namespace) => {
      await using socket = await SteveSocket.open(subject);
      const subscription = {
        resourceType: "configmaps",
        namespace,
        mode: MODE,
        debounceMs: DEBOUNCE_MS,
      };
      await socket.subscribe({ ...subscription, resourceVersion: await revisionOf(subject) });
      const firstMs = nowMs();
      const { metadata } = await makeConfigMap(subject, namespace, { name: "a" });
      const first = await socket.nextFrame();
      assert.equal(first.text, changed(subscription, metadata.resourceVersion));
      assert.ok(first.atMs - firstMs < DEBOUNCE_MS, `told after ${first.atMs - firstMs} ms`);
      // After an idle time too there is a pause first.
      for (const round of [1, 2]) {
        const writtenMs = nowMs();
        await touch(subject, namespace, { name: "a", value: `${round}-1` });
        await touch(subject, namespace, { name: "a", value: `${round}-2` });
        const latest = await touch(subject, namespace, { name: "a", value: `${round}-3` });
        const { text, atMs } = await socket.nextFrame();
        assert.equal(text, changed(subscription, latest));
        assert.ok(atMs - writtenMs > DEBOUNCE_MS - EARLY_MS, `told after ${atMs - writtenMs} ms`);
        await socket.staysSilent(DEBOUNCE_MS + 200);
      }
    },
  },
  {
    name: "the pause is 5 s unless the subscription says how long",
    check: async (subject, namespace) => {
      await using socket = await SteveSocket.open(subject);
      const subscription = { resourceType: "configmaps", namespace, mode: MODE };
      await socket.subscribe({ ...subscription, resourceVersion: await revisionOf(subject) });
      const { metadata } = await makeConfigMap(subject, namespace, { name: "a" });
      assert.equal(await socket.next(), changed(subscription, metadata.resourceVersion));
      const writtenMs = nowMs();
      const latest = await touch(subject, namespace, { name: "a", value: "1" });
      const { text, atMs } = await socket.nextFrame();
      assert.equal(text, changed(subscription, latest));
      assert.ok(
        atMs - writtenMs > DEFAULT_DEBOUNCE_MS - EARLY_MS,
        `told after ${atMs - writtenMs} ms`,
      );
    },
  },
  {
    name: "pauses of subscriptions on one socket do not disturb each other",
    check: async (subject, namespace) => {
      await using socket = await SteveSocket.open(subject);
      const of = (debounceMs: number) => ({
        resourceType: "configmaps",
        namespace,
        mode: MODE,
        debounceMs,
      });
      const resourceVersion = await revisionOf(subject);
      await socket.subscribe({ ...of(1_500), resourceVersion });
      await socket.subscribe({ ...of(500), resourceVersion });
      const { metadata } = await makeConfigMap(subject, namespace, { name: "a" });
      const told = changed(of(0), metadata.resourceVersion);
      assert.deepEqual([await socket.next(), await socket.next()], [told, told]);
      const writtenMs = nowMs();
      const latest = await touch(subject, namespace, { name: "a", value: "1" });
      const frames = [await socket.nextFrame(), await socket.nextFrame()];
      assert.deepEqual(frames.map(({ text }) => text), Array(2).fill(changed(of(0), latest)));
      const [short, long] = frames.map(({ atMs }) => atMs - writtenMs);
      assert.ok(short! > 500 - EARLY_MS && long! > 1_500 - EARLY_MS, `${short} and ${long} ms`);
    },
  },
];
