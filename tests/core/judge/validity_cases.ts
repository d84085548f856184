/** Runs of ten seconds for judging the generator, and a check of what came out. @module */

import assert from "node:assert/strict";
import {
  assessValidity,
  type ExpectedLoad,
  type ValidityLevel,
} from "../../../core/judge/validity.ts";
import type { Recorder } from "../../../core/measure/recorder.ts";
import type { Totals } from "../../../core/measure/totals.ts";
import { type Done, operations, recordSeconds, totalsOf } from "./recorded.ts";

export const CLOSED: ExpectedLoad = { targetRatePerSec: null, cpuCount: 4 };

/** Ten seconds with a healthy event loop, and what a case adds in each. */
export function tenSeconds(add: (recorder: Recorder, atMs: number) => void): Totals {
  return totalsOf(recordSeconds(10, (recorder, atMs) => {
    recorder.observeMs("loopLag", 1, { atMs });
    add(recorder, atMs);
  }));
}

/** Ten seconds with so many operations of each kind in total, spread evenly. */
export function withOperations(...all: Done[]): Totals {
  return tenSeconds((recorder, atMs) => {
    for (const done of all) {
      const count = (done.count ?? 1) / 10;
      assert.ok(Number.isInteger(count), "tenths must be whole");
      operations(recorder, atMs, { ...done, count });
    }
  });
}

interface Case {
  readonly name: string;
  readonly totals: Totals;
  readonly expected?: ExpectedLoad;
  readonly level: ValidityLevel;
  readonly reasons: readonly string[];
}

export function checkValidity(cases: readonly Case[]): void {
  for (const { name, totals, expected = CLOSED, level, reasons } of cases) {
    assert.deepEqual(assessValidity(totals, expected), { level, reasons }, name);
  }
}
