/** What became of one of the generators of a run, as its log says it. @module */

import * as z from "zod";

/** How far the machine's calendar is behind the coordinator's: to be added to it. */
export const ClockOffset = z.object({
  offsetMs: z.number(),
  boundMs: z.number().nonnegative().describe("the truth is no further away than that"),
});
export type ClockOffset = z.infer<typeof ClockOffset>;

const atMs = z.number().describe("since the run's start");

export const GeneratorEvent = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("ready"), clock: ClockOffset }),
  z.object({
    kind: z.literal("begun"),
    lateMs: z.number().nonnegative().describe("after the instant at which all were to"),
  }),
  z.object({ kind: z.literal("lost"), atMs, why: z.string() })
    .describe("from then on its share of the load is not put on, or not seen"),
  z.object({ kind: z.literal("found"), atMs })
    .describe("it was there all the time, and its share of the load is whole"),
  z.object({
    kind: z.literal("missing"),
    fromMs: atMs,
    untilMs: atMs,
    why: z.string(),
  }).describe("what it measured in that time did not arrive"),
]);
export type GeneratorEvent = z.infer<typeof GeneratorEvent>;
