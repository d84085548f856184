/** What a load command hands over to be conducted. @module */

import type { Run } from "./run.ts";

/** What a command wants done; all of it known before the first operation. */
export interface LoadPlan {
  /** What the load goes to, for people. */
  readonly target: string;
  /** The load model, for people. */
  readonly model: string;
  /** Offered load of an open model; null for a closed one. */
  readonly targetRatePerSec: number | null;
  /** Thresholds that hold unless the user gives one about the same metric. */
  readonly defaultThresholds: readonly string[];
  /** What each arrival begins with; the live line shows its rate and times. */
  readonly mainOperation: string;
  /**
   * Gets ready, calls `run.begin()`, works until done or until `run.stopping`, and leaves nothing
   * running. What it throws before the beginning means that the run could not take place.
   */
  readonly instrument: (run: Run, say: (line: string) => void) => Promise<void>;
}
