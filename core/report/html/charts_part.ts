/**
 * Which charts does the HTML report have, and what do their axes say? It makes the empty figures;
 * charts.js draws into them from the embedded report. Never copies a measured value.
 * @module
 */

import { baseName, unitOfName, type ValueUnit } from "../../measure/series_key.ts";
import { formatDuration } from "../../units.ts";
import { mainFirst } from "../main_first.ts";
import type { ReportSoFar } from "../report.ts";
import { type Content, type Markup, markup } from "./markup.ts";

/** Two points make a line out of nothing; from the third on a chart shows something. */
const FEWEST_POINTS = 3;

type ChartKind = "rate" | "latency" | "percentiles" | "counters" | "gauges";

interface Chart {
  readonly kind: ChartKind;
  readonly title: string;
  /** Indexes into the report's list of this kind; one chart overlays them all. */
  readonly indexes: readonly number[];
  /** Points of the longest series. */
  readonly pointCount: number;
  readonly unit: ValueUnit;
  readonly axis: string;
  /** A line at 0 from end to end. @default {false} */
  readonly isQuiet?: boolean;
}

interface Named {
  readonly name: string;
  readonly points: readonly unknown[];
}

function figure({ kind, title, indexes, unit, axis }: Chart): Markup {
  return markup`<figure class="chart" data-chart="${kind}" data-indexes="${
    indexes.join(" ")
  }" data-unit="${unit}" data-axis="${axis}"><figcaption>${title}</figcaption></figure>`;
}

/** One sentence for all of them: a run with stages has many operations that were done in a moment. */
function noCharts(charts: readonly Chart[], why: string): Content {
  if (charts.length === 0) return false;
  const names = charts.map(({ title }, index) =>
    markup`${index > 0 && ", "}<strong>${title}</strong>`
  );
  return markup`<p class="no-chart">No chart, because ${why}: ${names}. The tables below hold the figures.</p>`;
}

function chartSection(heading: string, charts: readonly Chart[], note: Content = false): Content {
  if (charts.length === 0) return false;
  const quiet = charts.filter(({ isQuiet }) => isQuiet);
  const others = charts.filter(({ isQuiet }) => !isQuiet);
  const drawn = others.filter(({ pointCount }) => pointCount >= FEWEST_POINTS);
  const tooShort = others.filter(({ pointCount }) => pointCount < FEWEST_POINTS);
  return markup`<h3>${heading}</h3>${note !== false && markup`<p class="note">${note}</p>`}
<div class="charts">${drawn.map(figure)}</div>${
    noCharts(tooShort, `it needs at least ${FEWEST_POINTS} data points`)
  }${noCharts(quiet, "nothing of it was counted")}`;
}

function operationCharts(report: ReportSoFar, kind: "rate" | "latency"): Chart[] {
  const series = report.series.operations.map((one, index) => ({ ...one, index }));
  return mainFirst(series, report.manifest).map(({ op, points, index }) => ({
    kind,
    title: op,
    indexes: [index],
    pointCount: points.length,
    unit: kind === "rate" ? "count" : "ms",
    axis: kind === "rate" ? "operations per second" : "ms",
  }));
}

/** One chart for all series with the same group name, in order of appearance. */
function grouped(
  series: readonly Named[],
  groupOf: (name: string) => string,
): { name: string; indexes: number[]; pointCount: number }[] {
  const groups = new Map<string, { name: string; indexes: number[]; pointCount: number }>();
  series.forEach(({ name, points }, index) => {
    const key = groupOf(name);
    const group = groups.get(key) ?? { name: key, indexes: [], pointCount: 0 };
    group.indexes.push(index);
    group.pointCount = Math.max(group.pointCount, points.length);
    groups.set(key, group);
  });
  return [...groups.values()];
}

function percentileCharts(report: ReportSoFar): Chart[] {
  const operationOf = (name: string) => name.replace(/ (?:service|response|lag)$/, "");
  return grouped(report.percentileCurves, operationOf).map(({ name, ...group }) => ({
    kind: "percentiles",
    title: name,
    unit: "ms",
    axis: "ms",
    ...group,
  }));
}

const PER_SECOND: Readonly<Record<ValueUnit, string>> = {
  bytes: "bytes per second",
  ms: "ms per second",
  ratio: "% per second",
  count: "per second",
};
const LEVEL: Readonly<Record<ValueUnit, string>> = {
  bytes: "bytes",
  ms: "ms",
  ratio: "%",
  count: "number",
};

function valueCharts(report: ReportSoFar, kind: "counters" | "gauges"): Chart[] {
  return grouped(report.series[kind], baseName).map(({ name, ...group }) => {
    const unit = unitOfName(name);
    return {
      kind,
      title: name,
      unit,
      axis: (kind === "counters" ? PER_SECOND : LEVEL)[unit],
      // A level of 0 is an answer; what never happened is said in a word.
      isQuiet: kind === "counters" &&
        group.indexes.every((index) =>
          report.series.counters[index]!.points.every(({ value }) => value === 0)
        ),
      ...group,
    };
  });
}

function marksTable(report: ReportSoFar): Content {
  return report.marks.length > 0 && markup`<h3>Marks</h3>
<div class="scroll"><table class="narrow">
<thead><tr><th scope="col" class="number">At</th><th scope="col">What</th></tr></thead>
<tbody>${
    report.marks.map(({ atMs, label }) =>
      markup`<tr><td class="number">${
        formatDuration(atMs)
      }</td><td class="prose">${label}</td></tr>`
    )
  }</tbody>
</table></div>`;
}

const RATE_NOTE = "Finished is ok + failed. A dropped operation was due but never sent.";
const LATENCY_NOTE =
  "Service is done − sent: what the system took. Response is done − due: what a " +
  "user waits, the wait inside the generator included. Where the two part, the load was not sent on time.";
const PERCENTILE_NOTE = "Each step to the right is ten times rarer.";

/** All charts over time and the percentile curves, with the marks as a table. */
export function chartsPart(report: ReportSoFar): Markup {
  const sections = [
    chartSection("Rate over time", operationCharts(report, "rate"), RATE_NOTE),
    chartSection("Latency over time", operationCharts(report, "latency"), LATENCY_NOTE),
    chartSection("Latency by percentile", percentileCharts(report), PERCENTILE_NOTE),
    chartSection("Throughput", valueCharts(report, "counters")),
    chartSection("Gauges", valueCharts(report, "gauges")),
  ];
  const body = sections.some((section) => section !== false)
    ? sections
    : markup`<p class="no-chart">Nothing was measured over time, so there is no chart.</p>`;
  const warmUp = report.manifest.isStaged
    ? " Each band is a stage; what is outside of them is not judged and not in the tables."
    : report.manifest.warmUpMs > 0 &&
      " The shaded start is the warm-up; it is not judged and not in the tables.";
  const pauses = report.changes.some(({ untilMs }) => untilMs !== null) &&
    " While it was paused, shaded too, nothing began, and nothing is judged.";
  return markup`<section aria-labelledby="charts"><h2 id="charts">Charts</h2>
<p class="note screen-only">Drag across a chart over time to zoom, double-click to go back, click a legend entry to hide it.${warmUp}${pauses}</p>
<noscript><p class="no-chart">The charts need JavaScript; the tables below hold the figures.</p></noscript>
${body}
${marksTable(report)}</section>`;
}
