import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { renderCsv } from "../../../core/report/csv.ts";
import { assertGolden } from "../../support/golden.ts";
import { emptyReport, sampleReport } from "../../support/sample_report.ts";

/** A strict reader of RFC 4180: quoted fields, CR LF after each record, nothing else. */
function parseCsv(text: string): string[][] {
  const records: string[][] = [];
  let rest = text;
  let record: string[] = [];
  while (rest !== "") {
    const [whole, quoted, bare, end] = /^(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/.exec(rest) ??
      [];
    if (whole === undefined) throw new SyntaxError(`Cannot read CSV at ${rest.slice(0, 40)}`);
    record.push(quoted?.replaceAll('""', '"') ?? bare ?? "");
    rest = rest.slice(whole.length);
    if (end === "\r\n") {
      records.push(record);
      record = [];
    }
  }
  return records;
}

function rowsOf(text: string): Record<string, string>[] {
  const [header = [], ...records] = parseCsv(text);
  return records.map((record) => {
    strictEqual(record.length, header.length);
    return Object.fromEntries(header.map((column, index) => [column, record[index] ?? ""]));
  });
}

Deno.test("renderCsv() of the sample run is the golden text", () => {
  assertGolden("report/sample.csv", renderCsv(sampleReport()));
});

Deno.test("renderCsv() has a total row for each operation with the figures of the summary", () => {
  const report = sampleReport();
  const totals = rowsOf(renderCsv(report)).filter(({ scope }) => scope === "total");
  deepStrictEqual(totals.map(({ operation }) => operation), ["request", "connect"]);
  const [request, connect] = totals;
  strictEqual(request?.["start_seconds"], "2");
  strictEqual(request?.["end_seconds"], "12.04");
  strictEqual(request?.["total"], "2000");
  strictEqual(request?.["failed"], "14");
  const p999Ms = report.summary.operations[0]?.response?.["p99.9"];
  strictEqual(request?.["response_p99_9_ms"], String(p999Ms));
  strictEqual(connect?.["service_p99_ms"], "", "four values have no p99");
});

Deno.test("renderCsv() has an interval row for each point, and their counts add up", () => {
  const report = sampleReport();
  const rows = rowsOf(renderCsv(report)).filter(({ scope }) => scope === "interval");
  const points = report.series.operations.flatMap((operation) => operation.points);
  strictEqual(rows.length, points.length);
  const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
  strictEqual(sum(rows.map((row) => Number(row["ok"]))), sum(points.map((point) => point.ok)));
  ok(rows.every((row) => row["service_p90_ms"] === ""), "points know p50 and p99 only");
});

Deno.test("renderCsv() quotes names so that a reader gets them back", () => {
  const report = sampleReport();
  const [operation] = report.summary.operations;
  ok(operation !== undefined);
  const tags = { note: 'a "b", c\r\nd' };
  const summary = { ...report.summary, operations: [{ ...operation, tags }] };
  const [row] = rowsOf(renderCsv(sampleReport({ summary })));
  strictEqual(row?.["operation"], `request{note=${JSON.stringify(tags.note)}}`);
});

Deno.test("renderCsv() of a run without operations is the header alone", () => {
  const records = parseCsv(renderCsv(emptyReport()));
  strictEqual(records.length, 1);
  deepStrictEqual(records[0]?.slice(0, 4), ["scope", "start_seconds", "end_seconds", "operation"]);
});
