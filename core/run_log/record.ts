/**
 * What a run writes down as it goes, one JSON object a line, flushed each second. Together with the
 * manifest it is all that a report needs.
 * @module
 */

import * as z from "zod";
import { Disqualified } from "../judge/disqualified.ts";
import { Finding } from "../judge/finding.ts";
import { Interval } from "../measure/interval.ts";
import { Stage } from "../measure/stage.ts";
import { Change } from "./change.ts";
import { GeneratorEvent } from "./generator_event.ts";
import { ToldTable } from "./told_table.ts";

/** Something the reader of the figures must know; never counted as a failure. */
export const Warning = z.object({
  code: z.string().describe("stable, kebab-case"),
  message: z.string().describe("what, why it matters, what to do"),
});
export type Warning = z.infer<typeof Warning>;

/** A moment to show in the charts, e.g. a change of load. */
export const Mark = z.object({
  atMs: z.number().describe("since the run's start"),
  label: z.string(),
});
export type Mark = z.infer<typeof Mark>;

/**
 * Why the load ended. `limit`: the asked amount was reached. `interrupted`, `terminated`, `hung-up`:
 * SIGINT, SIGTERM, SIGHUP. `failed`: the command itself broke. `stopped`: somebody asked for it while
 * it ran. `threshold`: one failed, and the run was to end then.
 */
export const EndReason = z.enum([
  "duration",
  "limit",
  "interrupted",
  "terminated",
  "hung-up",
  "failed",
  "stopped",
  "threshold",
]);
export type EndReason = z.infer<typeof EndReason>;

/** Whether the load was over as was wanted, beforehand or while it went: nothing has cut it off. */
export function isOrderly(end: { readonly reason: EndReason } | undefined): boolean {
  return end !== undefined && ["duration", "limit", "stopped"].includes(end.reason);
}

const stageIndex = z.number().int().min(0).describe("of a stage, in the order of beginnings");

export const RunLogRecord = z.discriminatedUnion("type", [
  z.object({ type: z.literal("interval"), interval: Interval }),
  z.object({ type: z.literal("warning"), warning: Warning }),
  z.object({
    type: z.literal("finding"),
    finding: Finding,
    stage: stageIndex.optional().describe("absent: of the whole run"),
  }),
  z.object({ type: z.literal("mark"), mark: Mark }),
  z.object({
    type: z.literal("change"),
    atMs: z.number().describe("since the run's start, when it was in force"),
    change: Change,
    was: z.number().optional().describe("the rate or number before; absent: of no amount"),
    by: z.string().describe("who asked for it, e.g. ctl, key, page"),
  }),
  z.object({ type: z.literal("fact"), name: z.string(), value: z.string() })
    .describe("of the target, learned while getting ready; it is among the facts of the report"),
  z.object({
    type: z.literal("table"),
    table: ToldTable,
    from: z.string().describe("who tells: the last one that each has told of a title counts"),
  }),
  // Written when it begins, or, where it follows a time to settle, when that begins.
  z.object({
    type: z.literal("stage"),
    index: stageIndex,
    stage: Stage,
    fromMs: z.number(),
    untilMs: z.number().optional()
      .describe("when it is over at the latest; absent: not known beforehand"),
  }),
  // Absent for a stage that the next one, or the run's end, ends.
  z.object({
    type: z.literal("stageOver"),
    index: stageIndex,
    atMs: z.number(),
    isDone: z.literal(true).optional().describe("its work was done, whatever time was left"),
  }),
  z.object({
    type: z.literal("arrivalsOver"),
    atMs: z.number(),
    stage: stageIndex.optional().describe("absent: of the whole run"),
  }),
  z.object({ type: z.literal("disqualified"), stage: stageIndex, by: Disqualified })
    .describe("the stage says nothing of the target; the first one of a stage counts"),
  z.object({
    type: z.literal("generator"),
    generator: z.number().int().nonnegative(),
    event: GeneratorEvent,
  }),
  z.object({ type: z.literal("end"), reason: EndReason, atMs: z.number() }),
]);
export type RunLogRecord = z.infer<typeof RunLogRecord>;
