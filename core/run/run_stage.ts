/**
 * One stage of a run as its load sees it: when it is judged, when it ends, and what is said of it.
 * Never decides which stages there are.
 * @module
 */

import { given } from "../given.ts";
import type { Disqualified } from "../judge/disqualified.ts";
import type { Finding } from "../judge/finding.ts";
import type { Rng } from "../load/rng.ts";
import type { Stage } from "../measure/stage.ts";
import type { Totals } from "../measure/totals.ts";
import type { RunLogRecord } from "../run_log/record.ts";
import type { StageReport } from "../report/report.ts";
import type { Run } from "./run.ts";
import { Unanswered } from "./unanswered.ts";

/** How long operations in flight may take to end after a load was stopped. */
export const GRACE_MS = 5_000;

/** A stage before it begins. */
export interface StageSpec extends Stage {
  /** How long it is judged; absent: until its work is done. */
  readonly durationMs?: number;
  /** How long the load goes on before that. @default {0} */
  readonly settleMs?: number;
  /** Whether it is whole when its work is done, though its time is not over. @default {false} */
  readonly mayEndEarly?: boolean;
}

/** Where a load is put on: a whole run, or one stage of it. All else it asks of its `run`. */
export type LoadScope = Pick<
  Run,
  | "run"
  | "clock"
  | "rng"
  | "share"
  | "tempo"
  | "recorder"
  | "ownLagMs"
  | "startMs"
  | "elapsedMs"
  | "begin"
  | "begun"
  | "hasBegun"
  | "live"
  | "stop"
  | "stopping"
  | "aborted"
  | "end"
  | "arrivalsAreOver"
  | "endArrivals"
  | "addFinding"
>;

/**
 * One stage: `work` gets ready, calls `begin()` on it, puts its load on until done or until
 * `stopping`, and leaves nothing running. With `durationMs`, `stopping` fires by itself; with
 * `settleMs`, the load goes on for so long before it is judged, as a stage of its own.
 * @returns what it came to; undefined if the run was stopped before it began
 * @throws what `work` throws, once the stage is over
 */
export async function runStage(
  run: Run,
  spec: StageSpec,
  work: (stage: RunStage) => Promise<void>,
): Promise<StageReport | undefined> {
  if (run.stopping.aborted) return undefined;
  const stage = new RunStage(run, spec);
  let report: StageReport | undefined;
  try {
    await work(stage);
  } finally {
    report = await stage.close();
  }
  return report;
}

/** See the module. Made by {@link runStage}, which closes it. */
export class RunStage implements LoadScope {
  readonly clock: Run["clock"];
  readonly share: Run["share"];
  readonly tempo: Run["tempo"];
  readonly recorder: Run["recorder"];
  /** Its own chance, which no stage before it has used up. */
  readonly rng: Rng;
  readonly #spec: StageSpec;
  readonly #stopping = new AbortController();
  readonly #aborted = new AbortController();
  readonly #ended = new AbortController();
  readonly #begun = Promise.withResolvers<void>();
  readonly #unanswered = new Unanswered();
  readonly #tasks: Promise<void>[] = [];
  #beginning: Promise<void> | undefined;
  /** `runningMs`: by the running time of its run. */
  #begin:
    | { readonly startMs: number; readonly runningMs: number; readonly index: number }
    | undefined;
  #end: Run["end"];
  #arrivalsAreOver = false;

  constructor(readonly run: Run, spec: StageSpec) {
    this.#spec = spec;
    this.clock = run.clock;
    this.share = run.share;
    this.tempo = run.tempo;
    this.recorder = run.recorder;
    this.rng = run.rng.fork(`stage ${spec.name}`);
    const signal = this.#ended.signal;
    const onStop = () => this.stop(run.end?.reason ?? "limit");
    run.stopping.addEventListener("abort", onStop, { signal });
    run.aborted.addEventListener("abort", () => this.#aborted.abort(), { signal });
    this.#tasks.push(this.#abortAfterGrace(signal));
    run.recorder.prepare();
  }

  get name(): string {
    return this.#spec.name;
  }

  /** Its number. @throws {Error} before it has begun */
  get index(): number {
    if (this.#begin === undefined) throw new Error(`The stage ${this.#spec.name} has not begun`);
    return this.#begin.index;
  }

  /** Clock time of its beginning; until then that of the run. */
  get startMs(): number {
    return this.#begin?.startMs ?? this.run.startMs;
  }

  get elapsedMs(): number {
    return this.clock.now() - this.startMs;
  }

  get begun(): Promise<void> {
    return this.#begun.promise;
  }

  get hasBegun(): boolean {
    return this.#begin !== undefined;
  }

  /** What was measured in it so far. */
  get live(): Totals {
    return this.run.liveOf(this.index);
  }

  /** Fires when nothing new may start in it. */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  /** Fires when what is in flight must be cut off. */
  get aborted(): AbortSignal {
    return this.#aborted.signal;
  }

  /** Why it stopped, and when: ms since the stage's beginning. */
  get end(): Run["end"] {
    return this.#end;
  }

  get arrivalsAreOver(): boolean {
    return this.#arrivalsAreOver || this.stopping.aborted;
  }

  ownLagMs(fromMs: number, toMs: number): number {
    return this.run.ownLagMs(fromMs, toMs);
  }

  /**
   * Everything is ready: the stage counts from now on. Only the first call does anything. Resolves as
   * that of the run does.
   */
  begin(): Promise<void> {
    return this.#beginning ??= this.run.whenDue(() => this.#beginNow());
  }

  #beginNow(): void {
    if (this.stopping.aborted) return;
    const { run } = this;
    run.beginNow();
    const { settleMs = 0, durationMs = Infinity, name, kind, level, targetRatePerSec } = this.#spec;
    // In a pause it begins with what is resumed.
    const startMs = this.clock.now() - run.tempo.pausedForMs;
    const runningMs = run.tempo.running.now();
    const fromMs = startMs - run.startMs;
    const stage = { name, kind, level, targetRatePerSec };
    if (settleMs > 0) {
      run.enter({ ...stage, name: `${name} settle`, kind: "preparing" }, { fromMs });
    }
    const judgedMs = fromMs + settleMs;
    this.#begin = { startMs, runningMs, index: run.stages.length };
    const untilMs = durationMs === Infinity ? undefined : judgedMs + durationMs;
    run.enter(stage, { fromMs: judgedMs, ...given({ untilMs }) });
    if (durationMs < Infinity) {
      const endMs = runningMs + settleMs + durationMs;
      const takeBack = run.tempo.running.callAt(endMs, () => this.stop("duration"));
      this.#ended.signal.addEventListener("abort", takeBack);
    }
    this.#begun.resolve();
  }

  stop(reason: NonNullable<Run["end"]>["reason"]): void {
    if (this.#end !== undefined) return;
    this.#end = { reason, atMs: this.elapsedMs };
    this.#stopping.abort();
  }

  endArrivals(): void {
    if (this.arrivalsAreOver) return;
    this.#arrivalsAreOver = true;
    this.#note({ type: "arrivalsOver", atMs: this.run.elapsedMs });
  }

  addFinding(finding: Finding): void {
    this.#note({ type: "finding", finding });
  }

  /** Until it is over, the live line says how far it has come. @param text asked about once a second */
  showProgress(text: () => string): void {
    this.run.progressText = text;
  }

  /**
   * Something stood in the way: nothing in it is an answer about the target. Its load goes on, until
   * whoever says so stops it.
   * @throws {Error} before it has begun
   */
  disqualify(by: Disqualified): void {
    this.run.note({ type: "disqualified", stage: this.index, by });
  }

  /** Its work is done: what was due is answered, or cut off. Only its maker calls this. */
  async close(): Promise<StageReport | undefined> {
    this.stop("limit");
    this.run.progressText = null;
    this.#ended.abort();
    await Promise.all(this.#tasks);
    if (this.#begin === undefined) return undefined;
    const { run, index } = this;
    const overMs = this.startMs - run.startMs + this.#end!.atMs;
    if (run.isInStage) run.leave(overMs);
    this.#unanswered.end(this);
    const { settleMs = 0, durationMs = Infinity, mayEndEarly = false } = this.#spec;
    const plannedMs = run.tempo.running.clockTimeOf(this.#begin.runningMs + settleMs + durationMs);
    return run.closeStage(index, {
      atMs: Math.min(overMs, plannedMs - run.startMs),
      isDone: mayEndEarly && this.#end?.reason === "limit" && run.end === undefined,
    });
  }

  #note(record: Extract<RunLogRecord, { type: "finding" | "arrivalsOver" }>): void {
    this.run.note(this.#begin === undefined ? record : { ...record, stage: this.index });
  }

  async #abortAfterGrace(ended: AbortSignal): Promise<void> {
    await this.clock.sleepUntil(Infinity, AbortSignal.any([ended, this.stopping]));
    if (this.hasBegun) await this.clock.sleepUntil(this.clock.now() + GRACE_MS, ended);
    if (ended.aborted) return;
    this.#unanswered.begin(this);
    this.#aborted.abort();
  }
}
