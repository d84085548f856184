/** Runs with a clock of the test's, and what they wrote down. @module */

import { createRng } from "../../core/load/rng.ts";
import { Totals } from "../../core/measure/totals.ts";
import { Run, type RunOptions } from "../../core/run/run.ts";
import type { RunLogRecord } from "../../core/run_log/record.ts";
import { FakeClock } from "../support/fake_clock.ts";

export interface TestRun {
  readonly clock: FakeClock;
  readonly run: Run;
  readonly records: RunLogRecord[];
  readonly lines: string[];
  readonly say: (line: string) => void;
  /** All that was measured so far. */
  totals(): Totals;
}

export function testRun(
  { share, isOnGroundwork = false }: Pick<RunOptions, "share" | "isOnGroundwork"> = {},
): TestRun {
  const clock = new FakeClock(5_000);
  const records: RunLogRecord[] = [];
  const lines: string[] = [];
  const run = new Run({
    id: "test",
    clock,
    rng: createRng(1),
    share,
    isOnGroundwork,
    say: (line) => lines.push(line),
    log: (...added) => records.push(...added),
  });
  return {
    clock,
    run,
    records,
    lines,
    say: (line) => lines.push(line),
    totals: () => {
      run.rotate();
      return run.live;
    },
  };
}

/** The values of these counters; undefined for what was never counted. */
export function counters(
  totals: Totals,
  names: readonly string[],
): Record<string, number | undefined> {
  return Object.fromEntries(names.map((name) => [name, totals.counter(name)]));
}

/** Codes of the warnings. */
export function warnings(records: readonly RunLogRecord[]): string[] {
  return records.flatMap((record) => record.type === "warning" ? [record.warning.code] : []);
}
