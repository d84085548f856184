/**
 * What a run's records come to: every record goes to all that need it, as it is logged or as it is
 * read again.
 * Decides nothing; a report is made from it.
 * @module
 */

import type { Finding } from "../judge/finding.ts";
import { Judge } from "../judge/judge.ts";
import { parseThreshold } from "../judge/threshold.ts";
import { Totals } from "../measure/totals.ts";
import type { Manifest } from "../run_log/manifest.ts";
import type { RunRecords } from "../run_log/run_directory.ts";
import type { Mark, RunLogRecord, Warning } from "../run_log/record.ts";
import type { Report, Series } from "./report.ts";
import { SeriesBuilder } from "./series.ts";

/** What the log says beside its intervals. */
export interface LogNotes {
  readonly warnings: Warning[];
  readonly findings: Finding[];
  readonly marks: Mark[];
  end: Report["end"];
  /** When the last arrival of the schedule had come, if that was before the end. */
  arrivalsOverMs: number | undefined;
  lastMs: number;
}

/** See the module. The same whether the records come as they are logged or are read again. */
export class RunFigures {
  readonly notes = newNotes();
  /** Of the measured part. */
  readonly totals = new Totals();
  readonly judge: Judge;
  readonly #series = new SeriesBuilder();

  constructor({ thresholds, measures }: Pick<Manifest, "thresholds" | "measures">) {
    this.judge = new Judge(thresholds.map(parseThreshold), { measures });
  }

  get series(): Series {
    return this.#series.build();
  }

  /** Takes the next record, in the order of the log. */
  take(record: RunLogRecord): void {
    if (record.type !== "interval") return takeNote(this.notes, record);
    const { interval } = record;
    this.notes.lastMs = Math.max(this.notes.lastMs, interval.endMs);
    this.#series.add(interval);
    this.judge.add(interval);
    if (interval.phase === "measured") this.totals.add(interval);
  }
}

export async function readFigures(run: RunRecords): Promise<RunFigures> {
  const figures = new RunFigures(run.manifest);
  for await (const record of run.records()) figures.take(record);
  return figures;
}

function newNotes(): LogNotes {
  return {
    warnings: [],
    findings: [],
    marks: [],
    end: null,
    arrivalsOverMs: undefined,
    lastMs: 0,
  };
}

function takeNote(notes: LogNotes, record: Exclude<RunLogRecord, { type: "interval" }>): void {
  switch (record.type) {
    case "warning":
      notes.warnings.push(record.warning);
      break;
    case "finding":
      notes.findings.push(record.finding);
      break;
    case "mark":
      notes.marks.push(record.mark);
      break;
    case "arrivalsOver":
      notes.arrivalsOverMs = record.atMs;
      break;
    case "end":
      notes.end = { reason: record.reason, atMs: record.atMs };
  }
}
