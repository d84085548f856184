/**
 * One execution: its identity, its clock and chance, what it records, how it stops and what it must
 * undo. Never prints; never decides when an operation is due.
 * @module
 */

import { given } from "../given.ts";
import type { Say } from "../say.ts";
import type { Finding } from "../judge/finding.ts";
import type { Clock } from "../load/clock.ts";
import type { Rng } from "../load/rng.ts";
import { type Share, WHOLE } from "../load/share.ts";
import { Tempo } from "../load/tempo.ts";
import { INTERVAL_MS } from "../measure/interval.ts";
import { LoopLog } from "../measure/loop_log.ts";
import { Recorder, type Stretch, stretchOf } from "../measure/recorder.ts";
import { loadStages, type PlannedStage, type Stage } from "../measure/stage.ts";
import { Totals } from "../measure/totals.ts";
import type { CounterSeries } from "./measures.ts";
import type { MeasuredPart } from "../report/prometheus.ts";
import type { StageReport } from "../report/report.ts";
import type { EndReason, RunLogRecord } from "../run_log/record.ts";
import { Latest } from "./latest.ts";
import { betweenStages, Pauses } from "./pauses.ts";
import { type NotUndone, type Undo, type UndoOptions, UndoStack } from "./undo_stack.ts";

/** The rungs of a ladder that somebody else leads up. */
export interface LedRungs {
  /**
   * The next one, once it is known; undefined: there is none, or the run is stopped.
   * @param climbing how all of them are climbed
   */
  next(
    climbing: { readonly isRate: boolean; readonly mayEndEarly: boolean },
  ): Promise<{ readonly level: number; readonly name: string } | undefined>;
  /** Nothing of its load is under way any more. */
  done(): void;
}

export interface RunOptions {
  readonly id: string;
  readonly clock: Clock;
  readonly rng: Rng;
  /** @default {WHOLE} */
  readonly share?: Share | undefined;
  /**
   * Those that begin with the run; none: nothing is judged until a stage is begun.
   * @default {loadStages(0)}
   */
  readonly stages?: readonly PlannedStage[];
  /** Where it leaves what it measures; absent: nowhere. */
  readonly directory?: string | undefined;
  /** Where it is noted how late the event loop of this thread is; shared if others are to see it. */
  readonly loop?: LoopLog | undefined;
  /**
   * Of threads of this program that stand in for the target: lag of theirs is lag of our own too.
   * @default {[]}
   */
  readonly standIns?: readonly LoopLog[] | undefined;
  /** Told that a stage is over, it says what that came to; absent: nobody keeps account of stages. */
  readonly onStageOver?: (index: number) => StageReport;
  /** What warnings are said with; absent: they are only logged. */
  readonly say?: Say;
  /**
   * In a thread: told that its load is ready. It begins with the program's run, which tells it so.
   * Absent: it begins when its load asks for it.
   */
  readonly onReady?: () => void;
  /**
   * With several generators: told that the load, or that of a stage, is ready to begin, it resolves when
   * it is to. Absent: at once.
   */
  readonly untilDue?: (() => Promise<void>) | undefined;
  /** Absent: a ladder is climbed as what comes out of it says. */
  readonly rungs?: LedRungs;
  /** Generators measure for it, too. @default {false} */
  readonly hasGenerators?: boolean;
  /** See {@link Run.isOnGroundwork}. @default {false} */
  readonly isOnGroundwork?: boolean;
  /** Where records go as they come: the run log. */
  readonly log: (...records: readonly RunLogRecord[]) => void;
}

/** See the module. One process may hold several runs; they share nothing. */
export class Run {
  readonly id: string;
  readonly clock: Clock;
  readonly rng: Rng;
  /** Which part of the load it puts on. */
  readonly share: Share;
  /** How fast all loads of it go. */
  readonly tempo: Tempo;
  readonly recorder: Recorder;
  /** Where files of a run belong; undefined: nowhere. */
  readonly directory: string | undefined;
  /**
   * What all generators of the load share on the target is there: their coordinator has made it, and
   * removes it and all that they make. Whoever puts the load on makes and removes none of it.
   */
  readonly isOnGroundwork: boolean;
  /** Undefined: it climbs its ladder itself. */
  readonly rungs: LedRungs | undefined;
  /** How late the event loop of this thread is. */
  readonly loop: LoopLog;
  readonly standIns: readonly LoopLog[];
  /** The calendar less the clock. */
  readonly wallOffsetMs: number;
  /** Clock time of the start, offset 0 of every interval and mark: when made, and from `begin` on that. */
  #startMs: number;
  /** By how much the program's run began before. */
  #laterMs = 0;
  /** Those that have begun, or are about to. */
  readonly #stages: PlannedStage[];
  /** Its load has stages of its own, and nothing outside of them is judged. */
  readonly isStaged: boolean;
  /** All that was measured so far in stages that are judged, for progress and live metrics. */
  readonly live = new Totals();
  /** The same of each stage that has begun, by its number, where there are several. */
  readonly #liveStages = new Map<number, Totals>();
  /** What was measured last, for who watches. */
  readonly latest: Latest;
  /** How far what it does now has come, for progress, if its load tells; null: it does not. */
  progressText: (() => string) | null = null;
  readonly #log: RunOptions["log"];
  readonly #say: Say;
  readonly #onReady: RunOptions["onReady"];
  readonly #untilDue: RunOptions["untilDue"];
  /** See {@link RunOptions.hasGenerators}. */
  readonly hasGenerators: boolean;
  readonly #onStageOver: RunOptions["onStageOver"];
  readonly #stopping = new AbortController();
  readonly #aborted = new AbortController();
  readonly #cut = new AbortController();
  readonly #undos = new UndoStack();
  readonly #begun = Promise.withResolvers<void>();
  #beginning: Promise<void> | undefined;
  #hasBegun = false;
  #arrivalsAreOver = false;
  #endReason: EndReason | undefined;
  #endMs: number | undefined;
  readonly #onStretch = new Set<(stretch: Stretch) => void>();
  readonly #pauses = new Pauses();
  /** What the load can count: 0 is an answer. */
  readonly #declared: CounterSeries[] = [];
  readonly #warned = new Set<string>();
  /** By stage: how many of the declared counters have a value in it. */
  readonly #settledCounters = new Map<number | undefined, number>();

  constructor(options: RunOptions) {
    this.id = options.id;
    this.clock = options.clock;
    this.rng = options.rng;
    this.share = options.share ?? WHOLE;
    this.tempo = new Tempo(options.clock);
    const { stages = loadStages(0) } = options;
    this.#stages = [...stages];
    this.isStaged = stages.length === 0;
    this.directory = options.directory;
    this.#startMs = options.clock.now();
    this.loop = options.loop ?? new LoopLog();
    this.standIns = options.standIns ?? [];
    this.wallOffsetMs = this.clock.wallNow().getTime() - this.#startMs;
    this.recorder = new Recorder({
      startMs: this.#startMs,
      stages,
      ownLag: (fromMs, toMs) => this.ownLagMs(fromMs, toMs),
    });
    this.#log = options.log;
    this.#say = options.say ?? (() => {});
    this.#onReady = options.onReady;
    this.#untilDue = options.untilDue;
    this.hasGenerators = options.hasGenerators ?? false;
    this.latest = new Latest({ hasGenerators: this.hasGenerators });
    this.rungs = options.rungs;
    this.isOnGroundwork = options.isOnGroundwork ?? false;
    this.#onStageOver = options.onStageOver;
  }

  /**
   * How long at most, of a stretch of clock time, event loops of our own were away: what was waited for
   * in it may have been there by so much earlier.
   */
  ownLagMs(fromMs: number, toMs: number): number {
    const lagMs = this.loop.awayMs(fromMs, toMs) + this.standInLagMs(fromMs, toMs);
    return Math.min(lagMs, toMs - fromMs);
  }

  /** As {@link ownLagMs}, of the stand-ins alone. */
  standInLagMs(fromMs: number, toMs: number): number {
    let lagMs = 0;
    for (const standIn of this.standIns) {
      const shiftMs = this.wallOffsetMs - standIn.wallOffsetMs;
      lagMs += standIn.awayMs(fromMs + shiftMs, toMs + shiftMs);
    }
    return lagMs;
  }

  /** Fires when no new operation may start: duration over, amount reached or first signal. */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  /** Fires when what is in flight must be cut off: grace over or second signal. */
  get aborted(): AbortSignal {
    return this.#aborted.signal;
  }

  /** Why and when it stopped, once it did; the first reason counts. */
  get end(): { reason: EndReason; atMs: number } | undefined {
    if (this.#endReason === undefined || this.#endMs === undefined) return undefined;
    return { reason: this.#endReason, atMs: this.#endMs };
  }

  /** A load of the whole run needs no other one. */
  get run(): Run {
    return this;
  }

  get startMs(): number {
    return this.#startMs;
  }

  /** ms since the start. */
  get elapsedMs(): number {
    return this.clock.now() - this.#startMs;
  }

  /** As {@link elapsedMs}, without pauses. */
  get runningMs(): number {
    const { running } = this.tempo;
    return running.now() - running.at(this.#startMs);
  }

  /**
   * Clock time of the next whole second of the program's run: intervals of all its threads end then,
   * or a second of all of them together would be longer than one.
   */
  get nextSecondMs(): number {
    const [zeroMs, nowMs] = [this.#startMs - this.#laterMs, this.clock.now()];
    const second = Math.floor((nowMs - zeroMs) / INTERVAL_MS) + 1;
    const nextMs = zeroMs + second * INTERVAL_MS;
    // Rounding may put it at this very moment, and who sleeps until then would not sleep at all.
    return nextMs > nowMs ? nextMs : zeroMs + (second + 1) * INTERVAL_MS;
  }

  /** Whether others measure for it, whose intervals come a moment after the end of a second. */
  get hasThreads(): boolean {
    return this.hasGenerators || this.#onStretch.size > 0;
  }

  /** Resolves once the load has begun. */
  get begun(): Promise<void> {
    return this.#begun.promise;
  }

  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /**
   * Everything is ready: time and readings count from now on, and there may be load. Only the first
   * call does anything. Resolves at the beginning, which is at once unless others begin with it; or
   * when the run is stopped, before it has begun.
   */
  begin(): Promise<void> {
    return this.#beginning ??= this.#onReady === undefined
      ? this.whenDue(() => this.beginNow())
      : this.#readyInThread(this.#onReady);
  }

  async #readyInThread(onReady: () => void): Promise<void> {
    onReady();
    const stopped = new Promise<void>((resolve) =>
      this.stopping.addEventListener("abort", () => resolve())
    );
    await Promise.race([this.begun, stopped]);
  }

  /** Does it at once, or when all generators are to; not at all if the run is stopped before that. */
  async whenDue(begin: () => void): Promise<void> {
    if (this.#untilDue !== undefined) {
      await this.#untilDue();
      if (this.stopping.aborted) return;
    }
    begin();
  }

  /**
   * Begins without waiting for others.
   * @param timeline in a thread, whose stages are those of the program's run
   * @param laterMs in a thread, how long before the program's run began
   * @param atMs clock time at which it began, where that is over
   */
  beginNow(timeline?: readonly Stretch[], laterMs = 0, atMs = this.clock.now()): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    this.#startMs = atMs;
    this.#laterMs = laterMs;
    this.recorder.begin(this.#startMs, timeline);
    for (const planned of this.#stages) this.#log({ type: "stage", ...planned });
    this.#begun.resolve();
  }

  /** Stages that have begun, or will at a time that is known. */
  get stages(): readonly PlannedStage[] {
    return this.#stages;
  }

  /** The stage at so many ms since the start, by default now; undefined between stages. */
  stageAt(offsetMs: number = this.elapsedMs): Stage | undefined {
    const { stage } = this.recorder.stretchAt(this.#startMs + offsetMs);
    return stage === undefined ? undefined : this.#stages[stage]?.stage;
  }

  /** How long the load goes on at the start before it is judged. */
  get warmUpMs(): number {
    const [first, second] = this.#stages;
    return first?.stage.kind === "preparing" && first.fromMs === 0 ? second?.fromMs ?? 0 : 0;
  }

  /** What was measured so far: by stage where the load has several, else in one. */
  get liveParts(): readonly MeasuredPart[] {
    const judged = this.#stages.filter(({ stage }) => stage.kind === "measured");
    if (!this.isStaged) return [{ totals: this.live }];
    return judged.map(({ index, stage }) => ({ stage: stage.name, totals: this.liveOf(index) }));
  }

  /** The last second alone. */
  get lastSecond(): Totals {
    return this.latest.second;
  }

  /** The last second stage by stage, in order of time; a stage that nothing was measured in is not there. */
  get lastParts(): readonly { readonly stage: Stage | undefined; readonly totals: Totals }[] {
    return this.latest.parts.map(({ stage, totals }) => ({
      stage: stage === undefined ? undefined : this.#stages[stage]?.stage,
      totals,
    }));
  }

  /** What was measured so far in a stage. */
  liveOf(stage: number): Totals {
    if (!this.isStaged) return this.live;
    return this.#liveStages.get(stage) ?? new Totals();
  }

  /** Plans what is due from then on as a stage. Only a {@link RunStage} does. */
  enter(stage: Stage, { fromMs, untilMs }: { fromMs: number; untilMs?: number }): void {
    const planned = { index: this.#stages.length, stage, fromMs };
    this.#stages.push(planned);
    this.#log({ type: "stage", ...planned, ...given({ untilMs }) });
    this.#enterStretch(stretchOf(planned));
    if (untilMs !== undefined) this.#enterStretch(betweenStages(untilMs));
  }

  /** What is due from then on belongs to no stage. */
  leave(fromMs: number): void {
    if (this.#pauses.isPaused) this.#pauses.leave();
    else this.#enterStretch(betweenStages(fromMs));
  }

  /** Whether there is a stage now, or goes on after the pause. */
  get isInStage(): boolean {
    const { stage } = this.#pauses.isPaused
      ? this.#pauses
      : this.recorder.stretchAt(this.clock.now());
    return stage !== undefined;
  }

  /** Nothing begins, and what is due belongs to no stage, until it is resumed. Once it has begun. */
  pause(): void {
    if (this.tempo.isPaused) return;
    const pause = this.#pauses.begin(this.elapsedMs, this.recorder.timeline);
    this.tempo.change({ isPaused: true });
    this.#putStretch(pause);
  }

  resume(): void {
    if (!this.tempo.isPaused) return;
    this.tempo.change({ isPaused: false });
    for (const stretch of this.#pauses.end(this.elapsedMs)) this.#putStretch(stretch);
  }

  /** Calls the listener with each stretch that is entered, until the returned function is called. */
  onStretch(listener: (stretch: Stretch) => void): () => void {
    this.#onStretch.add(listener);
    return () => this.#onStretch.delete(listener);
  }

  #enterStretch(stretch: Stretch): void {
    if (this.#pauses.isPaused) this.#pauses.plan(stretch);
    else this.#putStretch(stretch);
  }

  #putStretch(stretch: Stretch): void {
    this.recorder.enter(stretch);
    for (const listener of this.#onStretch) listener(stretch);
  }

  /**
   * Writes down that a stage is over.
   * @param over `isDone`: its work was, whatever time was left
   * @returns what it came to, if somebody keeps account of stages
   */
  closeStage(
    index: number,
    { atMs, isDone }: { atMs: number; isDone: boolean },
  ): StageReport | undefined {
    this.rotate();
    // It may have been too short for a whole second to begin in it.
    const { timeline } = this.recorder;
    const last = timeline.findLastIndex(({ stage }) => stage === index);
    const untilMs = Math.min(atMs, timeline[last + 1]?.fromMs ?? Infinity);
    if (last >= 0) this.#countAbsent(this.#startMs + (timeline[last]!.fromMs + untilMs) / 2);
    this.#flush();
    this.#log({ type: "stageOver", index, atMs, ...isDone ? { isDone: true as const } : {} });
    return this.#onStageOver?.(index);
  }

  get arrivalsAreOver(): boolean {
    return this.#arrivalsAreOver || this.stopping.aborted;
  }

  /** No operation of the schedule is due any more, while what has begun goes on, e.g. objects live. */
  endArrivals(): void {
    if (this.arrivalsAreOver) return;
    this.#arrivalsAreOver = true;
    this.note({ type: "arrivalsOver", atMs: this.elapsedMs });
  }

  /** Writes a record into the log as it is. */
  note(record: RunLogRecord): void {
    this.#log(record);
  }

  /** @param atMs when it has stopped, ms since the start, where that is known only later */
  stop(reason: EndReason, atMs = this.elapsedMs): void {
    if (this.#endReason !== undefined) return;
    this.#endReason = reason;
    this.#endMs = atMs;
    this.#stopping.abort();
  }

  abort(): void {
    this.#aborted.abort();
  }

  /** Fires when somebody has no patience any more: it aborts too. */
  get cut(): AbortSignal {
    return this.#cut.signal;
  }

  cutOff(): void {
    this.#cut.abort();
    this.abort();
  }

  /**
   * Registers what must be undone, before the thing is done. Undone last in, first out, once the
   * instrument has returned. `byHand` is the exact command line that does it, for the user to finish
   * with when it fails or is cut off.
   */
  defer(label: string, undo: Undo["undo"], { byHand }: Pick<Undo, "byHand"> = {}): void {
    this.#undos.push({ label, undo, byHand });
  }

  /** What is still to be undone, next one first. */
  get pendingUndos(): readonly Undo[] {
    return this.#undos.pending;
  }

  /** Undoes everything that can be; returns what is left. */
  undoAll(options: Omit<UndoOptions, "clock">): Promise<NotUndone[]> {
    return this.#undos.undoAll({ ...options, clock: this.clock });
  }

  /**
   * Attaches what a reader of the figures must know, and says it at once, as `line` if that is given;
   * what was said already is not said again.
   */
  warn(code: string, message: string, { line = `WARNING: ${message}` } = {}): void {
    const warned = `${code}: ${message}`;
    if (this.#warned.has(warned)) return;
    this.#warned.add(warned);
    this.#log({ type: "warning", warning: { code, message } });
    this.#say(line);
  }

  /** Adds the answer of a check of the command's own beside the thresholds. */
  addFinding(finding: Finding): void {
    this.#log({ type: "finding", finding });
  }

  /**
   * Counters that are 0 if nothing comes, which is an answer of every stage that is judged.
   */
  declare(counters: readonly CounterSeries[]): void {
    this.#declared.push(...counters);
  }

  /** Says of the target what is only known now, e.g. the version of what serves it. */
  addFact(name: string, value: string): void {
    this.#log({ type: "fact", name, value });
  }

  /** Marks this moment in the charts. */
  mark(label: string): void {
    this.#log({ type: "mark", mark: { atMs: this.elapsedMs, label } });
  }

  /**
   * Takes over what another thread's run logged.
   * @param laterMs by how much that run began after this one
   */
  absorb(given: readonly RunLogRecord[], laterMs = 0): void {
    // Which stages there are, and what is changed, is the business of the run, whoever knows of it.
    const records = given.filter(({ type }) => type !== "stage" && type !== "change")
      .map((record) => laterMs === 0 ? record : later(record, laterMs));
    for (const record of records) {
      if (record.type !== "interval") continue;
      const { interval } = record;
      if (interval.phase === "measured") this.live.add(interval);
      this.latest.add(interval);
      if (!this.isStaged || interval.stage === undefined) continue;
      let totals = this.#liveStages.get(interval.stage);
      if (totals === undefined) this.#liveStages.set(interval.stage, totals = new Totals());
      totals.add(interval);
    }
    this.#log(...records);
  }

  /**
   * Closes the current interval of the own recorder; the caller does so about once a second. What
   * ends after the stop is counted, but the time that it takes is not: rates are over the time in
   * which load was offered.
   */
  rotate(): void {
    this.latest.clear();
    // In the interval that begins now: by then it is known what has not come.
    this.#countAbsent(this.#flush());
  }

  /** Logs what was recorded since it was last. @returns the clock time that this is up to */
  #flush(): number {
    const endMs = this.#startMs + (this.#endMs ?? Infinity);
    const atMs = Math.min(this.clock.now(), endMs);
    const intervals = this.recorder.rotate(atMs);
    this.absorb(intervals.map((interval) => ({ type: "interval", interval })));
    return atMs;
  }

  /** Says 0 of what was declared and has not come so far in the stage of that clock time. */
  #countAbsent(atMs: number): void {
    const { phase, stage } = this.recorder.stretchAt(atMs);
    const settled = this.#settledCounters.get(stage) ?? 0;
    if (phase !== "measured" || settled === this.#declared.length) return;
    const seen = stage === undefined ? this.live : this.liveOf(stage);
    for (const { name, tags } of this.#declared.slice(settled)) {
      if (seen.counter(name, tags) !== undefined) continue;
      this.recorder.count(name, 0, { atMs, ...(tags === undefined ? {} : { tags }) });
    }
    this.#settledCounters.set(stage, this.#declared.length);
  }
}

/** The record of a run that began so much later, on this one's time. */
function later(record: RunLogRecord, byMs: number): RunLogRecord {
  if (record.type === "interval") {
    const { interval } = record;
    const [startMs, endMs] = [interval.startMs + byMs, interval.endMs + byMs];
    return { ...record, interval: { ...interval, startMs, endMs } };
  }
  if (record.type === "mark") {
    return { ...record, mark: { ...record.mark, atMs: record.mark.atMs + byMs } };
  }
  return "atMs" in record ? { ...record, atMs: record.atMs + byMs } : record;
}
