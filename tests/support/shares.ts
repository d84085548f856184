/**
 * Several generators in one process: each puts its share of a plan's load on, all at once on a clock
 * that only the test moves, and what each did can be looked at.
 * @module
 */

import assert from "node:assert/strict";
import { createRng } from "../../core/load/rng.ts";
import { hasOthers, type Share, WHOLE } from "../../core/load/share.ts";
import type { Interval } from "../../core/measure/interval.ts";
import type { Sample } from "../../core/measure/sample.ts";
import { loadStages, type PlannedStage } from "../../core/measure/stage.ts";
import { Totals } from "../../core/measure/totals.ts";
import { isStaged, type RunPlan } from "../../core/run/run_plan.ts";
import { Run } from "../../core/run/run.ts";
import type { RunLogRecord } from "../../core/run_log/record.ts";
import type { FakeClock } from "./fake_clock.ts";

/** How many generators the tests divide a load among; one of them is the whole. */
export const NUMBERS_OF_GENERATORS = [1, 2, 3, 5];

const SECOND_MS = 1_000;
const SEED = 7;

/** A sample without what only the clock of the whole test knows. */
export interface ShareSample extends Sample {
  /** Since the beginning of its load. */
  readonly dueOffsetMs: number;
}

/** What one generator did. */
export interface Generated {
  readonly share: Share;
  readonly run: Run;
  readonly samples: readonly ShareSample[];
  readonly records: readonly RunLogRecord[];
  /** What it would have undone. */
  readonly undos: readonly string[];
}

export interface GenerateOptions {
  readonly clock: FakeClock;
  /** What each of so many is given to do. */
  readonly planOf: (share: Share) => RunPlan;
  /** How long the load goes on once it has begun; absent: until it is done. */
  readonly durationMs?: number;
  readonly seed?: number;
}

/**
 * So many generators, from the start of each to its end; several on the groundwork that their
 * coordinator has laid.
 */
export async function generate(of: number, options: GenerateOptions): Promise<Generated[]> {
  const { clock, planOf, seed = SEED } = options;
  if (of > 1) {
    const led = new Run({ id: "r1", clock, rng: createRng(seed), log: () => {} });
    await whileTimePasses(clock, planOf(WHOLE).groundwork?.(led, () => {}));
  }
  const generators = Array.from({ length: of }, (_, index) => generator({ index, of }, options));
  return await whileTimePasses(clock, Promise.all(generators));
}

async function whileTimePasses<T>(clock: FakeClock, waited: T | Promise<T>): Promise<T> {
  let isOver = false;
  const result = Promise.resolve(waited);
  void result.catch(() => {}).finally(() => isOver = true);
  while (!isOver) await clock.advance(SECOND_MS);
  return await result;
}

async function generator(share: Share, options: GenerateOptions): Promise<Generated> {
  const { clock, planOf, durationMs = Infinity, seed = SEED } = options;
  const plan = planOf(share);
  assert.ok(plan.isDivisible, "the plan cannot be divided");
  const records: RunLogRecord[] = [];
  const stages: PlannedStage[] = isStaged(plan) ? [] : loadStages(0, plan.targetRatePerSec);
  const run = new Run({
    id: "r1",
    clock,
    rng: createRng(seed),
    share,
    isOnGroundwork: hasOthers(share),
    stages,
    log: (...more) => records.push(...more),
  });
  const samples = samplesOf(run);
  const over = new AbortController();
  void run.begun.then(() => tick(run, { durationMs, over: over.signal }));
  try {
    await plan.instrument(run, () => {});
  } finally {
    over.abort();
    run.stop("limit");
  }
  run.rotate();
  return {
    share,
    run,
    samples: samples.map((sample) => ({ ...sample, dueOffsetMs: sample.dueMs - run.startMs })),
    records,
    undos: run.pendingUndos.map(({ label }) => label),
  };
}

/** An interval ends each second, and the load when its time is over. */
async function tick(
  run: Run,
  { durationMs, over }: { durationMs: number; over: AbortSignal },
): Promise<void> {
  const endMs = run.startMs + durationMs;
  while (!over.aborted && !run.stopping.aborted) {
    await run.clock.sleepUntil(Math.min(endMs, run.nextSecondMs), over);
    if (over.aborted) return;
    run.rotate();
    if (run.clock.now() >= endMs) run.stop("duration");
  }
}

/** Fills as the run goes on. */
function samplesOf({ recorder }: Run): Sample[] {
  const samples: Sample[] = [];
  const record = recorder.record.bind(recorder);
  recorder.record = (sample) => {
    samples.push(sample);
    record(sample);
  };
  return samples;
}

/** `create 1500`, ...: each operation with when it was due, of all generators, in order. */
export function schedule(generated: readonly Generated[]): string[] {
  return generated.flatMap(({ samples }) => samples)
    .map(({ op, dueOffsetMs }) => `${op} ${dueOffsetMs.toFixed(3)}`)
    .sort();
}

export function intervalsOf({ records }: Generated): Interval[] {
  return records.flatMap((record) => record.type === "interval" ? [record.interval] : []);
}

/** All that the generators measured, their parts of levels added up. */
export function totalsOf(generated: readonly Generated[]): Totals {
  const totals = new Totals();
  for (const one of generated) for (const interval of intervalsOf(one)) totals.add(interval);
  return totals;
}
