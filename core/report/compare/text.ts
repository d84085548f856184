/**
 * A comparison for people (a table in the manner of Go's benchstat) and for programs (JSON). Only
 * words and digits are made here; every number was computed before.
 * @module
 */

import { formatRounded } from "../../judge/limit.ts";
import { printable } from "../../say.ts";
import { formatSignificant } from "../../units.ts";
import type { GeometricMean, RunComparison } from "./compare.ts";
import { formatDelta, type MetricComparison, type MetricFigure } from "./metric.ts";
import type { MetricUnit } from "./readings.ts";
import { columns, formatTable } from "../table.ts";

const COLUMNS = columns("METRIC", "BASE", "NEW", "DELTA", "VERDICT", "EVIDENCE");

/** A comparison as a table, its warnings, its rules' answers and the verdict; lines end with "\n". */
export function comparisonText(comparison: RunComparison): string {
  const blocks = [
    headLines(comparison),
    tableLines(comparison),
    noteLines(comparison),
    comparison.warnings.map(({ message }) => `warning: ${message}`),
    [...findingLines(comparison), `verdict: ${comparison.verdict}`],
  ];
  return blocks.filter((lines) => lines.length > 0).map((lines) =>
    lines.map(printable).join("\n") + "\n"
  )
    .join("\n");
}

/** The whole comparison as indented JSON, ending with "\n". */
export function comparisonJson(comparison: RunComparison): string {
  return JSON.stringify(comparison, null, 2) + "\n";
}

function headLines({ base, candidate }: RunComparison): string[] {
  return [`base  ${base.join(", ")}`, `new   ${candidate.join(", ")}`];
}

function tableLines({ metrics, geometricMeans }: RunComparison): string[] {
  const inBoth = new Set(
    metrics.filter(({ base, candidate }) => base !== null && candidate !== null)
      .map(({ series }) => series),
  );
  const oneSided = new Map(
    metrics.filter(({ series }) => !inBoth.has(series)).map((metric) => [metric.series, metric]),
  );
  const shown = metrics.filter((metric) => inBoth.has(metric.series) && !isZeroDrop(metric));
  return formatTable(COLUMNS, [
    ...shown.map(metricRow),
    // One line is enough to say that none of a series' figures can be compared.
    ...[...oneSided].map(([series, { verdict, reason }]) => [series, "", "", "", verdict, reason]),
    ...geometricMeans.map(geometricMeanRow),
  ]);
}

function metricRow(metric: MetricComparison): string[] {
  return [
    metric.name,
    figureText(metric.base, metric.unit),
    figureText(metric.candidate, metric.unit),
    formatDelta(metric),
    metric.verdict,
    evidence(metric),
  ];
}

/** Dropped operations exist in few runs; a row of zeros would only be in the way. */
function isZeroDrop({ stat, base, candidate }: MetricComparison): boolean {
  return stat === "dropped.ratio" && (base?.value ?? 0) === 0 && (candidate?.value ?? 0) === 0;
}

function geometricMeanRow({ of, ratio, n }: GeometricMean): string[] {
  const change = (ratio - 1) * 100;
  const sign = change > 0 ? "+" : "";
  return [`(geomean of ${n} ${of})`, "", "", `${sign}${formatSignificant(change)}%`];
}

/** "12.3ms ± 4%": the median, and how far its confidence interval goes on the wider side. */
function figureText(figure: MetricFigure | null, unit: MetricUnit): string {
  if (figure === null) return "-";
  const { value, low, high } = figure;
  const text = valueText(value, unit);
  if (low === null || high === null) return text;
  const reach = Math.max(high - value, value - low);
  if (value === 0 && reach > 0) return `${text} ± ${valueText(reach, unit)}`;
  return `${text} ± ${value === 0 ? 0 : Math.round(reach / Math.abs(value) * 100)}%`;
}

function valueText(value: number, unit: MetricUnit): string {
  return unit === "perSec" ? `${scaled(value)}/s` : formatRounded(value, unit);
}

/** Three significant digits with a decimal prefix: 12345 -> "12.3k". */
function scaled(value: number): string {
  const prefixes = ["", "k", "M", "G", "T"];
  let index = 0;
  let size = value;
  while (Math.abs(size) >= 999.5 && index < prefixes.length - 1) {
    size /= 1_000;
    index++;
  }
  return `${formatSignificant(size)}${prefixes[index]}`;
}

/** "p=0.008 n=5+5", or why there is no answer. */
function evidence({ base, candidate, pValue, reason }: MetricComparison): string {
  if (pValue === null) return reason;
  const p = pValue < 0.001 ? "p<0.001" : `p=${pValue.toFixed(3)}`;
  return `${p} n=${base?.n ?? 0}+${candidate?.n ?? 0}`;
}

function noteLines({ metrics, confidence, basis }: RunComparison): string[] {
  const figures = metrics.flatMap(({ base, candidate }) => [base, candidate])
    .filter((figure) => figure !== null);
  const short = new Map(
    figures.filter((figure) => (figure.confidence ?? 1) < confidence)
      .map(({ n, confidence }) => [n, confidence ?? 0]),
  );
  const asked = percentText(confidence);
  const few = [...short].sort(([one], [other]) => one - other)
    .map(([n, reached]) => `${percentText(reached)} at n=${n}`).join(", ");
  const values = basis === "runs" ? "one value a run" : "values from within the runs";
  return [
    `Medians of ${values}; ± is their ${asked} confidence interval` +
    (few === "" ? "." : `, or the whole range where values are too few for it (${few}).`),
    `~ no more than chance (p >= ${formatSignificant(1 - confidence)}, Mann-Whitney; ratios from ` +
    "within runs: Fisher); ? cannot be told.",
  ];
}

function percentText(ratio: number): string {
  return `${formatSignificant(ratio * 100)} %`;
}

function findingLines({ findings }: RunComparison): string[] {
  return findings.map(({ verdict, subject, observed, reason }) => {
    const details = [observed, reason].filter((text) => text !== null && text !== "").join("; ");
    return `${verdict}: ${subject}${details === "" ? "" : ` (${details})`}`;
  });
}
