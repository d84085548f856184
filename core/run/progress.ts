/**
 * The live line: what a run is doing right now, from the same totals as the report. A terminal gets
 * one line that is rewritten once a second; anything else one plain line every 10 s.
 * @module
 */

import { US_PER_MS } from "../measure/recorder.ts";
import type { Totals } from "../measure/totals.ts";
import { printable } from "../say.ts";
import { formatBytes, formatDuration, formatSignificant } from "../units.ts";
import type { Io } from "../command/command.ts";
import type { Run } from "./run.ts";

const HEARTBEAT_MS = 10_000;
/** No eye follows more; a tick a second is always shown. */
const REPAINT_MS = 100;

export interface ProgressOptions {
  /** The operation whose rate and times are shown. */
  readonly op: string;
  readonly targetRatePerSec: number | null;
  /** Without warm-up; null: open end. */
  readonly durationMs: number | null;
  /**
   * Time that has passed for who reads along, ms.
   * @default that of the run
   */
  readonly passedMs?: () => number;
  /** What else it shows of the last second; empty: nothing. */
  readonly liveText?: ((lastSecond: Totals) => string) | undefined;
}

type ProgressIo = Pick<Io, "stderr" | "repaint" | "stderrIsTerminal" | "columns">;

/** Shows a run; the caller calls `tick` after each closed interval. */
export class Progress {
  #shownMs = 0;
  #isLineOpen = false;

  constructor(readonly run: Run, readonly io: ProgressIo, readonly options: ProgressOptions) {}

  tick(): void {
    const nowMs = this.options.passedMs?.() ?? this.run.elapsedMs;
    const periodMs = this.io.stderrIsTerminal ? REPAINT_MS : HEARTBEAT_MS;
    if (nowMs - this.#shownMs < periodMs) return;
    this.#shownMs = nowMs;
    const line = progressLine(this.run, this.options);
    if (this.io.stderrIsTerminal) this.#rewrite(line.slice(0, this.io.columns - 1));
    else this.io.stderr(line + "\n");
  }

  /** Prints a line that stays, above the live one. */
  say(line: string): void {
    if (this.#isLineOpen) this.#rewrite("");
    this.io.stderr(printable(line) + "\n");
  }

  close(): void {
    if (this.#isLineOpen) this.#rewrite("");
    this.#isLineOpen = false;
  }

  #rewrite(line: string): void {
    this.io.repaint(line);
    this.#isLineOpen = line !== "";
  }
}

/** For example `12s  watch  40 of 50 backed up`, or `12s of 30s  request 104/s (target 100/s)  in flight 7  p50 1.2ms p99 9.8ms  3 failed: http-503 3`. */
export function progressLine(run: Run, options: ProgressOptions): string {
  const { durationMs } = options;
  const whole = durationMs === null ? "" : ` of ${formatDuration(durationMs + run.warmUpMs)}`;
  const parts = [`${formatDuration(run.elapsedMs)}${whole}`];
  const stage = run.stageAt();
  if (run.isStaged) parts.push(stage?.name ?? "between stages");
  else if (run.elapsedMs < run.warmUpMs) parts.push("warming up");
  const { targetRatePerSec } = (run.isStaged ? stage : undefined) ?? options;
  if (run.progressText !== null) parts.push(run.progressText());
  // Whoever tells how far it is need not be at its main operation.
  const isAtOp = run.progressText === null || run.lastSecond.operation(options.op) !== undefined;
  if (isAtOp) parts.push(ratePart(run.lastSecond, { ...options, targetRatePerSec }));
  const inFlight = run.lastSecond.gauge("inFlight");
  if (inFlight !== undefined) parts.push(`in flight ${inFlight.last}`);
  const times = run.lastSecond.operation(options.op)?.response;
  if (times !== undefined && times.count > 0) {
    const at = (quantile: number) => formatDuration(times.valueAt(quantile) / US_PER_MS);
    parts.push(`p50 ${at(0.5)} p99 ${at(0.99)}`);
  }
  const bytes = run.lastSecond.counter("receivedBytes");
  if (bytes !== undefined) {
    parts.push(`${formatBytes(bytes * 1_000 / Math.max(1, run.lastSecond.durationMs))}/s`);
  }
  const more = options.liveText?.(run.lastSecond) ?? "";
  if (more !== "") parts.push(more);
  const failures = failuresPart(run.live);
  if (failures !== "") parts.push(failures);
  return parts.join("  ");
}

function ratePart(second: Totals, { op, targetRatePerSec }: ProgressOptions): string {
  // A watcher makes no operations: what it counts is a counter.
  const finished = second.operation(op)?.finished ?? second.counter(op) ?? 0;
  const rate = formatSignificant(finished * 1_000 / Math.max(1, second.durationMs));
  const target = targetRatePerSec === null
    ? ""
    : ` (target ${formatSignificant(targetRatePerSec)}/s)`;
  return `${op} ${rate}/s${target}`;
}

function failuresPart(live: Totals): string {
  const byReason = new Map<string, number>();
  let total = 0;
  for (const operation of live.operations.values()) {
    for (const [reason, count] of Object.entries(operation.failed)) {
      byReason.set(reason, (byReason.get(reason) ?? 0) + count);
      total += count;
    }
  }
  if (total === 0) return "";
  return `${total} failed: ${[...byReason].map(([reason, n]) => `${reason} ${n}`).join(", ")}`;
}
