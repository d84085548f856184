/**
 * What a run did in its last second, as the live line and the live page show it: from the same totals
 * as the report.
 * @module
 */

import { US_PER_MS } from "../measure/recorder.ts";
import type { Totals } from "../measure/totals.ts";
import type { Run } from "./run.ts";

/** What of the last second is shown. Absent: there is none. */
export interface LastSecond {
  /** Of the main operation; null: what the load does now is something else. */
  readonly rate: { readonly perSec: number; readonly targetPerSec: number | null } | null;
  readonly inFlight: number | undefined;
  /** Response times of the main operation. */
  readonly times: { readonly p50Ms: number; readonly p99Ms: number } | undefined;
  readonly receivedBytesPerSec: number | undefined;
}

/** The load, as far as what is shown depends on it. */
export interface ShownLoad {
  /** The operation whose rate and times are shown. */
  readonly op: string;
  readonly targetRatePerSec: number | null;
}

export function lastSecondOf(run: Run, { op, targetRatePerSec }: ShownLoad): LastSecond {
  const second = run.lastSecond;
  const perSec = (amount: number) => amount * 1_000 / Math.max(1, second.durationMs);
  const { targetRatePerSec: targetPerSec } = (run.isStaged ? run.stageAt() : undefined) ??
    { targetRatePerSec };
  const response = second.operation(op)?.response;
  const at = (quantile: number) => response!.valueAt(quantile) / US_PER_MS;
  const bytes = second.counter("receivedBytes");
  return {
    rate: isAtOp(run, op) ? { perSec: perSec(finishedOf(second, op)), targetPerSec } : null,
    inFlight: second.gauge("inFlight")?.last,
    times: response === undefined || response.count === 0
      ? undefined
      : { p50Ms: at(0.5), p99Ms: at(0.99) },
    receivedBytesPerSec: bytes === undefined ? undefined : perSec(bytes),
  };
}

/** Whoever tells how far it is need not be at its main operation. */
function isAtOp(run: Run, op: string): boolean {
  return run.progressText === null || run.lastSecond.operation(op) !== undefined;
}

/** A watcher makes no operations: what it counts is a counter. */
function finishedOf(second: Totals, op: string): number {
  return second.operation(op)?.finished ?? second.counter(op) ?? 0;
}
