/**
 * The files that a finished run has beside its log: every format that other programs read.
 * @module
 */

import { setImmediate } from "node:timers/promises";
import type { Standing } from "../judge/standing.ts";
import type { Totals } from "../measure/totals.ts";
import type { ReportFile, RunDirectory } from "../run_log/run_directory.ts";
import type { RunLogRecord } from "../run_log/record.ts";
import { reportOf, stageReport } from "./build_report.ts";
import { standingsOf } from "./threshold_answers.ts";
import { renderCsv } from "./csv.ts";
import { figureTableCsv } from "./figure_table.ts";
import { hdrLogHead, hdrLogLines, renderHgrm } from "./hdr_log.ts";
import { renderHtml } from "./html/page.ts";
import { k6Summaries } from "./k6_summary.ts";
import { renderJunit } from "./junit.ts";
import { type MeasuredPart, renderPrometheus } from "./prometheus.ts";
import { renderJson, type Report, type StageReport } from "./report.ts";
import { RunFigures } from "./run_figures.ts";

/** What a run came to, and whether the disk took all the files that say so. */
export interface WrittenReport {
  readonly report: Report;
  readonly isComplete: boolean;
}

/**
 * Takes down what happens in a run: in its log, in the histogram log beside it and in the figures of
 * its report, which so is there at once in the end, however long the run was.
 */
export class RunReporter {
  readonly #directory: RunDirectory;
  readonly #figures: RunFigures;
  readonly #hdrLog: ReportFile;
  #isHdrLogWhole: boolean | undefined;
  readonly #onLog = new Set<() => void>();
  #report: Report | undefined;

  constructor(directory: RunDirectory) {
    this.#directory = directory;
    this.#figures = new RunFigures(directory.manifest);
    this.#hdrLog = directory.openReport("intervals.hlog");
    this.#hdrLog.write(hdrLogHead(directory.manifest));
  }

  log(...records: readonly RunLogRecord[]): void {
    this.#directory.append(...records);
    this.recall(...records);
  }

  /** Takes down what the log has already, as it was written to by another process. */
  recall(...records: readonly RunLogRecord[]): void {
    for (const record of records) {
      this.#figures.take(record);
      if (record.type === "interval") this.#hdrLog.write(hdrLogLines(record.interval));
    }
    for (const listener of this.#onLog) listener();
  }

  /** What it has come to so far: to be looked at, not changed. */
  get figures(): RunFigures {
    return this.#figures;
  }

  /** What was written in the end; undefined: it has not come to that. */
  get report(): Report | undefined {
    return this.#report;
  }

  /** Calls the listener whenever something was taken down, until the returned function is called. */
  onLog(listener: () => void): () => void {
    this.#onLog.add(listener);
    return () => this.#onLog.delete(listener);
  }

  /** What a stage that is over came to. */
  stage(index: number): StageReport {
    return stageReport(this.#figures, index);
  }

  /** How each threshold of the run stands by what was logged so far. */
  standings(): Standing[] {
    return standingsOf(this.#figures);
  }

  /**
   * Writes all the files, also a second time. Waits between them, so that signals are served.
   * @param amended the report with what its reader alone knows, e.g. that it reached nobody
   */
  async write(amended: (report: Report) => Report = (report) => report): Promise<WrittenReport> {
    let isComplete = this.#isHdrLogWhole ??= this.#hdrLog.close();
    const report = this.#report = amended(reportOf(this.#directory.manifest, this.#figures));
    for (const [name, render] of filesOf(report, this.#figures)) {
      isComplete = this.#directory.writeReport(name, render()) && isComplete;
      await setImmediate();
    }
    return { report, isComplete };
  }
}

type NamedText = readonly [name: string, render: () => string];

function filesOf(report: Report, figures: RunFigures): NamedText[] {
  const { totals } = figures.whole;
  const { command, runId, tool: { version } } = report.manifest;
  const info = { command, runId, version };
  return [
    ["result.json", () => renderJson(report)],
    ["report.html", () => renderHtml(report)],
    ["junit.xml", () => renderJunit(report)],
    ["series.csv", () => renderCsv(report)],
    ["metrics.prom", () => renderPrometheus(partsOf(figures), info, { labels: { run_id: runId } })],
    ...report.tables.map((table): NamedText => [
      `table-${fileName(table.title.replaceAll(" ", "-"))}.csv`,
      () => figureTableCsv(table),
    ]),
    ...percentileFiles(totals),
    ...k6Summaries(figures).map(({ name, text }): NamedText => [name, () => text]),
  ];
}

function partsOf({ manifest, stages, whole }: RunFigures): MeasuredPart[] {
  if (!manifest.isStaged) return [{ totals: whole.totals }];
  return stages.filter(({ stage }) => stage.kind === "measured")
    .map(({ stage, totals }) => ({ stage: stage.name, totals }));
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
function fileName(name: string): string {
  return name.replace(/[{,]/g, ".").replace(/[^\w.=-]/g, "");
}
