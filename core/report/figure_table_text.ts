/** A table of figures as text for people, and as CSV for programs. @module */

import { csvQuoted, csvText } from "../csv_text.ts";
import type { LimitUnit } from "../judge/limit.ts";
import { printable } from "../printable.ts";
import type { FigureTable } from "./figure_table.ts";
import { columns as headsOf, formatTable } from "./table.ts";

/** The lines of the table, its title first, and why there are cells without a value. */
export function figureTableLines({ title, rowTitle, columns, rows }: FigureTable): string[] {
  const heads = headsOf(headOf(rowTitle), ...columns.map((column) => `>${headOf(column.title)}`));
  const cells = rows.map(({ name, cells }) => [
    oneField(name),
    // Without the space between number and unit.
    ...cells.map(({ text }) => text.replaceAll(" ", "")),
  ]);
  return [printable(title), ...formatTable(heads, cells), ...reasonLines(rows)];
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
    ...cells.map(({ value }) => csvQuoted(value === null ? "" : String(value))),
  ]);
  return [header.map(csvText), ...lines].map((fields) => fields.join(",") + "\r\n").join("");
}
