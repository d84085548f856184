/**
 * A table whose cells are no figures of a run: of many things, e.g. connections, with what is known
 * of each. As series they would be without bound, so the rows that matter most are told as they are,
 * again and again while the run goes on.
 * @module
 */

import * as z from "zod";
import { LIMIT_UNITS } from "../judge/limit.ts";

export const ToldTable = z.object({
  title: z.string(),
  rowTitle: z.string().describe("what the rows are named by"),
  order: z.string().describe("which rows come first, in words: the slowest answers"),
  columns: z.array(z.object({
    title: z.string(),
    meaning: z.string().describe("in words"),
    unit: z.enum([...LIMIT_UNITS, "text"]),
  })).describe("one without a value other than 0 in any row is left out"),
  rows: z.array(z.object({
    name: z.string(),
    rank: z.number().describe("the highest comes first"),
    cells: z.array(z.union([z.number(), z.string(), z.null()])),
  })),
  mostRows: z.number().int().describe("that are shown, of all that told of the table"),
  count: z.number().int().describe("of all the things that there are, with those without a row"),
});
export type ToldTable = z.infer<typeof ToldTable>;

/** What several have told of one table: the rows that matter most. Not of none. */
export function joinedTable(told: readonly ToldTable[]): ToldTable {
  const [first] = told as [ToldTable];
  const rows = told.flatMap(({ rows }) => rows).sort((one, other) => other.rank - one.rank);
  return {
    ...first,
    rows: rows.slice(0, first.mostRows),
    count: told.reduce((sum, { count }) => sum + count, 0),
  };
}
