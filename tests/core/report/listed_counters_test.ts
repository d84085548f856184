import { deepStrictEqual, ok } from "node:assert/strict";
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
