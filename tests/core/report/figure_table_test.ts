/** Tables of figures: which rows and cells there are, and how they are written everywhere. @module */

import assert from "node:assert/strict";
import type { TableSpec } from "../../../core/judge/table_spec.ts";
import {
  FigureTable,
  figureTable,
  figureTableCsv,
  figureTableLines,
  toldFigureTable,
} from "../../../core/report/figure_table.ts";
import type { ToldTable } from "../../../core/run_log/told_table.ts";
import { figureTablePart } from "../../../core/report/html/tables_part.ts";
import { operations, recordSeconds, totalsOf } from "../judge/recorded.ts";

/** Two stages of ten seconds: twice as many attachments in the second, and slower. */
const STAGES = [1, 2].map((times) =>
  recordSeconds(10, (recorder, atMs) => {
    if (times === 1) recorder.count("keptRoutes", 3, { atMs });
    for (const gateway of ["a-2", "a-10"]) {
      const tags = { gateway };
      operations(recorder, atMs, { op: "attach", count: times, serviceMs: 10 * times, tags });
      recorder.count("statusWrites", 6, { atMs, tags });
    }
    recorder.gauge("heldBytes", 4_096 * times, { atMs });
  })
);
const SOURCE = {
  stages: STAGES.map((intervals, index) => ({
    name: ["add routes", "remove routes"][index]!,
    totals: totalsOf(intervals),
  })),
  totals: totalsOf(STAGES.flat()),
};

const BY_STAGE: TableSpec = {
  title: "Stages",
  rows: { by: "stage" },
  columns: [
    { title: "slowest", figure: "attach.max" },
    { title: "writes each", figure: "statusWrites.total / attach.count" },
    { title: "held", figure: "heldBytes.max" },
    { title: "first", figure: 'attach.count in "add routes"' },
    { title: "p99.9", figure: "attach.p99.9" },
    { title: "lost", figure: "lost.total" },
  ],
};

function valuesOf({ rows }: FigureTable) {
  return rows.map(({ name, cells }) => [name, ...cells.map(({ value }) => value)]);
}

Deno.test("a table by stage has a row for each stage, with figures of that stage or the one they name", () => {
  const table = figureTable(BY_STAGE, SOURCE);
  assert.deepEqual(FigureTable.parse(JSON.parse(JSON.stringify(table))), table);
  assert.equal(table.rowTitle, "stage");
  assert.deepEqual(table.columns.map(({ unit }) => unit), [
    ...["ms", "none", "bytes", "none", null, null],
  ]);
  assert.deepEqual(valuesOf(table), [
    ["add routes", 10, 6, 4_096, 20, null, null],
    ["remove routes", 20, 3, 8_192, 20, null, null],
  ]);
  assert.deepEqual(table.rows[1]?.cells.map(({ text, reason }) => reason ?? text), [
    ...["20ms", "3", "8.19 kB", "20", "needs 1000 values, saw 40", "lost was not recorded"],
  ]);
  const only = figureTable({ ...BY_STAGE, in: "add routes" }, SOURCE);
  assert.deepEqual(only.rows.map(({ name }) => name), ["add routes"]);
});

Deno.test("a table by tag has a row for each value, numbers in their order", () => {
  const columns = [
    { title: "count", figure: "attach.count" },
    { title: "writes each", figure: "statusWrites.total / attach.count" },
    { title: "of the second", figure: "attach{gateway=a-2}.count" },
    { title: "held", figure: "heldBytes.max" },
  ];
  const spec: TableSpec = { title: "Gateways", rows: { by: "tag", tag: "gateway" }, columns };
  assert.deepEqual(valuesOf(figureTable(spec, SOURCE)), [
    ["a-2", 30, 4, 30, null],
    ["a-10", 30, 4, 30, null],
  ]);
  const inStage = figureTable({ ...spec, in: "remove routes" }, SOURCE);
  assert.deepEqual(valuesOf(inStage)[1], ["a-10", 20, 3, 20, null]);
  assert.equal(
    inStage.rows[1]?.cells[3]?.reason,
    'heldBytes{gateway="a-10"} was not recorded',
  );
  const empty = figureTable({ ...spec, rows: { by: "tag", tag: "zone" } }, SOURCE);
  assert.deepEqual(empty.rows, []);
});

Deno.test("a stage that there was not is named in the cell", () => {
  const columns = [{ title: "x", figure: 'attach.count in "ad routes"' }];
  const table = figureTable({ ...BY_STAGE, columns }, SOURCE);
  assert.deepEqual(table.rows[0]?.cells, [{
    value: null,
    text: "",
    reason: 'there was no stage "ad routes" (did you mean "add routes"?)',
  }]);
});

const TABLE: FigureTable = {
  title: "Rungs",
  rowTitle: "stage",
  columns: [
    { title: "p95", figure: "x.p95", unit: "ms" },
    { title: "failed", figure: "x.failed.ratio", unit: "ratio" },
    { title: "sent", figure: "x.total", unit: "none" },
  ],
  rows: [
    {
      name: "lambda=10",
      cells: [cellOf(12.5, "12.5ms"), cellOf(0.015, "1.5%"), cellOf(1e3, "1000")],
    },
    {
      name: '=1+1 <b>"\u{1b}[31m',
      cells: [
        { value: null, text: "", reason: "needs 20 values, saw 3" },
        cellOf(0, "0%"),
        cellOf(3, "3"),
      ],
    },
  ],
};

function cellOf(value: number, text: string) {
  return { value, text };
}

Deno.test("the text of a table has one field a cell, and says why one is empty", () => {
  assert.deepEqual(figureTableLines(TABLE), [
    "Rungs",
    "STAGE              P95  FAILED  SENT",
    "lambda=10       12.5ms    1.5%  1000",
    '=1+1_<b>"\u{fffd}[31m       -      0%     3',
    "- needs 20 values, saw 3",
  ]);
});

Deno.test("the CSV of a table has plain numbers in the units that its header names", () => {
  assert.equal(
    figureTableCsv(TABLE),
    "stage,p95_ms,failed_ratio,sent\r\n" +
      "lambda=10,12.5,0.015,1000\r\n" +
      '"\'=1+1 <b>""\u{1b}[31m",,0,3\r\n',
  );
});

Deno.test("the HTML of a table escapes what a server may have named, and tells why a cell is empty", () => {
  const html = String(figureTablePart(TABLE));
  assert.ok(html.includes("<caption>Rungs</caption>"));
  assert.ok(html.includes("&lt;b&gt;") && !html.includes("<b>"));
  assert.ok(html.includes('<abbr class="missing" title="needs 20 values, saw 3">–</abbr>'));
  assert.equal(html.match(/<tr>/g)?.length, 3);
});

Deno.test("a stage of optional rows is there where a column has something in it", () => {
  const table = figureTable({
    ...BY_STAGE,
    rows: { by: "stage", isOptional: true },
    columns: [{ title: "kept", figure: "keptRoutes.total", isOptional: true }],
  }, SOURCE);
  assert.deepEqual(valuesOf(table), [["add routes", 30]]);
});

Deno.test("what an optional column lacks in a row needs no reason", () => {
  const table = figureTable({
    ...BY_STAGE,
    columns: [
      { title: "slowest", figure: "attach.max" },
      { title: "kept", figure: "keptRoutes.total", isOptional: true },
    ],
  }, SOURCE);
  assert.deepEqual(valuesOf(table), [["add routes", 10, 30], ["remove routes", 20, null]]);
  assert.equal(figureTableLines(table).some((line) => line.startsWith("- ")), false);
});

Deno.test("an optional column is there where a row has something in it", () => {
  const optional = (title: string, figure: string) => ({ title, figure, isOptional: true });
  const table = figureTable({
    ...BY_STAGE,
    columns: [
      { title: "slowest", figure: "attach.max" },
      optional("failed", "attach.failed.count"),
      optional("held", "heldBytes.max"),
      optional("lost", "lost.total"),
    ],
  }, SOURCE);
  assert.deepEqual(table.columns.map(({ title }) => title), ["slowest", "held"]);
  assert.deepEqual(valuesOf(table), [
    ["add routes", 10, 4_096],
    ["remove routes", 20, 8_192],
  ]);
});

/** Three of five, one of them from another thread. */
const TOLD: ToldTable = {
  title: "Connections of the client",
  rowTitle: "connection",
  order: "the longest round trips",
  columns: [
    { title: "protocol", meaning: "as agreed", unit: "text" },
    { title: "PING", meaning: "mean round trip", unit: "ms" },
    { title: "sent", meaning: "bytes of frames", unit: "bytes" },
    { title: "resets", meaning: "by the other end", unit: "none" },
  ],
  rows: [
    { name: "3", rank: 20, cells: ["h2", 20, 1_500, 0] },
    { name: "=1", rank: 10, cells: ["=evil()", null, 3_000, 0] },
  ],
  mostRows: 2,
  count: 5,
};

Deno.test("a table that was told shows its cells by their units, and says that there are more rows", () => {
  const table = toldFigureTable(TOLD);
  assert.deepEqual(FigureTable.parse(JSON.parse(JSON.stringify(table))), table);
  assert.deepEqual(figureTableLines(table), [
    "Connections of the client",
    "CONNECTION  PROTOCOL  PING   SENT",
    "3                 h2  20ms  1.5kB",
    "=1           =evil()     -    3kB",
    "- 2 of 5: the longest round trips",
  ]);
  assert.equal(
    figureTableCsv(table),
    "connection,protocol,PING_ms,sent_bytes\r\n3,h2,20,1500\r\n'=1,'=evil(),,3000\r\n",
  );
  const html = String(figureTablePart(table));
  assert.ok(html.includes('title="mean round trip"'));
  assert.ok(html.includes("2 of 5: the longest round trips"));
});

Deno.test("a table that was told with all of its rows needs no note", () => {
  assert.equal(toldFigureTable({ ...TOLD, count: 2 }).note, undefined);
});
