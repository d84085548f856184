import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { joinLogs } from "../../../../kube/sample_log/join/join.ts";
import type { JoinReport } from "../../../../kube/sample_log/join/report.ts";
import { renderJoin } from "../../../../kube/sample_log/join/render.ts";
import type { NotificationRow } from "../../../../kube/sample_log/notification_row.ts";
import type { OperationRow } from "../../../../kube/sample_log/operation_row.ts";

/** 100 creates that take 1 to 100 ms to be seen, of which two never are, by a clock that is 2 ms behind. */
function sample(): JoinReport {
  const creates = Array.from({ length: 102 }, (_, index): OperationRow => ({
    beforeMs: 1_000 * index,
    afterMs: 1_000 * index + 7,
    op: "create",
    name: index === 100 ? "lost\x1b[31m" : `run-${index}`,
    error: "",
  }));
  const seen = creates.slice(0, 100).map(({ name, beforeMs }, index): NotificationRow => ({
    dequeueMs: beforeMs + index + 10,
    op: "create",
    namespace: "scaletest",
    name,
    queuedAdds: 1,
    queuedUpdates: 0,
    queuedDeletes: 0,
    firstEnqueueMs: beforeMs + index - 1,
    lastEnqueueMs: beforeMs + index - 1,
  }));
  const other = { ...seen[0]!, namespace: "kube-system", name: "leader" };
  const failed = { ...creates[0]!, op: "delete", error: "gone" } as const;
  return joinLogs(
    { path: "run-driver.csv", rows: [...creates, failed], cutOffLine: null },
    { path: "obj-log.csv", rows: [...seen, other], cutOffLine: null },
  );
}

const TEXT = `\
WARNING clock-skew: 1 notifications came before their write was sent: the logger's clock is behind the driver's by at least 1ms
WARNING logger-ended: 2 of the missing writes were sent after the logger's last row

OP       OK  FAILED  NOTIFIED  MISSING  UNEXPECTED  FAILED-BUT-SEEN  UNPAIRED  COLLAPSED
create  102       0       100        2           0                0         0          0
delete    0       1         0        0           0                0         0          0
missing = ok, but never notified; unexpected = notified, but not written; collapsed = rows of several notifications

OP      TIME              COUNT  NEGATIVE   MIN    MEAN   P50   P90    P99    MAX
create  write               102         0   7ms     7ms   7ms   7ms    7ms    7ms
create  sent-to-notified    100         1  -1ms  48.5ms  48ms  88ms   97ms   98ms
create  done-to-notified    100         8  -8ms  41.5ms  41ms  81ms   90ms   91ms
create  queued              100         0  11ms    11ms  11ms  11ms   11ms   11ms
create  sent-to-dequeued    100         0  10ms  59.5ms  59ms  99ms  108ms  109ms
write = tBefore to tAfter of a successful write
sent-to-notified = tBefore to firstEnqueue
done-to-notified = tAfter to firstEnqueue, negative when the watch is faster than the answer
queued = firstEnqueue to dequeueTime
sent-to-dequeued = tBefore to dequeueTime
- = too few values

OP      OBJECT     MISSING  OK
create  lost\ufffd[31m        1   1
create  run-101          1   1

driver  run-driver.csv  103 rows
logger  obj-log.csv  101 rows
1 of its rows are left out: they are of 1 objects that the driver never wrote

FAIL (exit code 3): 2 of 102 successful writes were never notified
`;

Deno.test("joined files as text have warnings first, the figures, and the verdict in the last line", () => {
  strictEqual(renderJoin(sample(), "text"), TEXT);
});

Deno.test("joined files as text show no more missing writes than can be looked at, and say how many are left", () => {
  const report = sample();
  const [operation] = report.operations;
  ok(operation !== undefined);
  const missing = Array.from(
    { length: 40 },
    (_, index) => ({ op: "create", object: `o${index}`, missing: 2, ok: 2 }) as const,
  );
  const operations = [{ ...operation, missing: 80 }];
  const text = renderJoin({ ...report, missing, operations }, "text");
  ok(text.includes("create  o9            2   2\nand 60 more missing writes; see -o json\n"), text);
});

Deno.test("an empty join as text says so", () => {
  const none = { path: "x", rows: [], cutOffLine: null };
  strictEqual(
    renderJoin(joinLogs(none, none), "text"),
    `No write is in the driver's file.

driver  x  0 rows
logger  x  0 rows

INCONCLUSIVE (exit code 4): nothing joined: none of the driver's 0 successful writes is in what the logger saw
`,
  );
});

Deno.test("joined files as JSON are the whole report, without NaN or Infinity", () => {
  const report = sample();
  const text = renderJoin(report, "json");
  ok(text.endsWith("}\n"));
  deepStrictEqual(JSON.parse(text), report);
});

Deno.test("joined files as CSV have a row for each kind, a figure that there is not is empty", () => {
  const [header = "", create = "", del = "", end] = renderJoin(sample(), "csv").split("\r\n");
  strictEqual(end, "");
  const [names, created, deleted] = [header, create, del].map((line) => line.split(","));
  strictEqual(names?.length, 1 + 8 + 5 * 8);
  strictEqual(created?.length, names?.length);
  const figure = (name: string) =>
    [created, deleted].map((row) => row?.[names?.indexOf(name) ?? -1]);
  deepStrictEqual(figure("op"), ["create", "delete"]);
  deepStrictEqual(figure("ok"), ["102", "0"]);
  deepStrictEqual(figure("failed"), ["0", "1"]);
  deepStrictEqual(figure("missing"), ["2", "0"]);
  deepStrictEqual(figure("write_p99_ms"), ["7", ""]);
  deepStrictEqual(figure("sent_to_notified_mean_ms"), ["48.5", ""]);
  deepStrictEqual(figure("done_to_notified_negative"), ["8", ""]);
  deepStrictEqual(figure("sent_to_dequeued_max_ms"), ["109", ""]);
});
