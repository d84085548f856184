/** A table of figures in the HTML report. @module */

import type { FigureCell, FigureTable } from "../figure_table.ts";
import { missing } from "./figures.ts";
import { type Markup, markup } from "./markup.ts";

/** The table with its title as caption; a cell without a value says why on hover. */
export function figureTablePart({ title, rowTitle, columns, rows }: FigureTable): Markup {
  const heads = columns.map((column) =>
    markup`<th scope="col" class="number" title="${column.figure}">${column.title}</th>`
  );
  const bodies = rows.map(({ name, cells }) =>
    markup`<tr><th scope="row"><code>${name}</code></th>${cells.map(cell)}</tr>`
  );
  return markup`<div class="scroll"><table><caption>${title}</caption>
<thead><tr><th scope="col">${rowTitle}</th>${heads}</tr></thead><tbody>${bodies}</tbody></table></div>`;
}

function cell({ value, text, reason = "" }: FigureCell): Markup {
  return markup`<td class="number">${value === null ? missing(reason) : text}</td>`;
}
