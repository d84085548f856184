import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { TableSpec } from "../../../core/judge/table_spec.ts";
import { renderHtml } from "../../../core/report/html/page.ts";
import { listedCounters } from "../../../core/report/listed_counters.ts";
import type { Report } from "../../../core/report/report.ts";
import { renderText } from "../../../core/report/text.ts";
import { sampleReport } from "../../support/sample_report.ts";

function reported(rows: Extract<TableSpec["rows"], { by: "tag" }>): Report {
  const report = sampleReport();
  const counter = (name: string, tags?: Record<string, string>) => ({
    name,
    ...tags && { tags },
    total: 5,
    ratePerSec: 1,
  });
  return {
    ...report,
    manifest: {
      ...report.manifest,
      tables: [{
        title: "Frames",
        rows,
        columns: [{ title: "in", figure: "frames{way=in}.total" }],
      }],
    },
    summary: {
      ...report.summary,
      counters: [
        counter("frames", { way: "in", type: "DATA" }),
        counter("frames", { way: "out", type: "DATA" }),
        counter("frames", { way: "in" }),
        counter("bytes", { way: "in", type: "DATA" }),
      ],
    },
  };
}

Deno.test("what a table has instead is not listed, and all else is", () => {
  const report = reported({ by: "tag", tag: "type", isOnlyHere: true });
  deepStrictEqual(listedCounters(report).map(({ name, tags }) => [name, tags?.way, tags?.type]), [
    ["frames", "out", "DATA"],
    ["frames", "in", undefined],
    ["bytes", "in", "DATA"],
  ]);
  const inTable = 'frames{type="DATA",way="in"}';
  ok(!renderText(report, { color: false, width: 80 }).includes(inTable));
  ok(!renderHtml(report).includes(`<code>${inTable.replaceAll('"', "&quot;")}</code>`));
});

Deno.test("a table may show what is listed, too", () => {
  deepStrictEqual(listedCounters(reported({ by: "tag", tag: "type" })).length, 4);
});

function listed(
  ...counters: readonly [name: string, total: number, tags?: Record<string, string>][]
) {
  const { manifest, summary } = sampleReport();
  const all = counters.map(([name, total, tags]) => ({
    name,
    ...tags && { tags },
    total,
    ratePerSec: total / 10,
  }));
  return listedCounters({ manifest, summary: { ...summary, counters: all } })
    .map(({ name, tags, total, ratePerSec }) => [name, tags, total, ratePerSec]);
}

Deno.test("a zero that was declared is not listed beside what did come, where it would read as the total", () => {
  deepStrictEqual(listed(["resets", 0], ["resets", 3, { code: "CANCEL" }], ["goAways", 0]), [
    ["resets", { code: "CANCEL" }, 3, 0.3],
    ["goAways", undefined, 0, 0],
  ]);
});

Deno.test("of more series than anybody reads the sum is listed", () => {
  const of = (count: number) =>
    Array.from({ length: count }, (_, connection): [string, number, Record<string, string>] => [
      "receivedBytes",
      10,
      { connection: String(connection), way: connection % 2 === 0 ? "in" : "out" },
    ]);
  strictEqual(listed(...of(20)).length, 20);
  deepStrictEqual(listed(...of(100)), [
    ["receivedBytes", { connection: "all 50", way: "in" }, 500, 50],
    ["receivedBytes", { connection: "all 50", way: "out" }, 500, 50],
  ]);
});

Deno.test("tables that are detail come after the figures of the run", () => {
  const report = sampleReport();
  const table = (title: string, isDetail: boolean) => ({
    title,
    rowTitle: "row",
    columns: [{ title: "x", figure: "x", unit: "none" as const }],
    rows: [{ name: "r", cells: [{ value: 1, text: "1" }] }],
    ...isDetail && { isDetail },
  });
  const tables = [table("Details", true), table("Main table", false)];
  for (
    const text of [
      renderText({ ...report, tables }, { color: false, width: 80 }),
      renderHtml({ ...report, tables }).split("<script")[0]!,
    ]
  ) {
    const figuresAt = text.search(/service = sent to done|Operations/);
    ok(text.indexOf("Main table") < figuresAt && figuresAt < text.indexOf("Details"));
  }
});
