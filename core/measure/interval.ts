/**
 * What was measured in one stretch of time (about a second), complete enough to be merged, judged
 * and reported without anything else. It is the seam between measuring and judging: the run log
 * holds intervals, workers send them, and every summary is a fold over them.
 * @module
 */

import * as z from "zod";
import { namedValues } from "../named_values_schema.ts";
import { EncodedHistogram } from "./histogram.ts";

/** How long an interval is, about: readings and windows count in it. */
export const INTERVAL_MS = 1_000;

const TagsSchema = namedValues(z.string());
const count = z.number().int().nonnegative();
const times = EncodedHistogram.optional();

/** One operation's outcomes and times in the interval. Histograms are in microseconds. */
export const OperationInterval = z.object({
  op: z.string(),
  tags: TagsSchema.optional(),
  ok: count,
  failed: namedValues(count).describe("failures by reason"),
  dropped: count,
  cancelled: count,
  service: EncodedHistogram.optional().describe("done - sent of ok operations, us"),
  response: EncodedHistogram.optional().describe("done - due of ok operations, us"),
  lag: EncodedHistogram.optional().describe("sent - due of all that were sent, us"),
  withoutOwnLag: z.object({ service: times, response: times }).optional()
    .describe("the same times less what event loops of our own were away; absent: no difference"),
  ownLagFailures: namedValues(count).optional()
    .describe("of the failures by reason those that lag of our own can explain"),
});
export type OperationInterval = z.infer<typeof OperationInterval>;

/** Values that are no operations: a histogram of microseconds ("time") or bytes ("bytes"). */
export const DistributionInterval = z.object({
  name: z.string(),
  tags: TagsSchema.optional(),
  unit: z.enum(["time", "bytes"]),
  histogram: EncodedHistogram,
  withoutOwnLag: EncodedHistogram.optional()
    .describe("the same times less what event loops of our own were away; absent: no difference"),
});
export type DistributionInterval = z.infer<typeof DistributionInterval>;

/** An amount that only grows; `value` is the growth within the interval. */
export const CounterInterval = z.object({
  name: z.string(),
  tags: TagsSchema.optional(),
  value: z.number(),
});
export type CounterInterval = z.infer<typeof CounterInterval>;

/** A level: its readings within the interval. */
export const GaugeInterval = z.object({
  name: z.string(),
  tags: TagsSchema.optional(),
  last: z.number(),
  min: z.number(),
  max: z.number(),
  sum: z.number(),
  count,
  addsUp: z.literal(true).optional()
    .describe("the levels of several generators add up to that of the whole load"),
});
export type GaugeInterval = z.infer<typeof GaugeInterval>;

export const Interval = z.object({
  /** ms since the run's start. */
  startMs: z.number(),
  endMs: z.number(),
  /** `warmup`: what was due in it is not judged. Intervals never reach over the end of a stage. */
  phase: z.enum(["warmup", "measured"]),
  stage: z.number().int().optional()
    .describe("number of its stage in the order of their beginnings; absent: between stages"),
  lap: z.number().int().positive().optional()
    .describe("how many pauses of the run its stage has gone on after; absent: none"),
  generator: z.number().int().nonnegative().optional()
    .describe("number of the generator that measured it; absent: there is one"),
  operations: z.array(OperationInterval),
  distributions: z.array(DistributionInterval),
  counters: z.array(CounterInterval),
  gauges: z.array(GaugeInterval),
});
export type Interval = z.infer<typeof Interval>;

/** The number of its second since the run's start: intervals lie within whole seconds, about. */
export function secondOf({ startMs, endMs }: Pick<Interval, "startMs" | "endMs">): number {
  return Math.floor((startMs + endMs) / 2 / INTERVAL_MS);
}
