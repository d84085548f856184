/**
 * What a run's records come to: the log is read once, and every record goes to all that need it.
 * Decides nothing; a report is made from it.
 * @module
 */

import type { Finding } from "../judge/finding.ts";
import { Judge } from "../judge/judge.ts";
import { parseThreshold } from "../judge/threshold.ts";
import type { Interval } from "../measure/interval.ts";
import { Totals } from "../measure/totals.ts";
import type { RunRecords } from "../run/run_directory.ts";
import type { Mark, RunLogRecord, Warning } from "../run/run_log.ts";
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

/** See the module. */
export interface RunFigures {
  readonly notes: LogNotes;
  /** Of the measured part. */
  readonly totals: Totals;
  readonly judge: Judge;
  readonly series: Series;
}

/** @param onInterval gets each interval as well, in the order of the log */
export async function readFigures(
  run: RunRecords,
  onInterval: (interval: Interval) => void = () => {},
): Promise<RunFigures> {
  const lastMs = await run.lastIntervalEndMs();
  const notes = newNotes();
  const totals = new Totals();
  const { thresholds, measures } = run.manifest;
  const judge = new Judge(thresholds.map(parseThreshold), { measures });
  const series = new SeriesBuilder({ lastMs });
  for await (const record of run.records()) {
    if (record.type !== "interval") {
      takeNote(notes, record);
      continue;
    }
    const { interval } = record;
    notes.lastMs = Math.max(notes.lastMs, interval.endMs);
    series.add(interval);
    judge.add(interval);
    if (interval.phase === "measured") totals.add(interval);
    onInterval(interval);
  }
  const built = series.hasMissed ? await seriesInAnyOrder(run, lastMs) : series.build();
  return { notes, totals, judge, series: built };
}

/** For a log that is out of order, at the cost of a second reading and much memory. */
async function seriesInAnyOrder(run: RunRecords, lastMs: number): Promise<Series> {
  const series = new SeriesBuilder({ lastMs, anyOrder: true });
  for await (const record of run.records()) {
    if (record.type === "interval") series.add(record.interval);
  }
  return series.build();
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
