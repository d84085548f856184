/** Interval data for judging, made the way a run makes it. @module */

import { loadStages } from "../../../core/measure/stage.ts";
import type { Finding, Verdict } from "../../../core/judge/finding.ts";
import { Judge } from "../../../core/judge/judge.ts";
import { parseThreshold } from "../../../core/judge/threshold.ts";
import type { Validity } from "../../../core/judge/validity.ts";
import type { Interval } from "../../../core/measure/interval.ts";
import { Recorder } from "../../../core/measure/recorder.ts";
import type { FailureReason, Outcome, Tags } from "../../../core/measure/sample.ts";
import { Totals } from "../../../core/measure/totals.ts";

export const VALID: Validity = { level: "valid", reasons: [] };

/** The intervals of a run of so many seconds, rotated each second; `fill` records one second. */
export function recordSeconds(
  seconds: number,
  fill: (recorder: Recorder, startMs: number) => void,
  options: { warmUpMs?: number; rotateAtMs?: (second: number) => number } = {},
): Interval[] {
  const recorder = new Recorder({ startMs: 0, stages: loadStages(options.warmUpMs ?? 0) });
  const intervals: Interval[] = [];
  for (let second = 0; second < seconds; second++) {
    fill(recorder, second * 1_000);
    intervals.push(...recorder.rotate(options.rotateAtMs?.(second) ?? (second + 1) * 1_000));
  }
  return intervals;
}

/** What happened to operations: how many, which, how long they took after how long a wait. */
export interface Done {
  readonly op?: string;
  readonly count?: number;
  readonly serviceMs?: number;
  readonly lagMs?: number;
  readonly tags?: Tags;
  readonly outcome?: Exclude<Outcome["kind"], "failed"> | FailureReason;
}

/** Records operations that were due at the given time. */
export function operations(recorder: Recorder, dueMs: number, done: Done): void {
  const { op = "request", count = 1, serviceMs = 10, lagMs = 0, tags, outcome = "ok" } = done;
  const isSent = outcome !== "dropped";
  const sentMs = isSent ? dueMs + lagMs : dueMs;
  const sample = {
    op,
    dueMs,
    sentMs,
    doneMs: isSent ? sentMs + serviceMs : dueMs,
    outcome: outcomeOf(outcome),
    ...(tags === undefined ? {} : { tags }),
  };
  for (let index = 0; index < count; index++) recorder.record(sample);
}

function outcomeOf(kind: NonNullable<Done["outcome"]>): Outcome {
  const done = (["ok", "dropped", "cancelled"] as const).find((one) => one === kind);
  return done === undefined ? { kind: "failed", reason: kind } : { kind: done };
}

/** The finding of one threshold over the intervals. */
export function judged(text: string, intervals: readonly Interval[], validity = VALID): Finding {
  const judge = new Judge([parseThreshold(text)]);
  for (const interval of intervals) judge.add(interval);
  const [finding] = judge.findings(validity);
  if (finding === undefined) throw new Error("one threshold gives one finding");
  return finding;
}

export function totalsOf(intervals: readonly Interval[]): Totals {
  const totals = new Totals();
  for (const interval of intervals) if (interval.phase === "measured") totals.add(interval);
  return totals;
}

/** One operation's life, a second at a time; a second with no entry has nothing. */
export function life(seconds: number, doneIn: (second: number) => Done | undefined): Interval[] {
  return recordSeconds(seconds, (recorder, atMs) => {
    const done = doneIn(atMs / 1_000);
    if (done !== undefined) operations(recorder, atMs, done);
  });
}

export function verdictOf(
  subject: string,
  intervals: readonly Interval[],
): [Verdict, string | null, string] {
  const { verdict, observed, reason } = judged(subject, intervals);
  return [verdict, observed, reason];
}
