/**
 * The figures of the HTML report: operations, failures, distributions, counters, gauges and
 * tables of figures, as the report has them. Never computes a statistic.
 * @module
 */

import { answerText } from "../../ladder/ladder_result.ts";
import { climbFindingTexts } from "../climb_findings.ts";
import type {
  DistributionStats,
  DistributionSummary,
  OperationSummary,
  QuantileName,
  Summary,
} from "../../measure/summary.ts";
import { seriesKey, unitOfName } from "../../measure/series_key.ts";
import type { FigureCell, FigureTable } from "../figure_table.ts";
import { listedCounters } from "../listed_counters.ts";
import { mainFirst } from "../main_first.ts";
import type { ReportSoFar } from "../report.ts";
import { stageTable } from "../stage_table.ts";
import { countFigure, decimalFigure, missing, quantileFigure, valueFigure } from "./figures.ts";
import { type Content, type Markup, markup } from "./markup.ts";

const COLUMNS = ["p50", "p90", "p99", "p99.9"] as const satisfies readonly QuantileName[];

function head(text: readonly string[], numeric: readonly string[]): Markup {
  return markup`<thead><tr>${text.map((name) => markup`<th scope="col">${name}</th>`)}${
    numeric.map((name) => markup`<th scope="col" class="number">${name}</th>`)
  }</tr></thead>`;
}

function number(content: Content): Markup {
  return markup`<td class="number">${content}</td>`;
}

function name(series: string, tags?: Readonly<Record<string, string>>): Markup {
  return markup`<th scope="row"><code>${seriesKey(series, tags)}</code></th>`;
}

function section(id: string, heading: string, body: Content): Markup {
  return markup`<section aria-labelledby="${id}"><h2 id="${id}">${heading}</h2>${body}</section>`;
}

function table(headRow: Markup, bodies: Content): Markup {
  return markup`<div class="scroll"><table>${headRow}${bodies}</table></div>`;
}

function quantileCells(stats: DistributionStats, unit: "ms" | "bytes"): Markup[] {
  return COLUMNS.map((column) =>
    number(quantileFigure(column, { value: stats[column], count: stats.count, unit }))
  );
}

function viewCells(view: "service" | "response", operation: OperationSummary): Markup {
  const stats = operation[view];
  return markup`<th scope="row" class="view">${view}</th>${
    stats === null
      ? markup`<td class="prose" colspan="${COLUMNS.length + 1}">no operation was ok</td>`
      : [quantileCells(stats, "ms"), number(decimalFigure(stats.max))]
  }`;
}

/** Two rows an operation, service above response, so that the gap between the two is read at once. */
function operationRows(operation: OperationSummary): Markup {
  const tall = (content: Content) => markup`<td rowspan="2" class="number">${content}</td>`;
  return markup`<tbody><tr><th scope="rowgroup" rowspan="2"><code>${
    seriesKey(operation.op, operation.tags)
  }</code></th>${tall(countFigure(operation.total))}${tall(decimalFigure(operation.ratePerSec))}${
    tall(countFigure(operation.failed))
  }${tall(countFigure(operation.dropped))}${tall(countFigure(operation.cancelled))}${
    viewCells("service", operation)
  }</tr>
<tr>${viewCells("response", operation)}</tr></tbody>`;
}

function hasMissingQuantile(summary: Summary): boolean {
  const stats = [
    ...summary.operations.flatMap(({ service, response }) => [service, response]),
    ...summary.distributions.map((distribution) => distribution.stats),
  ];
  return stats.some((one) => one !== null && COLUMNS.some((column) => one[column] === null));
}

/** As the other tables have them: `>RATE/S` -> `Rate/s`, `>P99` -> `p99`. */
function titleText(title: string): string {
  const text = title.replace(">", "").toLowerCase();
  return /^p\d/.test(text) ? text : text.charAt(0).toUpperCase() + text.slice(1);
}

/** One row a stage; nothing for a run with one load. */
export function stagesPart(report: ReportSoFar): Content {
  const stages = stageTable(report);
  if (stages === undefined) return false;
  const isNumber = stages.titles.map((title) => title.startsWith(">"));
  const titles = stages.titles.map((title, index) =>
    markup`<th scope="col"${isNumber[index] === true && markup` class="number"`}>${
      titleText(title)
    }</th>`
  );
  const rows = stages.rows.map(([stageName = "", ...cells]) =>
    markup`<tr><th scope="row"><code>${stageName}</code></th>${
      cells.map((cell, index) =>
        isNumber[index + 1] ? number(cell || "–") : markup`<td>${cell}</td>`
      )
    }</tr>`
  );
  return section("stages", "Stages", [
    report.ladder !== null && markup`<p><strong>${answerText(report.ladder)}</strong></p>`,
    climbPart(report),
    table(markup`<thead><tr>${titles}</tr></thead>`, markup`<tbody>${rows}</tbody>`),
    markup`<p class="note">Times are ${report.manifest.mainOperation} response times. The charts and the tables below are of all these stages.</p>`,
  ]);
}

/** What is written down of a ladder. */
function climbPart({ ladder, climb }: ReportSoFar): Content {
  if (ladder === null || climb === null) return false;
  const items = climbFindingTexts(climb, ladder).map(({ title, text }) =>
    markup`<li>${title}: ${text}</li>`
  );
  return markup`<ul>${items}</ul>`;
}

/** Counts, rates and times by operation. */
export function operationsPart(report: ReportSoFar): Markup {
  const { summary } = report;
  if (summary.operations.length === 0) {
    return section("operations", "Operations", markup`<p>No operation was measured.</p>`);
  }
  const headRow = markup`<thead><tr><th scope="col">Operation</th>${
    ["Count", "Rate/s", "Failed", "Dropped", "Cancelled"].map((column) =>
      markup`<th scope="col" class="number">${column}</th>`
    )
  }<th scope="col">Time, ms</th>${
    [...COLUMNS, "max"].map((column) => markup`<th scope="col" class="number">${column}</th>`)
  }</tr></thead>`;
  return section("operations", "Operations", [
    table(headRow, mainFirst(summary.operations, report.manifest).map(operationRows)),
    markup`<p class="note">Count is everything that was due. Times are of ok operations.${
      hasMissingQuantile(summary) &&
      " – stands for a quantile that too few values support: p99 needs 100, p99.9 needs 1,000."
    }</p>`,
  ]);
}

/** Failures by operation and reason; nothing when none failed. */
export function failuresPart(report: ReportSoFar): Content {
  const operations = mainFirst(report.summary.operations, report.manifest);
  const rows = operations.flatMap(({ op, tags, failures }) =>
    Object.entries(failures).sort(([, one], [, other]) => other - one).map(([reason, count]) =>
      markup`<tr>${name(op, tags)}<td><code>${reason}</code></td>${number(countFigure(count))}</tr>`
    )
  );
  return rows.length > 0 && section(
    "failures",
    "Failures by reason",
    table(
      head(["Operation", "Reason"], ["Count"]),
      markup`<tbody>${rows}</tbody>`,
    ),
  );
}

function distributionRow({ name: series, tags, unit, stats }: DistributionSummary): Markup {
  const extreme = (value: number) =>
    number(unit === "bytes" ? valueFigure(value, "bytes") : decimalFigure(value));
  return markup`<tr>${name(series, tags)}<td>${unit}</td>${number(countFigure(stats.count))}${
    extreme(stats.min)
  }${extreme(stats.mean)}${quantileCells(stats, unit)}${extreme(stats.max)}</tr>`;
}

/** Values that are no operations, e.g. times to first byte; nothing when there are none. */
export function distributionsPart(report: ReportSoFar): Content {
  const { distributions } = report.summary;
  return distributions.length > 0 && section(
    "distributions",
    "Distributions",
    table(
      head(["Name", "Unit"], ["Count", "min", "mean", ...COLUMNS, "max"]),
      markup`<tbody>${distributions.map(distributionRow)}</tbody>`,
    ),
  );
}

/** Amounts that grew; nothing when there are none. */
export function countersPart(report: ReportSoFar): Content {
  const rows = listedCounters(report).map(({ name: series, tags, total, ratePerSec }) => {
    const unit = unitOfName(series);
    return markup`<tr>${name(series, tags)}${number(valueFigure(total, unit))}${
      number(valueFigure(ratePerSec, unit))
    }</tr>`;
  });
  return rows.length > 0 && section(
    "counters",
    "Counters",
    table(head(["Name"], ["Total", "Per second"]), markup`<tbody>${rows}</tbody>`),
  );
}

/** Levels, e.g. requests in flight; nothing when there are none. */
export function gaugesPart(report: ReportSoFar): Content {
  const { gauges } = report.summary;
  const rows = gauges.map(({ name: series, tags, last, min, mean, max }) => {
    const unit = unitOfName(series);
    return markup`<tr>${name(series, tags)}${
      [min, mean, max, last].map((value) => number(valueFigure(value, unit)))
    }</tr>`;
  });
  return rows.length > 0 && section(
    "gauges",
    "Gauges",
    table(head(["Name"], ["min", "mean", "max", "last"]), markup`<tbody>${rows}</tbody>`),
  );
}

/** The table with its title as caption; a cell without a value says why on hover. */
export function figureTablePart({ title, rowTitle, columns, rows, note }: FigureTable): Markup {
  const heads = columns.map((column) =>
    markup`<th scope="col" class="number" title="${column.figure}">${column.title}</th>`
  );
  const bodies = rows.map(({ name, cells }) =>
    markup`<tr><th scope="row"><code>${name}</code></th>${cells.map(cell)}</tr>`
  );
  return markup`<div class="scroll"><table><caption>${title}</caption>
<thead><tr><th scope="col">${rowTitle}</th>${heads}</tr></thead><tbody>${bodies}</tbody></table></div>${
    note !== undefined && markup`
<p class="note">${note}</p>`
  }`;
}

function cell({ value, text, reason = "" }: FigureCell): Markup {
  return markup`<td class="number">${value === null && text === "" ? missing(reason) : text}</td>`;
}
