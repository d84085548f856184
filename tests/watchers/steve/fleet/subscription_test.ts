import assert from "node:assert/strict";
import { createRng } from "../../../../core/load/rng.ts";
import type { SteveMessage } from "../../../../watchers/steve/fleet/messages.ts";
import {
  DEFAULT_SUBSCRIPTION_POLICY,
  type Step,
  Subscription,
} from "../../../../watchers/steve/fleet/subscription.ts";

const SPEC = { type: "foos", mode: "resource.changes", debounceMs: 4_000 } as const;
const POLICY = DEFAULT_SUBSCRIPTION_POLICY;

function message(kind: SteveMessage["kind"], more: Partial<SteveMessage> = {}): SteveMessage {
  return { kind, resourceType: "foos", namespace: "", id: "", mode: "resource.changes", ...more };
}

/** A subscription and what it told. */
function watched() {
  const told: string[] = [];
  const subscription = new Subscription(SPEC, {
    policy: POLICY,
    rng: createRng(1),
    observer: {
      started: (revision, atMs) => told.push(`started from ${revision} at ${atMs}`),
      ended: (cause, atMs) => told.push(`ended by ${cause} at ${atMs}`),
      refused: (cause) => told.push(`refused by ${cause}`),
      stray: ({ kind }) => told.push(`stray ${kind}`),
      saw: ({ revision }) => told.push(`saw ${revision}`),
      resumed: (afterMs) => told.push(`resumed after ${afterMs}`),
    },
  });
  const say = (kind: SteveMessage["kind"], atMs: number, more: Partial<SteveMessage> = {}) =>
    subscription.onMessage(message(kind, more), atMs);
  return { subscription, told, say };
}

/** Live from revision 10 at 0. */
function live() {
  const one = watched();
  one.subscription.onOpen(0);
  one.subscription.onListed("10", 0);
  one.say("start", 0);
  one.told.length = 0;
  return one;
}

function sentVersion(step: Step | undefined): unknown {
  assert.equal(step?.kind, "send");
  return step.kind === "send" ? JSON.parse(step.text).resourceVersion : undefined;
}

Deno.test("it lists, subscribes from the list's version, and is live with the start", () => {
  const { subscription, told, say } = watched();
  assert.deepEqual(subscription.onOpen(0), { kind: "list" });
  assert.equal(subscription.isPending, true);
  assert.equal(sentVersion(subscription.onListed("10", 5)), "10");
  assert.equal(subscription.deadlineMs, 5 + POLICY.startTimeoutMs);
  assert.equal(say("start", 9), undefined);
  assert.equal(subscription.isLive, true);
  assert.equal(subscription.deadlineMs, Infinity);
  say("changes", 20, { revision: "12" });
  assert.deepEqual(told, ["started from 10 at 9", "saw 12"]);
});

Deno.test("a type that never had an object is subscribed to without a version", () => {
  const { subscription } = watched();
  subscription.onOpen(0);
  assert.equal(sentVersion(subscription.onListed(undefined, 0)), undefined);
});

Deno.test("after a stop it waits, and goes on from the last version that it saw", () => {
  const { subscription, told, say } = live();
  say("changes", 3_000, { revision: "12" });
  say("changes", 3_001, { revision: "11" });
  assert.equal(say("stop", 5_000), undefined);
  const { deadlineMs } = subscription;
  assert.ok(deadlineMs >= 5_500 && deadlineMs < 6_000, String(deadlineMs));
  assert.equal(subscription.onDeadline(deadlineMs - 1), undefined);
  assert.equal(sentVersion(subscription.onDeadline(deadlineMs)), "12");
  say("start", 6_000);
  subscription.confirm(6_999);
  subscription.confirm(7_000);
  subscription.confirm(8_000);
  assert.deepEqual(told.slice(2), [
    "ended by stop at 5000",
    "started from 12 at 6000",
    "resumed after 1000",
  ]);
});

Deno.test("a version that is too old is listed anew after the stop, once at once", () => {
  const { subscription, told, say } = live();
  say("stop", 5_000);
  subscription.onDeadline(6_000);
  say("start", 6_001);
  assert.equal(say("error", 6_002, { error: "resourceversion too old" }), undefined);
  assert.equal(subscription.deadlineMs, 6_002 + POLICY.stopTimeoutMs);
  // The first version came from a list too, so that this one waits.
  assert.equal(say("stop", 6_003), undefined);
  assert.deepEqual(subscription.onDeadline(subscription.deadlineMs), { kind: "list" });
  assert.equal(sentVersion(subscription.onListed("20", 9_000)), "20");
  say("start", 9_001);
  say("changes", 9_002, { revision: "21" });
  say("stop", 12_000);
  subscription.onDeadline(13_000);
  say("error", 13_001, { error: "too old" });
  assert.deepEqual(say("stop", 13_002), { kind: "list" });
  assert.deepEqual(told, [
    "ended by stop at 5000",
    "started from 10 at 6001",
    "ended by too-old at 6002",
    "started from 20 at 9001",
    "saw 21",
    "resumed after 4001",
    "ended by stop at 12000",
    "refused by too-old",
  ]);
});

Deno.test("a server to which every version is too old is asked ever more seldom", () => {
  const { subscription, say } = live();
  let nowMs = 10;
  const waitsMs: number[] = [];
  say("changes", nowMs, { revision: "12" });
  say("stop", nowMs);
  for (let round = 0; round < 9; round++) {
    waitsMs.push(subscription.deadlineMs - nowMs);
    nowMs = subscription.deadlineMs;
    let step = subscription.onDeadline(nowMs);
    while (step !== undefined) {
      if (step.kind === "list") step = subscription.onListed("13", nowMs);
      say("start", nowMs);
      say("error", nowMs, { error: "too old" });
      step = say("stop", nowMs);
    }
  }
  for (const [round, waitMs] of waitsMs.entries()) {
    const leastMs = Math.min(30_000, 500 * 2 ** round);
    assert.ok(waitMs >= leastMs && waitMs < 2 * leastMs, `${round}: ${waitMs}`);
  }
});

Deno.test("one that was live for a while begins its waits anew, one that was not does not", () => {
  const { subscription, say } = live();
  let nowMs = 0;
  const restart = (liveMs: number) => {
    nowMs += liveMs;
    say("stop", nowMs);
    const waitMs = subscription.deadlineMs - nowMs;
    nowMs = subscription.deadlineMs;
    subscription.onDeadline(nowMs);
    say("start", nowMs);
    return Math.floor(Math.log2(waitMs / POLICY.firstWaitMs));
  };
  assert.deepEqual([1, 1, 1, 1_000, 999].map(restart), [0, 1, 2, 0, 1]);
});

Deno.test("an error other than too old keeps the version", () => {
  const { subscription, told, say } = live();
  say("changes", 1, { revision: "30" });
  say("error", 2, { error: "slow reader detected; items missed: 3" });
  say("stop", 3);
  assert.equal(sentVersion(subscription.onDeadline(subscription.deadlineMs)), "30");
  assert.deepEqual(told, ["saw 30", "ended by slow-reader at 2"]);
});

Deno.test("an unknown type is refused without a start", () => {
  const { subscription, told, say } = watched();
  subscription.onOpen(0);
  subscription.onListed("1", 0);
  say("error", 1, { error: "failed to find schema foos" });
  say("stop", 2);
  assert.equal(subscription.isPending, false);
  assert.deepEqual(told, ["refused by unknown-type"]);
  subscription.onDeadline(subscription.deadlineMs);
  say("stop", 9_000);
  assert.deepEqual(told, ["refused by unknown-type", "refused by stop"]);
});

Deno.test("an error without a stop is followed by a stop of our own, then by a new socket", () => {
  const { subscription, say } = live();
  say("error", 0, { error: "odd" });
  assert.deepEqual(subscription.onDeadline(POLICY.stopTimeoutMs), {
    kind: "send",
    text: '{"resourceType":"foos","mode":"resource.changes","debounceMs":4000,"stop":true}',
  });
  assert.equal(subscription.onDeadline(2 * POLICY.stopTimeoutMs - 1), undefined);
  assert.deepEqual(subscription.onDeadline(2 * POLICY.stopTimeoutMs), { kind: "reconnect" });
});

Deno.test("without any answer it wants a new socket: a second start would be ignored", () => {
  const { subscription } = watched();
  subscription.onOpen(0);
  subscription.onListed("1", 0);
  assert.deepEqual(subscription.onDeadline(POLICY.startTimeoutMs), { kind: "reconnect" });
});

Deno.test("a list that fails is tried again later, and one that comes after the socket is gone is ignored", () => {
  const { subscription } = watched();
  subscription.onOpen(0);
  subscription.onListFailed(100);
  assert.ok(subscription.deadlineMs >= 600);
  assert.deepEqual(subscription.onDeadline(2_000), { kind: "list" });
  subscription.onClose(2_001);
  assert.equal(subscription.onListed("3", 2_002), undefined);
  subscription.onListFailed(2_003);
  assert.equal(subscription.deadlineMs, Infinity);
});

Deno.test("with its socket it ends, and on the next it goes on from where it was", () => {
  const { subscription, told, say } = live();
  say("changes", 1_000, { revision: "15" });
  subscription.onClose(2_000);
  subscription.onClose(2_001);
  assert.equal(sentVersion(subscription.onOpen(3_000)), "15");
  say("start", 3_100);
  subscription.confirm(5_000);
  assert.deepEqual(told.slice(1), [
    "ended by socket at 2000",
    "started from 15 at 3100",
    "resumed after 1100",
  ]);
});

Deno.test("what comes after the stop or twice is stray, and pings are nobody's business", () => {
  const { told, say } = live();
  say("start", 1);
  say("ping", 2);
  say("other", 2);
  say("malformed", 2);
  say("stop", 3);
  say("changes", 4, { revision: "99" });
  say("error", 4, { error: "x" });
  say("stop", 5);
  assert.deepEqual(told, ["stray start", "ended by stop at 3", "stray changes", "stray stop"]);
});
