import assert from "node:assert/strict";
import { OperationFailedError } from "../../../../core/errors.ts";
import { createRng } from "../../../../core/load/rng.ts";
import { DEFAULT_SUBSCRIPTION_POLICY } from "../../../../watchers/steve/fleet/subscription.ts";
import {
  DEFAULT_SOCKET_POLICY,
  Watcher,
  type WatcherHost,
} from "../../../../watchers/steve/fleet/watcher.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { ScriptedSteve } from "../scripted_steve.ts";

const CHANGES = { type: "configmaps", mode: "resource.changes", debounceMs: 4_000 } as const;
const OBJECTS = { type: "secrets", mode: "", namespace: "n" } as const;

function scripted({ ownLagMs = () => 0 }: Partial<Pick<WatcherHost, "ownLagMs">> = {}) {
  const clock = new FakeClock(1_000);
  const steve = new ScriptedSteve();
  const told: string[] = [];
  const wanting: number[] = [];
  let revision: () => Promise<string | undefined> = () => Promise.resolve("10");
  const host: WatcherHost = {
    observer: (_watcher, index) => ({
      started: (from) => told.push(`${index} started from ${from}`),
      ended: (cause) => told.push(`${index} ended by ${cause}`),
      refused: (cause) => told.push(`${index} refused by ${cause}`),
      stray: ({ kind }) => told.push(`${index} stray ${kind}`),
      saw: ({ kind, revision }) => told.push(`${index} saw ${kind} ${revision}`),
      resumed: () => told.push(`${index} resumed`),
    }),
    message: () => {},
    unassigned: ({ kind }) => told.push(`unassigned ${kind}`),
    opened: () => told.push("opened"),
    left: (_watcher, cause) => told.push(`left: ${cause}`),
    wantsToConnect: (_watcher, dueMs) => wanting.push(dueMs),
    ownLagMs,
    list: () => revision(),
  };
  const watcher = new Watcher({
    specs: [CHANGES, OBJECTS],
    dial: steve.dial,
    host,
    clock,
    rng: createRng(7),
    socketPolicy: DEFAULT_SOCKET_POLICY,
    subscriptionPolicy: DEFAULT_SUBSCRIPTION_POLICY,
  });
  const sweepFor = async (ms: number) => {
    for (let passedMs = 0; passedMs < ms; passedMs += 100) {
      await clock.advance(100);
      watcher.sweep(clock.now());
    }
  };
  const list = (answer: typeof revision) => revision = answer;
  return { clock, steve, told, wanting, watcher, sweepFor, list };
}

async function opened(host: Parameters<typeof scripted>[0] = {}) {
  const one = scripted(host);
  const connected = one.watcher.connect();
  one.steve.last.open();
  await connected;
  await one.clock.settle();
  return one;
}

/** Open, with both subscriptions live. */
async function live(host: Parameters<typeof scripted>[0] = {}) {
  const one = await opened(host);
  for (const sent of one.steve.last.sent) one.steve.last.say("resource.start", sent);
  one.told.length = 0;
  return one;
}

Deno.test("once open it subscribes to everything, from the versions of lists", async () => {
  const { steve, told, watcher } = await opened();
  assert.equal(watcher.isOpen, true);
  assert.deepEqual(steve.last.sent, [
    {
      resourceType: "configmaps",
      mode: "resource.changes",
      debounceMs: 4_000,
      resourceVersion: "10",
    },
    { resourceType: "secrets", namespace: "n", resourceVersion: "10" },
  ]);
  assert.deepEqual(told, ["opened"]);
});

Deno.test("each message goes to the subscription that it is about", async () => {
  const { steve, told } = await live();
  const [changes = CHANGES_SENT, objects = CHANGES_SENT] = steve.last.sent;
  steve.last.say("resource.create", objects, { revision: 11 });
  steve.last.say("resource.changes", changes, { revision: 12 });
  steve.last.say("ping");
  steve.last.say("resource.change", { resourceType: "secrets" }, { revision: 13 });
  steve.last.say("resource.error", {}, { data: { error: "invalid character" } });
  steve.last.sayText("?");
  assert.deepEqual(told, [
    "1 saw create 11",
    "0 saw changes 12",
    "unassigned change",
    "unassigned error",
    "unassigned malformed",
  ]);
});

const CHANGES_SENT = { resourceType: "" };

Deno.test("a stopped subscription starts again on the same socket, the others go on", async () => {
  const { steve, told, sweepFor } = await live();
  const [changes = CHANGES_SENT] = steve.last.sent;
  steve.last.say("resource.changes", changes, { revision: 12 });
  steve.last.say("resource.stop", changes);
  await sweepFor(400);
  assert.equal(steve.last.sent.length, 2);
  await sweepFor(700);
  assert.equal(steve.last.sent.length, 3);
  assert.equal(steve.last.sent[2]?.resourceVersion, "12");
  assert.equal(steve.sockets.length, 1);
  assert.deepEqual(told, ["0 saw changes 12", "0 ended by stop"]);
});

Deno.test("a socket that closes is opened again when its turn comes, and all goes on from where it was", async () => {
  const { clock, steve, told, wanting, watcher, sweepFor } = await live();
  const [, objects = CHANGES_SENT] = steve.last.sent;
  steve.last.say("resource.remove", objects, { revision: 99 });
  await sweepFor(10_000);
  steve.last.fail();
  assert.deepEqual(told, [
    "1 saw remove 99",
    "left: closed",
    "0 ended by socket",
    "1 ended by socket",
  ]);
  const lostMs = clock.now();
  await sweepFor(2_000);
  assert.equal(steve.sockets.length, 1);
  assert.equal(wanting.length, 1);
  assert.ok((wanting[0] ?? 0) >= lostMs + 500 && (wanting[0] ?? 0) < lostMs + 1_000);
  const connected = watcher.connect();
  steve.last.open();
  await connected;
  assert.equal(watcher.openings, 2);
  assert.deepEqual(steve.last.sent.map(({ resourceVersion }) => resourceVersion), ["10", "99"]);
});

Deno.test("a socket on which nothing is heard for 45 s is left; pings keep it", async () => {
  const { steve, told, sweepFor } = await live();
  for (let turn = 0; turn < 4; turn++) {
    steve.last.say("ping");
    await sweepFor(30_000);
  }
  assert.equal(steve.last.isClosedByClient, false);
  await sweepFor(15_000);
  assert.equal(steve.last.isClosedByClient, false);
  await sweepFor(100);
  assert.equal(steve.last.isClosedByClient, true);
  assert.deepEqual(told, ["left: silent", "0 ended by socket", "1 ended by socket"]);
});

Deno.test("a socket is not silent while our own loop is not there to hear it", async () => {
  const { steve, sweepFor } = await live({ ownLagMs: () => 60_000 });
  await sweepFor(105_000);
  assert.equal(steve.last.isClosedByClient, false);
  await sweepFor(100);
  assert.equal(steve.last.isClosedByClient, true);
});

Deno.test("a socket whose subscription gets no answer is left", async () => {
  const { steve, told, sweepFor } = await opened();
  for (let turn = 0; turn < 2; turn++) {
    steve.last.say("ping");
    await sweepFor(30_000);
  }
  assert.equal(steve.last.isClosedByClient, true);
  assert.deepEqual(told, ["opened", "left: unanswered"]);
});

Deno.test("a handshake that fails or takes too long is a failure, tried again ever more seldom", async () => {
  const { clock, steve, wanting, watcher, sweepFor } = scripted();
  const refused = watcher.connect();
  steve.last.fail("http-401");
  await assert.rejects(refused, (error: OperationFailedError) => error.reason === "http-401");
  await sweepFor(1_000);
  assert.equal(wanting.length, 1);
  const sentMs = clock.now();
  const late = watcher.connect();
  late.catch(() => {});
  await sweepFor(30_000);
  await assert.rejects(late, (error: OperationFailedError) => error.reason === "timeout");
  assert.equal(steve.last.isClosedByClient, true);
  await sweepFor(2_000);
  const waitMs = (wanting[1] ?? 0) - sentMs - 30_000;
  assert.ok(waitMs >= 1_000 && waitMs < 2_000, String(waitMs));
});

Deno.test("a failed list is asked for again later", async () => {
  const one = scripted();
  let lists = 0;
  one.list(() => ++lists <= 2 ? Promise.reject(new Error("no")) : Promise.resolve(undefined));
  void one.watcher.connect();
  one.steve.last.open();
  await one.clock.settle();
  assert.deepEqual(one.steve.last.sent, []);
  await one.sweepFor(1_100);
  assert.equal(lists, 4);
  assert.deepEqual(one.steve.last.sent.map(({ resourceVersion }) => resourceVersion), [
    undefined,
    undefined,
  ]);
});

Deno.test("an answer to a list of a lost socket is not sent on the next", async () => {
  const one = scripted();
  const lists: PromiseWithResolvers<string | undefined>[] = [];
  one.list(() => {
    const list = Promise.withResolvers<string | undefined>();
    lists.push(list);
    return list.promise;
  });
  void one.watcher.connect();
  one.steve.last.open();
  one.steve.last.fail("connection-reset");
  assert.equal(one.told.at(-1), "left: broken");
  await one.sweepFor(1_000);
  void one.watcher.connect();
  one.steve.last.open();
  lists[0]?.resolve("old");
  await one.clock.settle();
  assert.deepEqual(one.steve.last.sent, []);
  lists[2]?.resolve("new");
  await one.clock.settle();
  assert.deepEqual(one.steve.last.sent.map(({ resourceVersion }) => resourceVersion), ["new"]);
});

Deno.test("ended, it closes its socket, and a handshake under way counts as cancelled", async () => {
  const one = await live();
  one.watcher.end();
  assert.equal(one.steve.last.isClosedByClient, true);
  await one.sweepFor(200_000);
  assert.deepEqual([one.wanting, one.told], [[], []]);
  const other = scripted();
  const connecting = other.watcher.connect();
  other.watcher.end();
  await assert.rejects(connecting, { name: "AbortError" });
});
