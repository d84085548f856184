/**
 * The files that a finished run has beside its log: every format that other programs read.
 * @module
 */

import { Totals } from "../measure/totals.ts";
import type { RunDirectory } from "../run/run_directory.ts";
import { renderCsv } from "./csv.ts";
import { renderHdrLog, renderHgrm } from "./hdr_log.ts";
import { renderHtml } from "./html.ts";
import { renderJson } from "./json.ts";
import { renderJunit } from "./junit.ts";
import { renderPrometheus } from "./prometheus.ts";
import type { Report } from "./report.ts";

/** Writes them all; false when the disk did not take one of them. */
export function writeReports(directory: RunDirectory, report: Report): boolean {
  const totals = measuredTotals(directory);
  const { command, runId, tool: { version } } = report.manifest;
  const files: [string, () => string][] = [
    ["result.json", () => renderJson(report)],
    ["report.html", () => renderHtml(report)],
    ["junit.xml", () => renderJunit(report)],
    ["series.csv", () => renderCsv(report)],
    ["intervals.hlog", () => renderHdrLog(intervalsOf(directory), report.manifest)],
    ["metrics.prom", () => renderPrometheus(totals, { command, runId, version })],
    ...percentileFiles(totals),
  ];
  return files.map(([name, render]) => directory.writeReport(name, render())).every(Boolean);
}

function percentileFiles(totals: Totals): [string, () => string][] {
  return [...totals.operations].flatMap(([key, operation]) =>
    (["service", "response"] as const)
      .filter((view) => operation[view].count > 0)
      .map((view): [string, () => string] => [
        `${fileName(key)}.${view}.hgrm`,
        () => renderHgrm(operation[view]),
      ])
  );
}

/** `create{namespace="a"}` -> `create.namespace=a`: what every file system takes. */
function fileName(seriesKey: string): string {
  return seriesKey.replace(/[{,]/g, ".").replace(/[^\w.=-]/g, "");
}

function measuredTotals(directory: RunDirectory): Totals {
  const totals = new Totals();
  for (const interval of intervalsOf(directory)) {
    if (interval.phase === "measured") totals.add(interval);
  }
  return totals;
}

function* intervalsOf(directory: RunDirectory) {
  for (const record of directory.records()) {
    if (record.type === "interval") yield record.interval;
  }
}
