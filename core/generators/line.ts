/**
 * What a generator tells its coordinator: one JSON object a line, on the stdout of a process or in the
 * log of a pod, between lines that are for people.
 * @module
 */

import * as z from "zod";
import { ClockOffset } from "../run_log/generator_event.ts";
import { EndReason, RunLogRecord } from "../run_log/record.ts";

export { ClockOffset };

const Told = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("climbs"),
    isRate: z.boolean().describe("its levels are operations per second"),
    mayEndEarly: z.boolean().describe("a rung is whole when its work is done"),
  }).describe("it is at the foot of its ladder, and waits for the first rung"),
  z.object({ type: z.literal("ready"), clock: ClockOffset })
    .describe(
      "everything but the load, or the load of a rung, is done; it begins when it is told to",
    ),
  z.object({ type: z.literal("begun"), atMs: z.number() })
    .describe(
      "by the coordinator's calendar, ms since 1970; times of its records count from the first one",
    ),
  z.object({ type: z.literal("records"), records: z.array(RunLogRecord).readonly() }),
  z.object({ type: z.literal("rungDone"), order: z.number().int() })
    .describe("nothing of the load of that rung is under way any more"),
  z.object({ type: z.literal("said"), line: z.string() }),
  z.object({ type: z.literal("alive") }).describe("every few seconds, whatever else it tells"),
  z.object({
    type: z.literal("answer"),
    order: z.number().int(),
    error: z.string().optional().describe("why it cannot be; absent: it is in force"),
  }),
  z.object({
    type: z.literal("over"),
    end: z.object({ reason: EndReason, atMs: z.number() }).optional()
      .describe("why and when its load ended, ms since it began; absent: it never began"),
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
