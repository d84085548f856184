/**
 * A named part of a run. Stages follow each other and never overlap; what is due between two of them
 * belongs to none.
 * @module
 */

import * as z from "zod";

export const Stage = z.object({
  name: z.string().describe("unique within a run, e.g. load, lambda=50, add routes"),
  kind: z.enum(["preparing", "measured"])
    .describe("preparing: recorded and never judged, as a warm-up is"),
  level: z.number().nullable().describe("its place on a ladder, in the ladder's unit; null: none"),
  targetRatePerSec: z.number().nullable()
    .describe("offered load of an open model; null: closed, or not known"),
});
export type Stage = z.infer<typeof Stage>;

/** A stage whose time is known. */
export interface PlannedStage {
  /** Its number in the order of beginnings, from 0. */
  readonly index: number;
  readonly stage: Stage;
  /** ms since the run's start. */
  readonly fromMs: number;
}

/** The stages of a run that has one load: a warm-up, if there is one, and the load. */
export function loadStages(
  warmUpMs: number,
  targetRatePerSec: number | null = null,
): PlannedStage[] {
  const common = { level: null, targetRatePerSec };
  const warmUp = { name: "warmup", kind: "preparing", ...common } as const;
  const load = { name: "load", kind: "measured", ...common } as const;
  return warmUpMs > 0
    ? [{ index: 0, stage: warmUp, fromMs: 0 }, { index: 1, stage: load, fromMs: warmUpMs }]
    : [{ index: 0, stage: load, fromMs: 0 }];
}
