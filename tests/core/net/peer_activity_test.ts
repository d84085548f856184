import assert from "node:assert/strict";
import {
  FIRST_REQUEST_LIMIT_MS,
  IDLE_LIMIT_MS,
  newSharedActivity,
  PeerActivity,
} from "../../../core/net/peer_activity.ts";

const PORT = 40_000;

/** One connection that was there at 0 ms. */
function seen(): PeerActivity {
  const activity = new PeerActivity();
  assert.deepEqual(activity.overdue([PORT], 0), new Set());
  return activity;
}

Deno.test("a connection without a request is overdue at its limit and not before", () => {
  const activity = seen();
  assert.deepEqual(activity.overdue([PORT], FIRST_REQUEST_LIMIT_MS - 1), new Set());
  assert.deepEqual(activity.overdue([PORT], FIRST_REQUEST_LIMIT_MS), new Set([PORT]));
});

Deno.test("a connection with an open request is never overdue, and idle once that has ended", () => {
  const activity = seen();
  activity.began(PORT);
  const dayMs = 86_400_000;
  assert.deepEqual(activity.overdue([PORT], dayMs), new Set());
  activity.ended(PORT);
  assert.deepEqual(activity.overdue([PORT], dayMs), new Set());
  assert.deepEqual(activity.overdue([PORT], dayMs + IDLE_LIMIT_MS - 1), new Set());
  assert.deepEqual(activity.overdue([PORT], dayMs + IDLE_LIMIT_MS), new Set([PORT]));
});

Deno.test("a short request between two looks begins the idle time anew", () => {
  const activity = seen();
  activity.began(PORT);
  activity.ended(PORT);
  assert.deepEqual(activity.overdue([PORT], 1_000), new Set());
  activity.began(PORT);
  activity.ended(PORT);
  assert.deepEqual(activity.overdue([PORT], IDLE_LIMIT_MS + 500), new Set());
  assert.deepEqual(activity.overdue([PORT], IDLE_LIMIT_MS + 1_000), new Set());
});

Deno.test("a connection that left HTTP is spared until it has gone", () => {
  const activity = seen();
  activity.began(PORT);
  activity.upgraded(PORT);
  activity.ended(PORT);
  assert.deepEqual(activity.overdue([PORT], 10 * IDLE_LIMIT_MS), new Set());
  assert.deepEqual(activity.dispensable([PORT]), new Set());
  activity.overdue([], 11 * IDLE_LIMIT_MS);
  assert.deepEqual(activity.dispensable([PORT]), new Set([PORT]), "the next one from that port");
});

Deno.test("when descriptors run out those that never asked go first, then all without a request", () => {
  const [silent, idle, busy] = [1, 2, 3];
  const activity = new PeerActivity();
  for (const port of [idle, busy]) activity.began(port);
  activity.ended(idle);
  assert.deepEqual(activity.dispensable([silent, idle, busy]), new Set([silent]));
  assert.deepEqual(activity.dispensable([idle, busy]), new Set([idle]));
});

Deno.test("threads with one port know of each other's requests", () => {
  const shared = newSharedActivity();
  const [one, other] = [new PeerActivity(shared), new PeerActivity(shared)];
  other.began(PORT);
  assert.deepEqual(one.overdue([PORT], 0), new Set());
  assert.deepEqual(one.overdue([PORT], IDLE_LIMIT_MS), new Set());
  assert.deepEqual(one.dispensable([PORT]), new Set());
});

Deno.test("a connection that came and asked while one looked is not taken for a gone one", () => {
  const activity = new PeerActivity();
  const before = activity.snapshot();
  activity.began(PORT);
  activity.upgraded(PORT);
  activity.ended(PORT);
  activity.overdue([], 0, before);
  assert.deepEqual(activity.dispensable([PORT]), new Set());
});
