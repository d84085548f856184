import assert from "node:assert/strict";
import fc from "fast-check";
import { DIFF } from "../../kube/sample_log/notification_row.ts";
import { type KubeObject, objectKey } from "../../kube/object.ts";
import { type Notification, ObjectLog, type Turn } from "../../watchers/object_log.ts";
import { CASES, CHANGED, moment, NEW, START_MS, type Step } from "./object_log_cases.ts";

/** Plays the steps; a turn finds what the last notification left. */
function play(steps: readonly Step[], { compare = true } = {}): Turn[] {
  const log = new ObjectLog({ compare });
  let cached: KubeObject | undefined;
  const turns: Turn[] = [];
  const notify = (notification: Notification, atMs: number) =>
    assert.equal(log.notified(notification, moment(atMs)), "ns/a");
  for (const step of steps) {
    if ("turn" in step) turns.push(log.turn("ns/a", { object: cached, at: moment(step.atMs) }));
    else if ("add" in step) {
      const { add: object, isInInitialList = false } = step;
      notify({ kind: "add", object: cached = object, isInInitialList }, step.atMs);
    } else if ("update" in step) {
      notify({ kind: "update", object: cached = step.update }, step.atMs);
    } else {
      cached = undefined;
      notify({ kind: "delete", object: step.delete }, step.atMs);
    }
  }
  return turns;
}

/** `create 1,1,0 diff 3, create 50ms (30ms)`: all of a turn that these tests are about. */
function shown({ row, latency, isInitial, isDuplicate, hasUnreadableTimestamp }: Turn): string {
  const { op, queuedAdds, queuedUpdates, queuedDeletes, diff } = row;
  assert.equal(isDuplicate, diff === DIFF.duplicate);
  return `${op} ${queuedAdds},${queuedUpdates},${queuedDeletes} diff ${diff}` +
    (isInitial ? ", initial" : "") + (hasUnreadableTimestamp ? ", unreadable" : "") +
    (latency === undefined
      ? ""
      : `, ${latency.op} ${latency.latencyMs}ms (${latency.notificationDelayMs}ms)`);
}

for (const { what, steps, turns, compare = true } of CASES) {
  Deno.test(`ObjectLog: ${what}`, () => {
    assert.deepEqual(play(steps, { compare }).map(shown), turns);
  });
}

Deno.test("ObjectLog.turn() gives a row with the times of the turn and of both ends of the wait", () => {
  const [turn] = play([
    { atMs: 110, add: NEW },
    { atMs: 210, update: CHANGED },
    { atMs: 250, turn: true },
  ]);
  assert.deepEqual(turn?.row, {
    dequeueMs: START_MS + 250,
    op: "create",
    namespace: "ns",
    name: "a",
    creationMs: START_MS,
    queuedAdds: 1,
    queuedUpdates: 1,
    queuedDeletes: 0,
    firstEnqueueMs: START_MS + 110,
    lastEnqueueMs: START_MS + 210,
    diff: DIFF.different,
  });
  assert.equal(turn.queueDelayMs, 140);
  assert.equal(turn.notifications, 2);
});

Deno.test("ObjectLog.turn() of a gone object has no creation time, of an unnotified one no enqueue times", () => {
  const [gone, again] = play([
    { atMs: 110, delete: NEW },
    { atMs: 120, turn: true },
    { atMs: 130, turn: true },
  ]);
  assert.equal("creationMs" in gone!.row, false);
  assert.equal("firstEnqueueMs" in again!.row || "lastEnqueueMs" in again!.row, false);
  assert.deepEqual([again?.queueDelayMs, again?.notifications], [undefined, 0]);
});

Deno.test("ObjectLog.turn() measures the wait with the monotonic clock, whatever the calendar does", () => {
  const log = new ObjectLog({ compare: true });
  log.notified({ kind: "add", object: NEW }, { wallMs: START_MS + 3_600_000, nowMs: 5 });
  const turn = log.turn("ns/a", { object: NEW, at: { wallMs: START_MS, nowMs: 12.5 } });
  assert.equal(turn.queueDelayMs, 7.5);
});

Deno.test("ObjectLog.initialCount is the objects of the first list that had no turn, gone ones too", () => {
  const log = new ObjectLog({ compare: true });
  const named = (name: string): KubeObject => ({ metadata: { namespace: "ns", name, uid: name } });
  for (const name of ["a", "b"]) {
    log.notified({ kind: "add", object: named(name), isInInitialList: true }, moment(0));
  }
  log.notified({ kind: "add", object: named("c") }, moment(1));
  assert.equal(log.initialCount, 2);
  log.turn("ns/c", { object: named("c"), at: moment(2) });
  assert.equal(log.initialCount, 2);
  log.notified({ kind: "delete", object: named("a") }, moment(3));
  log.turn("ns/a", { object: undefined, at: moment(4) });
  assert.equal(log.initialCount, 1);
  log.turn("ns/b", { object: named("b"), at: moment(5) });
  log.turn("ns/b", { object: named("b"), at: moment(6) });
  assert.equal(log.initialCount, 0);
});

Deno.test("ObjectLog loses no notification and tells operations that follow each other, whatever happens", () => {
  const event = fc.record({
    name: fc.constantFrom("a", "b"),
    do: fc.constantFrom("write", "delete", "turn"),
  });
  fc.assert(fc.property(fc.array(event, { maxLength: 60 }), fc.boolean(), (events, compare) => {
    const log = new ObjectLog({ compare });
    const cache = new Map<string, KubeObject>();
    const [told, counted] = [{ add: 0, update: 0, delete: 0 }, { add: 0, update: 0, delete: 0 }];
    /** Whether the last row of a key left it there. */
    const isThere = new Map<string, boolean>();
    let version = 0;
    const takeTurn = (key: string) => {
      const object = cache.get(key);
      const { row } = log.turn(key, { object, at: moment(version) });
      counted.add += row.queuedAdds;
      counted.update += row.queuedUpdates;
      counted.delete += row.queuedDeletes;
      const expected = object === undefined ? "delete" : isThere.get(key) ? "update" : "create";
      assert.equal(row.op, expected);
      isThere.set(key, object !== undefined);
    };
    for (const { name, do: what } of events) {
      const key = `ns/${name}`;
      const before = cache.get(key);
      if (what === "turn") takeTurn(key);
      else if (what === "write" || before !== undefined) {
        const uid = before?.metadata.uid ?? String(version);
        const resourceVersion = String(++version);
        const object = { metadata: { namespace: "ns", name, uid, resourceVersion } };
        const kind = what === "delete" ? "delete" : before === undefined ? "add" : "update";
        told[kind]++;
        if (kind === "delete") cache.delete(objectKey(object));
        else cache.set(objectKey(object), object);
        log.notified({ kind, object }, moment(version));
      }
    }
    for (const key of ["ns/a", "ns/b"]) takeTurn(key);
    assert.deepEqual(counted, told);
  }));
});
