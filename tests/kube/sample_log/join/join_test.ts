import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { joinLogs, matchWrites } from "../../../../kube/sample_log/join/join.ts";
import {
  type JoinedOperation,
  type JoinReport,
  MOST_MISSING,
} from "../../../../kube/sample_log/join/report.ts";
import type { SeenEvent } from "../../../../kube/sample_log/join/seen_objects.ts";
import type { NotificationRow } from "../../../../kube/sample_log/notification_row.ts";
import type { OperationRow, WriteOp } from "../../../../kube/sample_log/operation_row.ts";

function write(
  op: WriteOp,
  name: string,
  { atMs = 0, ...more }: Partial<OperationRow> & { atMs?: number } = {},
): OperationRow {
  return { beforeMs: atMs, afterMs: atMs + 20, op, name, error: "", ...more };
}

/** One notification that waited 5 ms in the queue. */
function seen(
  op: WriteOp,
  name: string,
  { atMs = 0, ...more }: Partial<NotificationRow> & { atMs?: number } = {},
): NotificationRow {
  return {
    dequeueMs: atMs + 5,
    op,
    namespace: "scaletest",
    name,
    queuedAdds: op === "create" ? 1 : 0,
    queuedUpdates: op === "update" ? 1 : 0,
    queuedDeletes: op === "delete" ? 1 : 0,
    firstEnqueueMs: atMs,
    lastEnqueueMs: atMs,
    ...more,
  };
}

function join(
  driver: readonly OperationRow[],
  logger: readonly NotificationRow[],
  cutOffLine: number | null = null,
): JoinReport {
  return joinLogs(
    { path: "driver.csv", rows: driver, cutOffLine: null },
    { path: "logger.csv", rows: logger, cutOffLine },
  );
}

/** ok, failed, notified, missing, unexpected. */
function counts({ ok, failed, notified, missing, unexpected }: JoinedOperation): number[] {
  return [ok, failed, notified, missing, unexpected];
}

function codes({ warnings }: JoinReport): string[] {
  return warnings.map(({ code }) => code);
}

Deno.test("a whole life of an object is joined by kind, updates in order", () => {
  const report = join(
    [
      write("create", "a", { atMs: 100 }),
      write("update", "a", { atMs: 300 }),
      write("update", "a", { atMs: 200 }),
      write("delete", "a", { atMs: 400 }),
    ],
    [
      seen("create", "a", { atMs: 110 }),
      seen("update", "a", { atMs: 230 }),
      seen("update", "a", { atMs: 370 }),
      seen("delete", "a", { atMs: 405 }),
    ],
  );
  deepStrictEqual(report.operations.map((one) => [one.op, counts(one)]), [
    ["create", [1, 0, 1, 0, 0]],
    ["update", [2, 0, 2, 0, 0]],
    ["delete", [1, 0, 1, 0, 0]],
  ]);
  const update = report.operations[1]?.timesMs;
  deepStrictEqual(
    [update?.["sent-to-notified"]?.min, update?.["sent-to-notified"]?.max, update?.queued?.max],
    [30, 70, 5],
  );
  strictEqual(update?.["sent-to-dequeued"]?.max, 75);
  deepStrictEqual([report.verdict, report.exitCode, report.reason], [
    "pass",
    0,
    "all 4 successful writes were notified",
  ]);
  deepStrictEqual(report.warnings, []);
});

Deno.test("a successful write that nobody was told of fails; a failed one does not", () => {
  const error = 'configmaps "b" already exists';
  const report = join(
    [write("create", "a"), write("create", "b"), write("create", "c", { error })],
    [seen("create", "a", { atMs: 30 })],
  );
  deepStrictEqual(report.operations.map(counts), [[2, 1, 1, 1, 0]]);
  deepStrictEqual(report.missing, [{ op: "create", object: "b", missing: 1, ok: 1 }]);
  deepStrictEqual([report.verdict, report.exitCode, report.reason], [
    "fail",
    3,
    "1 of 2 successful writes were never notified",
  ]);
});

Deno.test("a failed write that took effect is counted apart", () => {
  const [create] = join(
    [write("create", "a"), write("create", "b", { error: "timeout" })],
    [seen("create", "a"), seen("create", "b")],
  ).operations;
  strictEqual(create?.failedButSeen, 1);
  deepStrictEqual(create && counts(create), [1, 1, 1, 0, 0]);
  strictEqual(create?.timesMs["sent-to-notified"]?.count, 1);
});

Deno.test("what others did to the driver's objects is unexpected, other objects are only counted", () => {
  const report = join(
    [write("create", "a")],
    [
      seen("create", "a"),
      seen("update", "a"),
      seen("update", "leader", { namespace: "kube-system" }),
      seen("update", "leader", { namespace: "kube-system" }),
    ],
  );
  deepStrictEqual(report.operations.map((one) => [one.op, counts(one)]), [
    ["create", [1, 0, 1, 0, 0]],
    ["update", [0, 0, 0, 0, 1]],
  ]);
  deepStrictEqual(report.others, { objects: 1, rows: 2 });
  strictEqual(report.exitCode, 0);
});

Deno.test("a collapsed row tells of all its writes, and of the times that it knows", () => {
  const report = join(
    [write("create", "a"), ...[30, 60].map((atMs) => write("update", "a", { atMs }))],
    [
      seen("create", "a", {
        ...{
          queuedAdds: 1,
          queuedUpdates: 2,
          firstEnqueueMs: 10,
          lastEnqueueMs: 90,
          dequeueMs: 95,
        },
      }),
    ],
  );
  const [create, update] = report.operations;
  deepStrictEqual(report.operations.map(counts), [[1, 0, 1, 0, 0], [2, 0, 2, 0, 0]]);
  deepStrictEqual([create?.collapsedRows, update?.collapsedRows], [1, 0]);
  strictEqual(create?.timesMs["sent-to-notified"]?.max, 10);
  strictEqual(update?.timesMs["sent-to-notified"]?.count, 1);
  strictEqual(update?.timesMs["sent-to-notified"]?.max, 30);
  strictEqual(update?.timesMs["sent-to-dequeued"]?.count, 2);
});

Deno.test("nothing joined is inconclusive, whatever is missing", () => {
  for (
    const [driver, logger] of [
      [[], []],
      [[write("create", "a")], []],
      [[write("create", "a")], [seen("create", "b")]],
      [[write("create", "a", { error: "x" })], [seen("create", "a")]],
      [[], [seen("create", "a")]],
    ] as const
  ) {
    const { verdict, exitCode, reason } = join(driver, logger);
    deepStrictEqual([verdict, exitCode], ["inconclusive", 4]);
    ok(reason.startsWith("nothing joined: "));
  }
});

Deno.test("with a namespace in the driver's file only that one counts, without one the name alone does", () => {
  const inOther = [seen("create", "a", { namespace: "other" })];
  strictEqual(join([write("create", "a", { namespace: "mine" })], inOther).exitCode, 4);
  strictEqual(join([write("create", "a", { namespace: "other" })], inOther).exitCode, 0);
  strictEqual(join([write("create", "a")], inOther).exitCode, 0);
});

Deno.test("the same name in several namespaces is kept apart where they are known", () => {
  const report = join(
    ["one", "two"].map((namespace) => write("create", "a", { namespace })),
    [seen("create", "a", { namespace: "two" }), seen("delete", "a", { namespace: "one" })],
  );
  deepStrictEqual(report.operations.map((one) => [one.op, counts(one)]), [
    ["create", [2, 0, 1, 1, 0]],
    ["delete", [0, 0, 0, 0, 1]],
  ]);
  deepStrictEqual(report.missing.map(({ object }) => object), ["one/a"]);
});

Deno.test("a name in several namespaces that the driver does not tell is ambiguous, and no pass", () => {
  const report = join(
    [write("create", "a"), write("create", "b")],
    [
      ...["one", "two"].map((namespace) => seen("create", "a", { namespace })),
      seen("create", "b"),
    ],
  );
  strictEqual(report.ambiguousWrites, 1);
  deepStrictEqual(codes(report), ["ambiguous-names"]);
  deepStrictEqual(report.operations.map(counts), [[1, 0, 1, 0, 0]]);
  deepStrictEqual([report.verdict, report.exitCode], ["inconclusive", 4]);
});

Deno.test("a notification before its write was sent tells of clocks that differ, one before the answer does not", () => {
  const before = join([write("create", "a", { atMs: 100 })], [seen("create", "a", { atMs: 60 })]);
  const [create] = before.operations;
  strictEqual(create?.timesMs["sent-to-notified"]?.min, -40);
  strictEqual(create?.timesMs["sent-to-notified"]?.negative, 1);
  deepStrictEqual(before.warnings, [{
    code: "clock-skew",
    message: "1 notifications came before their write was sent: the logger's clock is behind the " +
      "driver's by at least 40ms",
  }]);
  const between = join([write("create", "a", { atMs: 100 })], [seen("create", "a", { atMs: 110 })]);
  strictEqual(between.operations[0]?.timesMs["done-to-notified"]?.negative, 1);
  deepStrictEqual(between.warnings, []);
});

Deno.test("what the reader must know is told: a cut file, a logger that ended first, unpaired writes", () => {
  const report = join(
    [
      write("create", "a", { atMs: 0 }),
      ...[30, 60].map((atMs) => write("update", "a", { atMs })),
      write("create", "b", { atMs: 500 }),
    ],
    [seen("create", "a", { atMs: 10 }), seen("update", "a", { atMs: 70 })],
    7,
  );
  deepStrictEqual(report.warnings, [
    { code: "file-cut-off", message: '"logger.csv" ends within line 7, which is left out' },
    {
      code: "logger-ended",
      message: "1 of the missing writes were sent after the logger's last row",
    },
    {
      code: "unpaired",
      message: '1 notified writes are in no time but "write": their object has more or fewer ' +
        "notifications than writes of the kind",
    },
  ]);
  strictEqual(report.operations[1]?.unpaired, 1);
});

Deno.test("the list of missing writes is bounded, their number is not", () => {
  const rows = Array.from({ length: MOST_MISSING + 5 }, (_, n) => write("create", `lost-${n}`));
  const report = join([...rows, write("create", "a")], [seen("create", "a")]);
  strictEqual(report.missing.length, MOST_MISSING);
  strictEqual(report.operations[0]?.missing, MOST_MISSING + 5);
});

Deno.test("names such as constructor and __proto__ are names like any other", () => {
  const names = ["constructor", "__proto__", "toString"];
  const report = join(
    names.map((name) => write("create", name)),
    names.map((name) => seen("create", name)),
  );
  deepStrictEqual(report.operations.map(counts), [[3, 0, 3, 0, 0]]);
});

/** `o`: a successful write, `x`: a failed one; sent at 0, 1, 2... */
function writes(letters: string): OperationRow[] {
  return [...letters].map((letter, index) => ({
    beforeMs: index,
    afterMs: index + 1,
    op: "update",
    name: "a",
    error: letter === "o" ? "" : "it timed out",
  }));
}

/** `e`: a notification, `d`: a duplicate; taken at 100, 101... */
function events(letters: string): SeenEvent[] {
  return [...letters].map((letter, index) => ({
    op: "update",
    enqueueMs: 50 + index,
    dequeueMs: 100 + index,
    isDuplicate: letter === "d",
  }));
}

/** The numbers in the order of the columns, and which write goes with which notification. */
function match(written: string, seen: string) {
  const { pairs, ...counts } = matchWrites(writes(written), events(seen));
  const { notified, missing, failedButSeen, unexpected } = counts;
  return [
    [notified, missing, failedButSeen, unexpected],
    pairs.map(([write, event]) => `${write.beforeMs}:${event.dequeueMs - 100}`).join(" "),
  ];
}

Deno.test("matchWrites() pairs in order where the numbers agree, and else only counts", () => {
  for (
    const [written, seen, counts, pairs] of [
      ["", "", [0, 0, 0, 0], ""],
      ["ooo", "eee", [3, 0, 0, 0], "0:0 1:1 2:2"],
      ["ooo", "", [0, 3, 0, 0], ""],
      ["ooo", "ee", [2, 1, 0, 0], ""],
      ["o", "ee", [1, 0, 0, 1], ""],
      ["", "ee", [0, 0, 0, 2], ""],
      ["", "dd", [0, 0, 0, 0], ""],
      // Failed writes are taken for not done, unless there is a notification for each.
      ["oxo", "ee", [2, 0, 0, 0], "0:0 2:1"],
      ["oxo", "eee", [2, 0, 1, 0], "0:0 2:2"],
      ["x", "", [0, 0, 0, 0], ""],
      ["x", "e", [0, 0, 1, 0], ""],
      ["xxo", "ee", [1, 0, 1, 0], ""],
      ["ox", "eee", [1, 0, 1, 1], ""],
      // A duplicate counts where it makes the numbers agree, and never as unexpected.
      ["oo", "ed", [2, 0, 0, 0], "0:0 1:1"],
      ["oo", "ede", [2, 0, 0, 0], "0:0 1:2"],
      ["ooo", "edd", [3, 0, 0, 0], "0:0 1:1 2:2"],
      ["ooo", "eddd", [3, 0, 0, 0], ""],
      ["ooo", "ed", [2, 1, 0, 0], ""],
      ["o", "ddd", [1, 0, 0, 0], ""],
    ] as const
  ) deepStrictEqual(match(written, seen), [[...counts], pairs], `${written} / ${seen}`);
});

Deno.test("matchWrites() takes writes in the order in which they were sent", () => {
  const shuffled = writes("ooo").reverse();
  const { pairs } = matchWrites(shuffled, events("eee"));
  deepStrictEqual(pairs.map(([write]) => write.beforeMs), [0, 1, 2]);
});

Deno.test("matchWrites() accounts for every write, and for every notification that is no duplicate", () => {
  const letters = (some: string) => fc.string({ unit: fc.constantFrom(...some), maxLength: 7 });
  fc.assert(
    fc.property(letters("ox"), letters("ed"), (written, seen) => {
      const result = matchWrites(writes(written), events(seen));
      const okWrites = written.replaceAll("x", "").length;
      strictEqual(result.notified + result.missing, okWrites);
      ok(result.failedButSeen <= written.length - okWrites);
      const used = result.notified + result.failedButSeen + result.unexpected;
      ok(used <= seen.length && used >= seen.replaceAll("d", "").length);
      ok(result.missing === 0 || result.unexpected === 0);
      ok(result.pairs.length === 0 || result.pairs.length === result.notified);
      ok(Object.values(result).every((count) => typeof count === "object" || count >= 0));
    }),
  );
});
