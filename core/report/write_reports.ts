/**
 * The files that a finished run has beside its log: every format that other programs read.
 * @module
 */

import { setImmediate } from "node:timers/promises";
import type { Totals } from "../measure/totals.ts";
import type { RunDirectory } from "../run/run_directory.ts";
import { reportOf } from "./build_report.ts";
import { renderCsv } from "./csv.ts";
import { hdrLogHead, hdrLogLines, renderHgrm } from "./hdr_log.ts";
import { renderHtml } from "./html.ts";
import { renderJson } from "./json.ts";
import { renderJunit } from "./junit.ts";
import { renderPrometheus } from "./prometheus.ts";
import type { Report } from "./report.ts";
import { readFigures } from "./run_figures.ts";

/** What a run came to, and whether the disk took all the files that say so. */
export interface WrittenReport {
  readonly report: Report;
  readonly isComplete: boolean;
}

/**
 * Reads the run's log and writes all the files. Waits between them, so that signals are served.
 * @param amended the report with what its reader alone knows, e.g. that it reached nobody
 */
export async function writeReports(
  directory: RunDirectory,
  amended: (report: Report) => Report = (report) => report,
): Promise<WrittenReport> {
  const { manifest } = directory;
  const hdrLog = directory.openReport("intervals.hlog");
  hdrLog.write(hdrLogHead(manifest));
  const figures = await readFigures(directory, (interval) => hdrLog.write(hdrLogLines(interval)));
  let isComplete = hdrLog.close();
  const report = amended(reportOf(manifest, figures));
  for (const [name, render] of filesOf(report, figures.totals)) {
    isComplete = directory.writeReport(name, render()) && isComplete;
    await setImmediate();
  }
  return { report, isComplete };
}

type NamedText = readonly [name: string, render: () => string];

function filesOf(report: Report, totals: Totals): NamedText[] {
  const { command, runId, tool: { version } } = report.manifest;
  const info = { command, runId, version };
  return [
    ["result.json", () => renderJson(report)],
    ["report.html", () => renderHtml(report)],
    ["junit.xml", () => renderJunit(report)],
    ["series.csv", () => renderCsv(report)],
    ["metrics.prom", () => renderPrometheus(totals, info, { labels: { run_id: runId } })],
    ...percentileFiles(totals),
  ];
}

function percentileFiles(totals: Totals): NamedText[] {
  return [...totals.operations].flatMap(([key, operation]) =>
    (["service", "response"] as const)
      .filter((view) => operation[view].count > 0)
      .map((view): NamedText => [
        `${fileName(key)}.${view}.hgrm`,
        () => renderHgrm(operation[view]),
      ])
  );
}

/** `create{namespace="a"}` -> `create.namespace=a`: what every file system takes. */
function fileName(seriesKey: string): string {
  return seriesKey.replace(/[{,]/g, ".").replace(/[^\w.=-]/g, "");
}
