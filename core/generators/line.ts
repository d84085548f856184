/**
 * What a generator tells its coordinator: one JSON object a line, on the stdout of a process or in the
 * log of a pod, between lines that are for people.
 * @module
 */

import * as z from "zod";
import { RunLogRecord } from "../run_log/record.ts";

/** How far the machine's calendar is behind the coordinator's: to be added to it. */
export const ClockOffset = z.object({
  offsetMs: z.number(),
  boundMs: z.number().nonnegative().describe("the truth is no further away than that"),
});
export type ClockOffset = z.infer<typeof ClockOffset>;

const Told = z.discriminatedUnion("type", [
  z.object({ type: z.literal("ready"), clock: ClockOffset })
    .describe("everything but the load is done; it begins when it is told to"),
  z.object({ type: z.literal("begun"), atMs: z.number() })
    .describe("by the coordinator's calendar, ms since 1970; times of its records count from then"),
  z.object({ type: z.literal("records"), records: z.array(RunLogRecord) }),
  z.object({ type: z.literal("rungDone"), order: z.number().int() }),
  z.object({ type: z.literal("said"), line: z.string() }),
  z.object({
    type: z.literal("answer"),
    order: z.number().int(),
    error: z.string().optional().describe("why it cannot be; absent: it is in force"),
  }),
  z.object({
    type: z.literal("over"),
    error: z.object({ name: z.string(), message: z.string() }).optional()
      .describe("what broke the load; absent: it ended as it was to"),
  }),
]);
export type Told = z.infer<typeof Told>;

/** A line: what is told, by whom and as the how many-th, so that none is counted twice or missed. */
export const GeneratorLine = z.object({
  scaletool: z.literal("generator").describe("tells it from what else is on stdout"),
  generator: z.number().int().nonnegative(),
  /** Another one of the same number takes its place. */
  life: z.string().describe("of this process alone"),
  seq: z.number().int().nonnegative().describe("0, 1, 2, ... in a life"),
  told: Told,
});
export type GeneratorLine = z.infer<typeof GeneratorLine>;
