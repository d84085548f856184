/**
 * The one object that text, JSON, HTML, CSV, JUnit and Prometheus are made from.
 * @module
 */

import * as z from "zod";
import { ArrivalRate } from "../judge/arrival_rate.ts";
import { Cause } from "../judge/cause.ts";
import { StageClass } from "../judge/class.ts";
import { Disqualified } from "../judge/disqualified.ts";
import { Finding, Verdict } from "../judge/finding.ts";
import { LadderResult } from "../ladder/ladder_result.ts";
import { Validity } from "../judge/validity.ts";
import { Stage } from "../measure/stage.ts";
import { DistributionStats, Summary } from "../measure/summary.ts";
import { Manifest } from "../run_log/manifest.ts";
import { EndReason, Mark, Warning } from "../run_log/record.ts";
import { ToldChange } from "./changes.ts";
import { ClimbFindings } from "./climb_findings.ts";
import { FigureTable } from "./figure_table.ts";
import { GeneratorReport } from "./generator_report.ts";

/** Raised on every change that could break a reader of result.json. */
export const SCHEMA_VERSION = 1;

/** One point of a chart: what happened in [startMs, endMs) of the run. Rates per second, times in ms. */
export const OperationPoint = z.object({
  startMs: z.number(),
  endMs: z.number(),
  ok: z.number().int(),
  failed: z.number().int(),
  dropped: z.number().int(),
  ratePerSec: z.number().describe("ok + failed per second"),
  serviceP50Ms: z.number().nullable(),
  serviceP99Ms: z.number().nullable(),
  responseP50Ms: z.number().nullable(),
  responseP99Ms: z.number().nullable(),
  responseMaxMs: z.number().nullable(),
});
export type OperationPoint = z.infer<typeof OperationPoint>;

export const ValuePoint = z.object({ startMs: z.number(), endMs: z.number(), value: z.number() });
export type ValuePoint = z.infer<typeof ValuePoint>;

/** Everything over time, warm-up included; at most about 600 points a series. */
export const Series = z.object({
  operations: z.array(z.object({ op: z.string(), points: z.array(OperationPoint) })),
  counters: z.array(z.object({
    name: z.string(),
    points: z.array(ValuePoint).describe("growth per second"),
  })),
  gauges: z.array(z.object({ name: z.string(), points: z.array(ValuePoint).describe("mean") })),
});
export type Series = z.infer<typeof Series>;

/** One histogram's curve: value (ms) at ever higher percentiles, denser towards 100. */
export const PercentileCurve = z.object({
  name: z.string().describe("e.g. request response"),
  points: z.array(z.object({ percentile: z.number(), ms: z.number() })),
});
export type PercentileCurve = z.infer<typeof PercentileCurve>;

/** What one stage of a run came to. */
export const StageReport = Stage.extend({
  startMs: z.number().describe("since the run's start"),
  endMs: z.number(),
  pausedMs: z.number().default(0).describe("of the time from its start to its end"),
  changes: z.array(ToldChange).default([]).describe("what was changed in it while it went"),
  isDone: z.boolean().default(false).describe("its work was done, whatever time was left"),
  validity: Validity.describe("of the generator in this stage"),
  arrivals: ArrivalRate.nullable(),
  disqualified: Disqualified.nullable().default(null)
    .describe("what stood in the way of any answer about the target; null: nothing"),
  findings: z.array(Finding).describe(
    "of the run's thresholds in this stage, and of its own checks",
  ),
  class: StageClass.nullable().default(null).describe("null: no classes were declared"),
  causes: z.array(Cause).default([])
    .describe("who is accused, worst first, where it is below the best class or asked in vain"),
  response: DistributionStats.nullable().default(null)
    .describe("of the main operation, all its series together, ms; null: none was answered"),
  summary: Summary,
});
export type StageReport = z.infer<typeof StageReport>;

export const Report = z.object({
  schemaVersion: z.literal(SCHEMA_VERSION),
  manifest: Manifest,
  verdict: Verdict,
  exitCode: z.number().int(),
  findings: z.array(Finding),
  validity: Validity,
  arrivals: ArrivalRate.nullable().default(null)
    .describe("null: closed model, or nothing of the load was measured"),
  warnings: z.array(Warning),
  marks: z.array(Mark).describe("moments to show in charts, those of changes too"),
  changes: z.array(ToldChange).default([]).describe("what was changed of the run while it went"),
  end: z.object({ reason: EndReason, atMs: z.number() }).nullable()
    .describe("null: the run was killed before it could end"),
  summary: Summary.describe("of all stages that are judged"),
  stages: z.array(StageReport).default([])
    .describe("in the order of time; a run with one load has warmup, if asked for, and load"),
  ladder: LadderResult.nullable().default(null).describe("null: no ladder was asked for"),
  climb: ClimbFindings.nullable().default(null).describe("what the ladder showed; null: no ladder"),
  tables: z.array(FigureTable).default([]),
  generators: z.array(GeneratorReport).default([])
    .describe("that put the load on; none: the program itself did"),
  percentileCurves: z.array(PercentileCurve),
  series: Series,
});
export type Report = z.infer<typeof Report>;
/** Of a run that goes on: nobody has judged it yet. */
export type ReportSoFar = Omit<Report, "verdict" | "exitCode">;

/**
 * Two-space indented JSON, keys in the order of the schema, ending with a line feed.
 * @throws {TypeError} if the report does not match its schema, e.g. a number is not finite
 */
export function renderJson(report: Report): string {
  const checked = Report.safeParse(report);
  if (!checked.success) {
    throw new TypeError(`Cannot write the report as JSON: ${z.prettifyError(checked.error)}`);
  }
  return JSON.stringify(checked.data, null, 2) + "\n";
}

/** The JSON Schema (draft 2020-12) of {@link renderJson}'s text. */
export function reportJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(Report, { unrepresentable: "any" });
  return {
    $schema,
    $id: `urn:scaletool:report:${SCHEMA_VERSION}`,
    title: "scaletool report",
    ...schema,
  };
}
