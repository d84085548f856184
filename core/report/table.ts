/**
 * How are rows of text laid out in columns for people and for awk? As kubectl does it: two spaces
 * between columns, upper-case titles, no lines drawn, no cell left empty but at a row's end, nothing
 * cut off.
 * @module
 */

import { stripVTControlCharacters } from "node:util";

/** One column of a table. */
interface Column {
  readonly title: string;
  /** Numbers read best on the right. @default {"left"} */
  readonly align?: "left" | "right";
}

const GUTTER = "  ";
/** What stands for "nothing": an empty cell would shift the columns that awk counts. */
const NOTHING = "-";

/** How many columns of a terminal the text takes: code points, colour sequences not counted. */
export function visibleWidth(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}

/** The lines of a table, titles first; an empty cell is written `-`, or not at all in the last column. */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string[] {
  const cells = [columns.map(({ title }) => title), ...rows].map((row) =>
    columns.map(({ align }, index) =>
      row[index] || (index === columns.length - 1 && align !== "right" ? "" : NOTHING)
    )
  );
  const widths = columns.map((_, index) =>
    Math.max(...cells.map((row) => visibleWidth(row[index] ?? "")))
  );
  return cells.map((row) =>
    row.map((cell, index) => {
      const padding = " ".repeat((widths[index] ?? 0) - visibleWidth(cell));
      return columns[index]?.align === "right" ? padding + cell : cell + padding;
    }).join(GUTTER).trimEnd()
  );
}

/** Columns whose titles begin with `>` are right-aligned: `columns("NAME", ">COUNT")`. */
export function columns(...titles: string[]): Column[] {
  return titles.map((title) =>
    title.startsWith(">") ? { title: title.slice(1), align: "right" } : { title }
  );
}
