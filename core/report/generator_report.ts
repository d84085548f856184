/** What each generator of a run came to, as data and as a table. @module */

import * as z from "zod";
import { Validity } from "../judge/validity.ts";
import { formatRounded } from "../judge/limit.ts";
import { DistributionStats } from "../measure/summary.ts";
import { ClockOffset } from "../run_log/generator_event.ts";
import { formatDuration } from "../units.ts";
import type { FigureCell, FigureTable } from "./figure_table.ts";

const ms = z.number().describe("since the run's start");

export const GeneratorReport = z.object({
  index: z.number().int(),
  total: z.number().int().describe("main operations that were due, of all stages that are judged"),
  ratePerSec: z.number().describe("of those that finished"),
  failed: z.number().int(),
  dropped: z.number().int(),
  response: DistributionStats.nullable().describe("of the main operation, ms; null: none answered"),
  validity: Validity,
  clock: ClockOffset.nullable().describe("null: it was never ready"),
  lateMs: z.number().nullable()
    .describe("its beginning after the instant at which all were to begin; null: it never began"),
  lost: z.object({ atMs: ms, why: z.string() }).nullable(),
  missing: z.array(z.object({ fromMs: ms, untilMs: ms, why: z.string() }))
    .describe("what of it did not arrive"),
});
export type GeneratorReport = z.infer<typeof GeneratorReport>;

const NOTHING: FigureCell = { value: null, text: "" };

/** One row each. */
export function generatorTable(generators: readonly GeneratorReport[]): FigureTable {
  return {
    title: "generators",
    rowTitle: "generator",
    columns: COLUMNS.map(({ cellOf: _, ...column }) => column),
    rows: generators.map((one) => ({
      name: String(one.index),
      cells: COLUMNS.map(({ cellOf }) => cellOf(one)),
    })),
    note:
      "times are response times; late: begun after the others; clock: what its calendar is behind",
  };
}

type Column = FigureTable["columns"][number] & {
  readonly cellOf: (one: GeneratorReport) => FigureCell;
};

const COLUMNS: readonly Column[] = [
  numbers("count", "main operations that were due", ({ total }) => total),
  {
    title: "rate",
    figure: "main operations that finished",
    unit: "perSec",
    cellOf: ({ ratePerSec }) => cell(ratePerSec, "perSec"),
  },
  numbers("failed", "of them", ({ failed }) => failed),
  numbers("dropped", "of them", ({ dropped }) => dropped),
  times("p50", ({ response }) => response?.p50 ?? null),
  times("p99", ({ response }) => response?.p99 ?? null),
  times("late", ({ lateMs }) => lateMs),
  {
    title: "clock",
    figure: "what its calendar is behind the coordinator's, and how far the truth may be away",
    unit: "ms",
    cellOf: ({ clock }) => {
      if (clock === null) return NOTHING;
      const { offsetMs, boundMs } = clock;
      const text = `${formatRounded(offsetMs, "ms")}±${formatRounded(boundMs, "ms")}`;
      return { value: offsetMs, text };
    },
  },
  words("fit", "whether it was fit to measure", ({ validity }) => validity.level),
  words("lost", "when and why nothing more came of it", ({ lost, missing }) => {
    const gaps = missing.map(({ fromMs, untilMs, why }) =>
      `${formatDuration(Math.round(fromMs))} to ${formatDuration(Math.round(untilMs))}: ${why}`
    );
    const end = lost === null ? [] : [`at ${formatDuration(Math.round(lost.atMs))}: ${lost.why}`];
    return [...gaps, ...end].join("; ");
  }),
];

function numbers(
  title: string,
  figure: string,
  of: (one: GeneratorReport) => number,
): Column {
  return { title, figure, unit: "none", cellOf: (one) => cell(of(one), "none") };
}

function times(title: string, of: (one: GeneratorReport) => number | null): Column {
  return {
    title,
    figure: title === "late" ? "its beginning after all were to begin" : "response time",
    unit: "ms",
    cellOf: (one) => cell(of(one), "ms"),
  };
}

function words(title: string, figure: string, of: (one: GeneratorReport) => string): Column {
  return { title, figure, unit: null, cellOf: (one) => ({ value: null, text: of(one) }) };
}

function cell(value: number | null, unit: "ms" | "none" | "perSec"): FigureCell {
  return value === null ? NOTHING : { value, text: formatRounded(value, unit) };
}
