/**
 * One execution: its identity, its clock and chance, what it records, how it stops and what it must
 * undo. Never prints; never decides when an operation is due.
 * @module
 */

import type { Finding } from "../judge/finding.ts";
import type { Clock } from "../load/clock.ts";
import type { Rng } from "../load/rng.ts";
import { LoopLog } from "../measure/loop_log.ts";
import { Recorder } from "../measure/recorder.ts";
import { Totals } from "../measure/totals.ts";
import type { CounterSeries } from "./measures.ts";
import type { EndReason, RunLogRecord } from "../run_log/record.ts";
import { type Leftover, type Undo, type UndoOptions, UndoStack } from "./undo_stack.ts";

export interface RunOptions {
  readonly id: string;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly warmUpMs: number;
  /** Where it leaves what it measures; absent: nowhere. */
  readonly directory?: string | undefined;
  /** Where it is noted how late the event loop of this thread is; shared if others are to see it. */
  readonly loop?: LoopLog | undefined;
  /**
   * Of threads of this program that stand in for the target: lag of theirs is lag of our own too.
   * @default {[]}
   */
  readonly standIns?: readonly LoopLog[] | undefined;
  /** Where records go as they come: the run log. */
  readonly log: (...records: readonly RunLogRecord[]) => void;
}

/** See the module. One process may hold several runs; they share nothing. */
export class Run {
  readonly id: string;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly recorder: Recorder;
  /** Where files of a run belong; undefined: nowhere. */
  readonly directory: string | undefined;
  /** How late the event loop of this thread is. */
  readonly loop: LoopLog;
  readonly standIns: readonly LoopLog[];
  /** The calendar less the clock. */
  readonly wallOffsetMs: number;
  /** Clock time of the start, offset 0 of every interval and mark: when made, and from `begin` on that. */
  #startMs: number;
  readonly warmUpMs: number;
  /** All that was measured so far after the warm-up, for progress and live metrics. */
  readonly live = new Totals();
  /** The last second alone, for progress. */
  lastSecond = new Totals();
  readonly #log: RunOptions["log"];
  readonly #stopping = new AbortController();
  readonly #aborted = new AbortController();
  readonly #cut = new AbortController();
  readonly #undos = new UndoStack();
  readonly #begun = Promise.withResolvers<void>();
  #hasBegun = false;
  #arrivalsAreOver = false;
  #endReason: EndReason | undefined;
  #endMs: number | undefined;
  /** Of what the load can count, that of which nothing has come so far. */
  #absentCounters: CounterSeries[] = [];

  constructor(options: RunOptions) {
    this.id = options.id;
    this.clock = options.clock;
    this.rng = options.rng;
    this.warmUpMs = options.warmUpMs;
    this.directory = options.directory;
    this.#startMs = options.clock.now();
    this.loop = options.loop ?? new LoopLog();
    this.standIns = options.standIns ?? [];
    this.wallOffsetMs = this.clock.wallNow().getTime() - this.#startMs;
    this.recorder = new Recorder({
      startMs: this.#startMs,
      warmUpMs: options.warmUpMs,
      ownLag: (fromMs, toMs) => this.ownLagMs(fromMs, toMs),
    });
    this.#log = options.log;
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

  get startMs(): number {
    return this.#startMs;
  }

  /** ms since the start. */
  get elapsedMs(): number {
    return this.clock.now() - this.#startMs;
  }

  /** Resolves once the load has begun. */
  get begun(): Promise<void> {
    return this.#begun.promise;
  }

  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** Everything is ready: time and readings count from now on. Only the first call does anything. */
  begin(): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    this.#startMs = this.clock.now();
    this.recorder.begin(this.#startMs);
    this.#begun.resolve();
  }

  get arrivalsAreOver(): boolean {
    return this.#arrivalsAreOver || this.stopping.aborted;
  }

  /** No operation of the schedule is due any more, while what has begun goes on, e.g. objects live. */
  endArrivals(): void {
    if (this.arrivalsAreOver) return;
    this.#arrivalsAreOver = true;
    this.#log({ type: "arrivalsOver", atMs: this.elapsedMs });
  }

  stop(reason: EndReason): void {
    if (this.#endReason !== undefined) return;
    this.#endReason = reason;
    this.#endMs = this.elapsedMs;
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
  undoAll(options: Omit<UndoOptions, "clock">): Promise<Leftover[]> {
    return this.#undos.undoAll({ ...options, clock: this.clock });
  }

  /** Attaches what a reader of the figures must know. */
  warn(code: string, message: string): void {
    this.#log({ type: "warning", warning: { code, message } });
  }

  /** Adds the answer of a check of the command's own beside the thresholds. */
  addFinding(finding: Finding): void {
    this.#log({ type: "finding", finding });
  }

  /**
   * Counters that are 0 if nothing comes, which is an answer from now on, or from the end of the
   * warm-up.
   */
  declare(counters: readonly CounterSeries[]): void {
    this.#absentCounters.push(...counters);
  }

  /** Marks this moment in the charts. */
  mark(label: string): void {
    this.#log({ type: "mark", mark: { atMs: this.elapsedMs, label } });
  }

  /** Takes over what another thread's run logged. */
  absorb(records: readonly RunLogRecord[]): void {
    for (const record of records) {
      if (record.type !== "interval") continue;
      if (record.interval.phase === "measured") this.live.add(record.interval);
      this.lastSecond.add(record.interval);
    }
    this.#log(...records);
  }

  /**
   * Closes the current interval of the own recorder; the caller does so about once a second. What
   * ends after the stop is counted, but the time that it takes is not: rates are over the time in
   * which load was offered.
   */
  rotate(): void {
    this.lastSecond = new Totals();
    const endMs = this.#startMs + (this.#endMs ?? Infinity);
    const atMs = Math.min(this.clock.now(), endMs);
    const intervals = this.recorder.rotate(atMs);
    this.absorb(intervals.map((interval) => ({ type: "interval", interval })));
    if (atMs - this.#startMs >= this.warmUpMs) this.#countAbsent(atMs);
  }

  /** In the interval that begins now: by then it is known what has not come. */
  #countAbsent(atMs: number): void {
    for (const { name, tags } of this.#absentCounters) {
      if (this.live.counter(name, tags) !== undefined) continue;
      this.recorder.count(name, 0, { atMs, ...(tags === undefined ? {} : { tags }) });
    }
    this.#absentCounters = [];
  }
}
