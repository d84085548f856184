/**
 * The live line: what a run is doing right now, from the same totals as the report. A terminal gets
 * one line that is rewritten once a second; anything else one plain line every 10 s.
 * @module
 */

import type { Totals } from "../measure/totals.ts";
import { printable } from "../say.ts";
import { formatBytes, formatDuration, formatSignificant } from "../units.ts";
import type { Io } from "../command/command.ts";
import { type LastSecond, lastSecondOf, type ShownLoad } from "./last_second.ts";
import type { Run } from "./run.ts";

const HEARTBEAT_MS = 10_000;
/** No eye follows more; a tick a second is always shown. */
const REPAINT_MS = 100;

export interface ProgressOptions extends ShownLoad {
  /** Without warm-up; null: open end. */
  readonly durationMs: number | null;
  /** What else it shows of the last second; empty: nothing. */
  readonly liveText?: ((lastSecond: Totals) => string) | undefined;
  /** Which thresholds fail so far; empty: none. */
  readonly failingText?: () => string;
}

type ProgressIo = Pick<Io, "stderr" | "repaint" | "stderrIsTerminal" | "columns">;

/** Shows a run; the caller calls `tick` after each closed interval. */
export class Progress {
  #shownMs = 0;
  #isLineOpen = false;

  /** @param passedMs time that has passed for who reads along, ms */
  constructor(
    readonly run: Run,
    readonly io: ProgressIo,
    readonly options: ProgressOptions,
    readonly passedMs: () => number = () => run.elapsedMs,
  ) {}

  tick(): void {
    const nowMs = this.passedMs();
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
  const pausedMs = run.elapsedMs - run.runningMs;
  const wholeMs = (durationMs ?? Infinity) + run.warmUpMs + pausedMs;
  const whole = wholeMs === Infinity ? "" : ` of ${formatDuration(wholeMs)}`;
  const parts = [`${formatDuration(run.elapsedMs)}${whole}`];
  if (run.tempo.isPaused) parts.push(`paused ${formatDuration(run.tempo.pausedForMs)}`);
  const stage = run.stageAt();
  if (run.isStaged) parts.push(stage?.name ?? "between stages");
  else if (run.runningMs < run.warmUpMs) parts.push("warming up");
  if (run.progressText !== null) parts.push(run.progressText());
  const { rate, inFlight, times, receivedBytesPerSec } = lastSecondOf(run, options);
  if (rate !== null) parts.push(ratePart(options.op, rate));
  if (inFlight !== undefined) parts.push(`in flight ${inFlight}`);
  if (times !== undefined) {
    parts.push(`p50 ${formatDuration(times.p50Ms)} p99 ${formatDuration(times.p99Ms)}`);
  }
  if (receivedBytesPerSec !== undefined) parts.push(`${formatBytes(receivedBytesPerSec)}/s`);
  const more = options.liveText?.(run.lastSecond) ?? "";
  if (more !== "") parts.push(more);
  const failures = failuresPart(run.live);
  if (failures !== "") parts.push(failures);
  const failing = options.failingText?.() ?? "";
  if (failing !== "") parts.push(failing);
  return parts.join("  ");
}

function ratePart(op: string, { perSec, targetPerSec }: NonNullable<LastSecond["rate"]>): string {
  const target = targetPerSec === null ? "" : ` (target ${formatSignificant(targetPerSec)}/s)`;
  return `${op} ${formatSignificant(perSec)}/s${target}`;
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
