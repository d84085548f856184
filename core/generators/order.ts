/** What a coordinator asks of its generators, all of them alike. @module */

import * as z from "zod";
import { Change } from "../run_log/change.ts";
import { EndReason } from "../run_log/record.ts";

const What = z.discriminatedUnion("type", [
  z.object({ type: z.literal("begin"), atMs: z.number() })
    .describe("the load, or the load of a rung; by the coordinator's calendar, ms since 1970"),
  z.object({
    type: z.literal("rung"),
    level: z.number().nullable(),
    name: z.string().describe("of its stage"),
  }).describe("of a ladder: the next one, to get ready for; null: there is none"),
  z.object({ type: z.literal("change"), change: Change })
    .describe("amounts are those of the whole load"),
  z.object({ type: z.literal("stop"), reason: EndReason }),
  z.object({ type: z.literal("abort") }).describe("what is in flight is given up"),
]);
export type What = z.infer<typeof What>;

export const Order = z.object({
  order: z.number().int().positive().describe("1, 2, 3, ..."),
  what: What,
});
export type Order = z.infer<typeof Order>;
