/**
 * Figures side by side: one row a stage of the run, or a value of a tag, one column a figure. Made of
 * totals alone, so that a run that was killed has its tables too; never judges. As text for people, and as CSV.
 * @module
 */

import * as z from "zod";
import { csvQuoted, csvText } from "../csv_text.ts";
import { evaluate, type Evaluation, whyNoFigure } from "../judge/evaluation.ts";
import { type Figure, type FigureTerm, parseFigure, termsOf } from "../judge/figure.ts";
import { formatRounded, LIMIT_UNITS, type LimitUnit } from "../judge/limit.ts";
import type { TableSpec } from "../judge/table_spec.ts";
import { seriesKey } from "../measure/series_key.ts";
import type { Totals } from "../measure/totals.ts";
import { didYouMean } from "../nearest.ts";
import type { ToldTable } from "../run_log/told_table.ts";
import { printable } from "../say.ts";
import { columns as headsOf, formatTable } from "./table.ts";

/** One figure of a table. */
export const FigureCell = z.object({
  value: z.number().nullable().describe("in the column's unit"),
  text: z.string().describe("rounded, with its unit; empty: no value"),
  interval: z.array(z.number()).length(2).optional()
    .describe("where chance leaves the truth (95 %), in the column's unit"),
  reason: z.string().optional().describe("why there is no value, one sentence"),
});
export type FigureCell = z.infer<typeof FigureCell>;

export const FigureTable = z.object({
  title: z.string(),
  rowTitle: z.string().describe('what the rows are named by: "stage", or a tag'),
  columns: z.array(z.object({
    title: z.string(),
    figure: z.string().describe("of a table that was told: what the cells are, in words"),
    unit: z.enum(LIMIT_UNITS).nullable().describe(
      '"none": a plain number; null: there is no value, or it is text',
    ),
  })),
  rows: z.array(z.object({ name: z.string(), cells: z.array(FigureCell) })),
  note: z.string().optional().describe("what is to be known of all of it, one sentence"),
  isDetail: z.boolean().optional()
    .describe("behind the figures of the run: people read it after them"),
});
export type FigureTable = z.infer<typeof FigureTable>;

/** What a run came to. */
export interface TableSource {
  /** In order. */
  readonly stages: readonly { readonly name: string; readonly totals: Totals }[];
  /** Of all of them. */
  readonly totals: Totals;
  /** Whether to tell where chance leaves the truth. @default {false} */
  readonly withChance?: boolean;
}

/** The table of a run. @throws {SyntaxError} for a column that is no figure */
export function figureTable(spec: TableSpec, source: TableSource): FigureTable {
  const columns = spec.columns.map(({ title, figure: text, isOptional = false }) => {
    const figure = parseFigure(text);
    return {
      title,
      text,
      isOptional,
      figure: { ...figure, stage: figure.stage ?? spec.in ?? null },
    };
  });
  const figures = columns.map(({ figure }) => figure);
  const rows = spec.rows.by === "stage"
    ? stageRows(spec, source)
    : tagRows(spec.rows.tag, { figures, source });
  const found = columns
    .map((column) => ({ ...column, ...columnOf(rows.map(({ of }) => of(column.figure)), source) }))
    .filter(({ isOptional, cells }) => !isOptional || cells.some(saysSomething));
  const isRowOptional = spec.rows.by === "stage" && spec.rows.isOptional === true;
  const allRows = rows.map(({ name }, index) => ({
    name,
    cells: found.flatMap(({ isOptional, cells }) => {
      const cell = cells[index];
      if (cell === undefined) return [];
      return isOptional && cell.value === null ? { value: null, text: "" } : cell;
    }),
  }));
  return {
    title: spec.title,
    rowTitle: spec.rows.by === "stage" ? "stage" : spec.rows.tag,
    columns: found.map(({ title, text, unit }) => ({ title, figure: text, unit })),
    rows: allRows.filter(({ cells }) => !isRowOptional || cells.some(saysSomething)),
    ...spec.rows.by === "tag" && spec.rows.isOnlyHere === true && { isDetail: true },
  };
}

/** The same of a table that was told, without columns that say nothing. */
export function toldFigureTable(told: ToldTable): FigureTable {
  const { title, rowTitle, columns, rows, count, order } = told;
  const isShown = columns.map((_, index) => rows.some(({ cells }) => Boolean(cells[index])));
  const shown = <T>(all: readonly T[]) => all.filter((_, index) => isShown[index]);
  return {
    title,
    rowTitle,
    columns: shown(columns).map(({ title, meaning, unit }) => ({
      title,
      figure: meaning,
      unit: unit === "text" ? null : unit,
    })),
    rows: rows.map(({ name, cells }) => ({
      name,
      cells: shown(cells.map((cell, index) => toldCell(cell, columns[index]!.unit))),
    })),
    isDetail: true,
    ...rows.length < count && { note: `${rows.length} of ${count}: ${order}` },
  };
}

function toldCell(
  value: number | string | null,
  unit: ToldTable["columns"][number]["unit"],
): FigureCell {
  if (value === null) return { value, text: "" };
  if (typeof value === "string" || unit === "text") return { value: null, text: String(value) };
  return { value, text: formatRounded(value, unit) };
}

function saysSomething({ value }: FigureCell): boolean {
  return Boolean(value);
}

interface Row {
  readonly name: string;
  /** What a column's figure is in this row. */
  readonly of: (figure: Figure) => Figure;
}

function stageRows(spec: TableSpec, { stages }: TableSource): Row[] {
  return stages.filter(({ name }) => spec.in === undefined || name === spec.in)
    .map(({ name }) => ({ name, of: (figure) => ({ ...figure, stage: figure.stage ?? name }) }));
}

/** By each value of the tag that a series of the figures has, numbers in their order. */
function tagRows(
  tag: string,
  { figures, source }: { figures: readonly Figure[]; source: TableSource },
): Row[] {
  const values = new Set<string>();
  for (const figure of figures) {
    const metrics = termsOf(figure).map(({ metric }) => metric);
    for (const [metric, tags] of seriesOf(totalsFor(figure, source))) {
      const value = tags?.[tag];
      if (value !== undefined && metrics.includes(metric)) values.add(value);
    }
  }
  const { compare } = new Intl.Collator("en", { numeric: true });
  return [...values].sort(compare).map((value) => {
    const narrowed = (term: FigureTerm) => ({ ...term, tags: { [tag]: value, ...term.tags } });
    return {
      name: value,
      of: (figure) => ({
        ...figure,
        ...narrowed(figure),
        per: figure.per === null ? null : narrowed(figure.per),
      }),
    };
  });
}

function* seriesOf(totals: Totals | undefined) {
  if (totals === undefined) return;
  for (const { op, tags } of totals.operations.values()) yield [op, tags] as const;
  for (const kind of [totals.distributions, totals.counters, totals.gauges]) {
    for (const { name, tags } of kind.values()) yield [name, tags] as const;
  }
}

function totalsFor({ stage }: Figure, { stages, totals }: TableSource): Totals | undefined {
  return stage === null ? totals : stages.find(({ name }) => name === stage)?.totals;
}

/** All cells have the unit of the first that has a value. */
function columnOf(
  figures: readonly Figure[],
  source: TableSource,
): { unit: LimitUnit | null; cells: FigureCell[] } {
  let unit: LimitUnit | null = null;
  const cells: FigureCell[] = [];
  for (const figure of figures) {
    const totals = totalsFor(figure, source);
    if (totals === undefined) {
      cells.push(noValue(noStage(figure.stage ?? "", source)));
      continue;
    }
    const evaluation: Evaluation = evaluate(figure, totals, {
      ...unit === null ? {} : { unit },
      withChance: source.withChance ?? false,
    });
    if (evaluation.kind === "value") {
      unit = evaluation.unit;
      cells.push(cellOf(evaluation));
    } else {
      const absence = ({ metric, tags }: FigureTerm) =>
        `${seriesKey(metric, tags)} was not recorded`;
      cells.push(noValue(whyNoFigure(evaluation, absence)));
    }
  }
  return { unit, cells };
}

function cellOf({ value, unit, chance }: Extract<Evaluation, { kind: "value" }>): FigureCell {
  const text = formatRounded(value, unit);
  if (chance === undefined) return { value, text };
  const [low, high] = chance.map((end) => formatRounded(end, unit));
  return { value, text: `${text} (${low}..${high})`, interval: [...chance] };
}

function noValue(reason: string): FigureCell {
  return { value: null, text: "", reason };
}

function noStage(stage: string, { stages }: TableSource): string {
  const names = stages.map(({ name }) => name);
  return `there was no stage "${stage}"${didYouMean(stage, names)}`;
}

/** The lines of the table, its title first, and why there are cells without a value. */
export function figureTableLines(table: FigureTable): string[] {
  const { title, rowTitle, columns, rows, note } = table;
  const heads = headsOf(headOf(rowTitle), ...columns.map((column) => `>${headOf(column.title)}`));
  const cells = rows.map(({ name, cells }) => [
    oneField(name),
    // A number without the space before its unit; words as names are.
    ...cells.map(({ value, text }) => value === null ? oneField(text) : text.replaceAll(" ", "")),
  ]);
  return [
    printable(title),
    ...formatTable(heads, cells),
    ...reasonLines(rows),
    ...note === undefined ? [] : [`- ${printable(note)}`],
  ];
}

/** Each reason once: a column that has no value in any row says so in one line. */
function reasonLines(rows: FigureTable["rows"]): string[] {
  const reasons = new Set(rows.flatMap(({ cells }) => cells.flatMap(({ reason }) => reason ?? [])));
  return [...reasons].map((reason) => `- ${printable(reason)}`);
}

function headOf(title: string): string {
  return oneField(title).toUpperCase();
}

/** One field for awk, with what a server or file may have in it made harmless. */
function oneField(text: string): string {
  return printable(text).replaceAll(" ", "_");
}

const UNIT_SUFFIX: Readonly<Record<LimitUnit, string>> = {
  ms: "_ms",
  bytes: "_bytes",
  perSec: "_per_second",
  bytesPerSec: "_bytes_per_second",
  ratio: "_ratio",
  none: "",
};

/** The table as CSV with a header, its numbers in the columns' units; lines end with CR LF (RFC 4180). */
export function figureTableCsv({ rowTitle, columns, rows }: FigureTable): string {
  const header = [
    rowTitle,
    ...columns.map(({ title, unit }) => title + (unit === null ? "" : UNIT_SUFFIX[unit])),
  ];
  const lines = rows.map(({ name, cells }) => [
    csvText(name),
    ...cells.map(({ value, text }) => value === null ? csvText(text) : csvQuoted(String(value))),
  ]);
  return [header.map(csvText), ...lines].map((fields) => fields.join(",") + "\r\n").join("");
}
