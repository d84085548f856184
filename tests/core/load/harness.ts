/**
 * What the tests of the executor share: a run on a fake clock whose samples can be looked at.
 * @module
 */

import type { LoadContext, LoadModel } from "../../../core/load/executor.ts";
import { createRng } from "../../../core/load/rng.ts";
import type { Share } from "../../../core/load/share.ts";
import type { Iteration, Workload } from "../../../core/load/workload.ts";
import { Recorder } from "../../../core/measure/recorder.ts";
import type { Sample } from "../../../core/measure/sample.ts";
import { Totals } from "../../../core/measure/totals.ts";
import { FakeClock } from "../../support/fake_clock.ts";

/** A recorder that also keeps every sample, in order. */
export class SampleList extends Recorder {
  readonly samples: Sample[] = [];

  override record(sample: Sample): void {
    this.samples.push(sample);
    super.record(sample);
  }

  /** Number of samples by outcome; `failed` by reason. */
  outcomes(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { outcome } of this.samples) {
      const key = outcome.kind === "failed" ? `failed ${outcome.reason}` : outcome.kind;
      counts[key] = (counts[key] ?? 0) + 1;
    }
    return counts;
  }
}

/** A run that has not started: its context, and the handles to steer it. */
export interface TestRun {
  readonly clock: FakeClock;
  readonly recorder: SampleList;
  readonly stop: AbortController;
  readonly abort: AbortController;
  readonly context: LoadContext;
  /** Everything recorded so far, folded. */
  totals(): Totals;
}

export function testRun(
  { startMs = 0, seed = 1, share }: { startMs?: number; seed?: number; share?: Share } = {},
): TestRun {
  const clock = new FakeClock(startMs);
  const recorder = new SampleList({ startMs });
  const stop = new AbortController();
  const abort = new AbortController();
  const context = {
    clock,
    rng: createRng(seed),
    share,
    recorder,
    stopping: stop.signal,
    aborted: abort.signal,
  };
  return {
    clock,
    recorder,
    stop,
    abort,
    context,
    totals() {
      const totals = new Totals();
      for (const interval of recorder.rotate(clock.now())) totals.add(interval);
      return totals;
    },
  };
}

type OpenModel = Extract<LoadModel, { kind: "open" }>;

/** An open model that neither bounds nor skips anything unless told. */
export function open(arrivals: OpenModel["arrivals"], options: Partial<OpenModel> = {}): OpenModel {
  const defaults = { maxInFlight: 10_000, whenFull: "queue", catchUp: "burst" } as const;
  return { kind: "open", arrivals, ...defaults, ...options };
}

/** A workload of one timed call an iteration. */
export function calling(call: (iteration: Iteration) => Promise<unknown>): Workload {
  return {
    name: "calls",
    firstOp: "call",
    iterate: async (iteration) => {
      await iteration.timed(() => call(iteration), { op: "call" });
    },
  };
}

/** One that is done at once. */
export const instant: Workload = calling(() => Promise.resolve());

/** The samples of a run, a line each: op due sent done outcome. */
export function lines({ recorder }: TestRun): string[] {
  return recorder.samples.map(({ op, dueMs, sentMs, doneMs, outcome }) =>
    [op, dueMs, sentMs, doneMs, outcome.kind === "failed" ? outcome.reason : outcome.kind].join(" ")
  );
}
