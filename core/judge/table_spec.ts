/** Figures that are to be set side by side, as a command declares them. @module */

import * as z from "zod";

/** A table that a command wants of its run. */
export const TableSpec = z.object({
  title: z.string(),
  rows: z.discriminatedUnion("by", [
    z.object({
      by: z.literal("stage"),
      kind: z.literal("preparing").optional().describe(
        "those that are never judged; absent: those that are",
      ),
      isOptional: z.boolean().optional().describe(
        "left out where no column has anything but 0 in it",
      ),
    }),
    z.object({
      by: z.literal("tag"),
      tag: z.string(),
      isOnlyHere: z.boolean().optional().describe(
        "lists for people leave out the counters that the table has",
      ),
    }),
  ]),
  columns: z.array(z.object({
    title: z.string(),
    figure: z.string().describe("in a table by tag: of each value, unless it names the tag itself"),
    isOptional: z.boolean().optional().describe(
      "left out where no row has anything but 0 in it; no reason is given for what it lacks",
    ),
  })).describe("a table of which all are left out is left out itself"),
  in: z.string().optional().describe("stage that figures which name none are of; absent: all"),
});
export type TableSpec = z.infer<typeof TableSpec>;
