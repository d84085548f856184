import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import type { CsvDialect } from "../../../kube/sample_log/dialect.ts";
import {
  formatNotificationRow,
  notificationHeader,
  type NotificationRow,
  parseNotificationRows,
} from "../../../kube/sample_log/notification_row.ts";
import { WRITE_OPS } from "../../../kube/sample_log/operation_row.ts";

const DEQUEUE_MS = Date.parse("2026-11-21T10:31:51.482Z");

const CREATED: NotificationRow = {
  dequeueMs: DEQUEUE_MS,
  op: "create",
  namespace: "scaletest",
  name: "run-1",
  creationMs: Date.parse("2026-11-21T10:31:51Z"),
  queuedAdds: 1,
  queuedUpdates: 2,
  queuedDeletes: 0,
  firstEnqueueMs: DEQUEUE_MS - 30,
  lastEnqueueMs: DEQUEUE_MS - 1,
  diff: 3,
};

/** Taken from the queue when nothing was pending, and the object is gone. */
const GONE: NotificationRow = {
  dequeueMs: DEQUEUE_MS,
  op: "delete",
  namespace: "",
  name: "cluster-wide",
  queuedAdds: 0,
  queuedUpdates: 0,
  queuedDeletes: 0,
  diff: 2,
};

function withoutDiff({ diff: _diff, ...row }: NotificationRow): NotificationRow {
  return row;
}

function fileOf(rows: readonly NotificationRow[], dialect: CsvDialect): string {
  const header = notificationHeader(dialect, {
    hasDiff: rows.some(({ diff }) => diff !== undefined),
  });
  return [
    ...(header === undefined ? [] : [header]),
    ...rows.map((row) => formatNotificationRow(row, dialect)),
  ].map((line) => `${line}\n`).join("");
}

Deno.test("a logger's row in go is byte for byte what the original loggers write", () => {
  strictEqual(
    fileOf([CREATED, GONE, withoutDiff(CREATED)], "go"),
    `2026-11-21 10:31:51.482,create,"scaletest/run-1",2026-11-21 10:31:51,1,2,0,2026-11-21 10:31:51.452,2026-11-21 10:31:51.481,3
2026-11-21 10:31:51.482,delete,"cluster-wide",2000-01-01 00:00:00,0,0,0,1-01-01 00:00:00.000,1-01-01 00:00:00.000,2
2026-11-21 10:31:51.482,create,"scaletest/run-1",2026-11-21 10:31:51,1,2,0,2026-11-21 10:31:51.452,2026-11-21 10:31:51.481
`,
  );
});

Deno.test("a logger's row in rfc4180 has a header, and empty cells for times that there are not", () => {
  strictEqual(
    fileOf([CREATED, GONE], "rfc4180"),
    `dequeueTime,op,object,creationTimestamp,queuedAdds,queuedUpdates,queuedDeletes,firstEnqueue,lastEnqueue,diff
2026-11-21 10:31:51.482,create,scaletest/run-1,2026-11-21 10:31:51,1,2,0,2026-11-21 10:31:51.452,2026-11-21 10:31:51.481,3
2026-11-21 10:31:51.482,delete,cluster-wide,,0,0,0,,,2
`,
  );
  strictEqual(
    fileOf([withoutDiff(GONE)], "rfc4180"),
    `dequeueTime,op,object,creationTimestamp,queuedAdds,queuedUpdates,queuedDeletes,firstEnqueue,lastEnqueue
2026-11-21 10:31:51.482,delete,cluster-wide,,0,0,0,,
`,
  );
});

Deno.test("parseNotificationRows() gives back what was written, in both dialects, with and without diff", () => {
  const times = fc.integer({ min: 0, max: Date.parse("2100-01-01T00:00:00Z") });
  const name = fc.string({ unit: "binary" }).map((text) => text.replaceAll("/", ""));
  const count = fc.nat();
  const row = fc.record(
    {
      dequeueMs: times,
      op: fc.constantFrom(...WRITE_OPS),
      namespace: name,
      name,
      // The only second that stands for another thing.
      creationMs: times.map((ms) => Math.floor(ms / 1_000) * 1_000)
        .filter((ms) => ms !== Date.parse("2000-01-01T00:00:00Z")),
      queuedAdds: count,
      queuedUpdates: count,
      queuedDeletes: count,
      firstEnqueueMs: times,
      lastEnqueueMs: times,
      diff: fc.constantFrom(0 as const, 2 as const, 3 as const),
    },
    {
      requiredKeys: [
        ...["dequeueMs", "op", "namespace", "name", "diff"] as const,
        ...["queuedAdds", "queuedUpdates", "queuedDeletes"] as const,
      ],
      noNullPrototype: true,
    },
  );
  fc.assert(
    fc.property(fc.array(row), fc.constantFrom<CsvDialect>("rfc4180", "go"), (rows, dialect) => {
      deepStrictEqual([...parseNotificationRows(fileOf(rows, dialect))], rows);
      const short = rows.map(withoutDiff);
      deepStrictEqual([...parseNotificationRows(fileOf(short, dialect))], short);
    }),
  );
});

Deno.test("parseNotificationRows() says which line is wrong and what was expected", () => {
  const good = formatNotificationRow(CREATED, "go");
  for (
    const [from, to, message] of [
      [",1,2,0,", ",1,x,0,", 'line 2: queuedUpdates "x": expected a whole number from 0'],
      [",1,2,0,", ",-1,2,0,", 'line 2: queuedAdds "-1": expected a whole number from 0'],
      [",3", ",1", 'line 2: diff "1": expected 0, 2, 3'],
      [",3", "", "line 2: 9 cells: expected 10"],
      [
        "31:51,1",
        "31,1",
        'line 2: creationTimestamp: Cannot read time "2026-11-21 10:31": expected YYYY-MM-DD hh:mm:ss',
      ],
      [
        ".481",
        "",
        'line 2: lastEnqueue: Cannot read time "2026-11-21 10:31:51": expected YYYY-MM-DD hh:mm:ss.mmm',
      ],
    ] as const
  ) {
    const text = `${good}\n${good.replace(from, to)}\n`;
    throws(() => [...parseNotificationRows(text)], { name: "SyntaxError", message });
  }
  throws(() => [...parseNotificationRows('2026,"a"\n')], {
    message: "line 1: 2 cells: expected dequeueTime,op,object,creationTimestamp,queuedAdds," +
      "queuedUpdates,queuedDeletes,firstEnqueue,lastEnqueue[,diff]",
  });
});
