/**
 * What a run's records come to, in all and stage by stage: every record goes to all that need it, as
 * it is logged or as it is read again. Decides nothing; a report is made from it.
 * @module
 */

import { signsOf } from "../judge/cause.ts";
import { classThresholds } from "../judge/class_spec.ts";
import type { Disqualified } from "../judge/disqualified.ts";
import type { Finding } from "../judge/finding.ts";
import { Judge } from "../judge/judge.ts";
import { formatThreshold, parseThreshold } from "../judge/threshold.ts";
import type { Interval } from "../measure/interval.ts";
import { loadStages, type Stage } from "../measure/stage.ts";
import { Totals } from "../measure/totals.ts";
import type { Manifest } from "../run_log/manifest.ts";
import type { Mark, RunLogRecord, Warning } from "../run_log/record.ts";
import { joinedTable, type ToldTable } from "../run_log/told_table.ts";
import type { RunRecords } from "../run_log/run_directory.ts";
import { Changes } from "./changes.ts";
import { GeneratorFigures } from "./generator_figures.ts";
import type { Report, Series } from "./report.ts";
import { SeriesBuilder } from "./series.ts";

/** What the log says beside its intervals. */
export interface LogNotes {
  readonly warnings: Warning[];
  readonly findings: Finding[];
  readonly marks: Mark[];
  readonly changes: Changes;
  /** Of the target, beside those of the manifest. */
  readonly facts: Record<string, string>;
  /** By title. */
  readonly tables: Map<string, Telling>;
  end: Report["end"];
  /** When the last arrival of the schedule had come, if that was before the end. */
  arrivalsOverMs: number | undefined;
  lastMs: number;
}

/** The last that each has told of one table, in the stage that was told of last. */
interface Telling {
  /** That had begun by then. */
  readonly stageCount: number;
  /** By who told. */
  readonly tables: Map<string, ToldTable>;
}

/** What a manifest asks of a stage. */
type Asked = Pick<Manifest, "thresholds" | "classes" | "causes" | "measures" | "weighsChance">;

/** What one stage came to. Times are ms since the run's start. */
class StageFigures {
  readonly totals = new Totals();
  /** Checks of the command's own. */
  readonly findings: Finding[] = [];
  readonly judge: Judge;
  /** When it was over; undefined: as planned, with the next stage, or with the run. */
  overMs: number | undefined;
  arrivalsOverMs: number | undefined;
  /** Its work was done, whatever time was left. */
  isDone = false;
  /** What stood in the way of any answer. */
  disqualified: Disqualified | undefined;

  constructor(
    readonly stage: Stage,
    /** As planned, and later by the pauses before it. */
    public fromMs: number,
    /** When it was to be over at the latest; later by the pauses before that. */
    public untilMs: number,
    { thresholds, classes, causes, measures, weighsChance }: Asked,
  ) {
    const borders = new Set(weighsChance ? classThresholds(classes) : []);
    const asked = new Set([...thresholds, ...classThresholds(classes), ...signsOf(causes)]);
    const ofThis = [...asked].map(parseThreshold)
      .filter(({ figure }) => figure.stage === null || figure.stage === stage.name);
    this.judge = new Judge(ofThis, {
      measures,
      totals: this.totals,
      weighChance: (threshold) => borders.has(formatThreshold(threshold)),
    });
  }

  add(interval: Interval): void {
    this.totals.add(interval);
    this.judge.add(interval);
  }
}

/** See the module. The same whether the records come as they are logged or are read again. */
export class RunFigures {
  readonly notes = newNotes();
  /** By their numbers. */
  readonly stages: StageFigures[] = [];
  /** Of all stages that are judged, where they are no single one. */
  readonly #whole: StageFigures | undefined;
  readonly #series = new SeriesBuilder();
  /** Undefined: the program itself put the load on. */
  readonly generators: GeneratorFigures | undefined;

  constructor(readonly manifest: Manifest) {
    const { generators, mainOperation } = manifest;
    if (generators !== null) this.generators = new GeneratorFigures(generators, mainOperation);
    const all = { name: "all", kind: "measured", level: null, targetRatePerSec: null } as const;
    if (manifest.isStaged) {
      this.#whole = new StageFigures(all, 0, Infinity, { ...manifest, classes: [], causes: [] });
    }
  }

  /** Tables that were told, in the order of their first appearance. */
  get toldTables(): ToldTable[] {
    return [...this.notes.tables.values()].map(({ tables }) => joinedTable([...tables.values()]));
  }

  get series(): Series {
    return this.#series.build();
  }

  /** The same by stretch of time, while the run goes on. */
  get stretches(): Pick<SeriesBuilder, "stretchMs" | "stretches"> {
    return this.#series;
  }

  /** Of all stages that are judged. */
  get whole(): Pick<StageFigures, "totals" | "judge"> {
    this.#requireLoad();
    return this.#whole ?? this.stages.find(({ stage }) => stage.kind === "measured")!;
  }

  /** When a stage was over, or what is known of it ends. */
  overMsOf(index: number): number {
    const { notes, stages } = this;
    const { overMs, untilMs = Infinity } = stages[index] ?? {};
    const nextMs = stages[index + 1]?.fromMs ?? Infinity;
    return Math.min(overMs ?? Infinity, untilMs, nextMs, notes.end?.atMs ?? notes.lastMs);
  }

  /**
   * Whether its time came: one that is planned may be too late for the end of the run. What
   * disqualified a stage is told, though it was stopped for it before anything was judged.
   */
  hasBegun(index: number): boolean {
    const { fromMs, disqualified } = this.stages[index]!;
    return fromMs < this.overMsOf(index) || disqualified !== undefined;
  }

  /** Takes the next record, in the order of the log. */
  take(record: RunLogRecord): void {
    if (record.type === "interval") return this.#takeInterval(record.interval);
    if (record.type === "stage") {
      const { index, stage, fromMs, untilMs = Infinity } = record;
      const figures = new StageFigures(stage, fromMs, untilMs, this.manifest);
      this.stages[index] = figures;
      // The first interval may begin some ms after it.
      const span = { startMs: fromMs, endMs: fromMs, stage: index };
      figures.totals.cover(span);
      if (stage.kind === "measured") this.#whole?.totals.cover(span);
    } else if (record.type === "stageOver") {
      // Nothing need have been measured since the last whole second.
      this.notes.lastMs = Math.max(this.notes.lastMs, record.atMs);
      const stage = this.stages[record.index];
      if (stage === undefined) return;
      stage.overMs = record.atMs;
      stage.isDone = record.isDone === true;
      stage.totals.compact();
      this.generators?.compact(record.index);
    } else if (record.type === "generator") {
      this.generators?.takeEvent(record.generator, record.event);
    } else if (record.type === "table") {
      takeTable(this.notes.tables, { ...record, stageCount: this.stages.length });
    } else if (record.type === "disqualified" || isOfStage(record)) {
      this.#takeOfStage(this.stages[record.stage], record);
    } else {
      if (record.type === "change" && record.change.kind === "resume") this.#postpone(record.atMs);
      if (record.type === "end") this.#postpone(record.atMs);
      takeNote(this.notes, record);
    }
  }

  /** What was to come when the run was paused comes from then on. */
  #postpone(atMs: number): void {
    const { pausedSinceMs } = this.notes.changes;
    if (pausedSinceMs === undefined) return;
    for (const stage of this.stages) {
      if (stage.fromMs >= pausedSinceMs) stage.fromMs += atMs - pausedSinceMs;
      if (stage.untilMs > pausedSinceMs) stage.untilMs += atMs - pausedSinceMs;
    }
  }

  #takeOfStage(stage: StageFigures | undefined, record: OfStage): void {
    if (stage === undefined) return;
    if (record.type === "finding") stage.findings.push(record.finding);
    else if (record.type === "arrivalsOver") stage.arrivalsOverMs = record.atMs;
    else stage.disqualified ??= record.by;
  }

  #takeInterval(interval: Interval): void {
    this.notes.lastMs = Math.max(this.notes.lastMs, interval.endMs);
    this.#series.add(interval);
    const stage = this.#stageOf(interval);
    stage?.add(interval);
    if (stage !== undefined) this.generators?.takeInterval(interval, this.stages.indexOf(stage));
    if (interval.phase === "measured") this.#whole?.add(interval);
  }

  #stageOf({ stage, phase }: Interval): StageFigures | undefined {
    this.#requireLoad(); // the log may be from before there were stages
    if (stage !== undefined) return this.stages[stage];
    if (this.manifest.isStaged) return undefined;
    return this.stages.find(({ stage: { kind } }) =>
      (kind === "measured") === (phase === "measured")
    );
  }

  /** The stages of a run that has one load, where its log does not tell of them. */
  #requireLoad(): void {
    const { manifest } = this;
    if (manifest.isStaged || this.stages.length > 0) return;
    for (
      const { index, stage, fromMs } of loadStages(manifest.warmUpMs, manifest.targetRatePerSec)
    ) {
      this.stages[index] = new StageFigures(stage, fromMs, Infinity, manifest);
    }
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
    changes: new Changes(),
    facts: {},
    tables: new Map(),
    end: null,
    arrivalsOverMs: undefined,
    lastMs: 0,
  };
}

function isOfStage(record: RunLogRecord): record is OfStage & { readonly stage: number } {
  return "stage" in record && typeof record.stage === "number";
}

/** Of one stage, if it names one. */
type OfStage = Extract<RunLogRecord, { type: "finding" | "arrivalsOver" | "disqualified" }>;
type Note = Exclude<
  RunLogRecord,
  { type: "interval" | "stage" | "stageOver" | "disqualified" | "table" | "generator" }
>;

function takeNote(notes: LogNotes, record: Note): void {
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
    case "change":
      notes.changes.add(record);
      break;
    case "fact":
      notes.facts[record.name] = record.value;
      break;
    case "arrivalsOver":
      notes.arrivalsOverMs = record.atMs;
      break;
    case "end":
      notes.end = { reason: record.reason, atMs: record.atMs };
  }
}

function takeTable(
  tellings: LogNotes["tables"],
  { table, from, stageCount }: Extract<RunLogRecord, { type: "table" }> & { stageCount: number },
): void {
  const known = tellings.get(table.title);
  if (known?.stageCount === stageCount) known.tables.set(from, table);
  else tellings.set(table.title, { stageCount, tables: new Map([[from, table]]) });
}
