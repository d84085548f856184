/** All that the live page shows of a run at one moment. @module */

import type { Report, ReportSoFar } from "../../report/report.ts";
import type { StretchPoints } from "../../report/series.ts";
import type { LastSecond } from "../last_second.ts";
import type { RunStatus } from "../steering.ts";

export interface Moment {
  readonly status: RunStatus;
  /** What is measured by then; after the end what is written of it. */
  readonly report: ReportSoFar | Report;
  /** The charts over time; `stretchMs`: how long a stretch is. */
  readonly stretchMs: number;
  readonly stretches: ReadonlyMap<number, StretchPoints>;
  readonly lastSecond: LastSecond;
  /** How long the load is to take, with its warm-up, ms; null: open end. */
  readonly wholeMs: number | null;
  /** The stage now; null: its load has none. */
  readonly stage: string | null;
}
