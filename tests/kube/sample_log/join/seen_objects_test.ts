import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { eventCount, eventsOf } from "../../../../kube/sample_log/join/seen_objects.ts";
import type { NotificationRow } from "../../../../kube/sample_log/notification_row.ts";

function row(
  op: NotificationRow["op"],
  [queuedAdds, queuedUpdates, queuedDeletes]: readonly [number, number, number],
  more: Partial<NotificationRow> = {},
): NotificationRow {
  return {
    dequeueMs: 100,
    op,
    namespace: "ns",
    name: "a",
    queuedAdds,
    queuedUpdates,
    queuedDeletes,
    firstEnqueueMs: 10,
    lastEnqueueMs: 90,
    ...more,
  };
}

Deno.test("eventsOf() puts notifications in the order in which they came, and times the first and last", () => {
  const table = [
    ["create", [1, 0, 0], [["create", 10]]],
    ["create", [1, 2, 0], [["create", 10], ["update", null], ["update", 90]]],
    ["update", [0, 2, 0], [["update", 10], ["update", 90]]],
    ["delete", [1, 1, 1], [["create", 10], ["update", null], ["delete", 90]]],
    // Gone from the cache before its handler was told: the update is real all the same.
    ["delete", [0, 1, 0], [["update", 10]]],
    // Deleted and made again.
    ["update", [1, 0, 1], [["delete", 10], ["create", 90]]],
    ["update", [1, 1, 1], [["delete", 10], ["create", null], ["update", 90]]],
    ["delete", [2, 0, 2], [["create", null], ["create", null], ["delete", null], ["delete", null]]],
    ["update", [0, 0, 0], []],
  ] as const;
  for (const [op, counts, expected] of table) {
    const events = eventsOf(row(op, counts));
    deepStrictEqual(events.map(({ op, enqueueMs }) => [op, enqueueMs]), expected);
    deepStrictEqual(events.map(({ dequeueMs }) => dequeueMs), expected.map(() => 100));
    strictEqual(eventCount(row(op, counts)), expected.length);
  }
});

Deno.test("eventsOf() calls a duplicate only what is there and unchanged", () => {
  const isDuplicate = (op: NotificationRow["op"], diff: 0 | 2 | 3) =>
    eventsOf(row(op, [0, 1, 0], { diff }))[0]?.isDuplicate;
  deepStrictEqual([0, 2, 3].map((diff) => isDuplicate("update", diff as 0 | 2 | 3)), [
    false,
    true,
    false,
  ]);
  // Absent before and now: it came and went between, which is two real notifications.
  strictEqual(isDuplicate("delete", 2), false);
});
