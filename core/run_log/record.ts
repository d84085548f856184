/**
 * What a run writes down as it goes, one JSON object a line, flushed each second. Together with the
 * manifest it is all that a report needs.
 * @module
 */

import * as z from "zod";
import { Finding } from "../judge/finding.ts";
import { Interval } from "../measure/interval.ts";

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
 * SIGINT, SIGTERM, SIGHUP. `failed`: the command itself broke.
 */
export const EndReason = z.enum([
  "duration",
  "limit",
  "interrupted",
  "terminated",
  "hung-up",
  "failed",
]);
export type EndReason = z.infer<typeof EndReason>;

export const RunLogRecord = z.discriminatedUnion("type", [
  z.object({ type: z.literal("interval"), interval: Interval }),
  z.object({ type: z.literal("warning"), warning: Warning }),
  z.object({ type: z.literal("finding"), finding: Finding }),
  z.object({ type: z.literal("mark"), mark: Mark }),
  z.object({ type: z.literal("arrivalsOver"), atMs: z.number() }),
  z.object({ type: z.literal("end"), reason: EndReason, atMs: z.number() }),
]);
export type RunLogRecord = z.infer<typeof RunLogRecord>;
