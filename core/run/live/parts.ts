/**
 * The live page part by part, as HTML: those of the report, and above them what is so right now. Never
 * computes a statistic.
 * @module
 */

import { arrivalsText } from "../../judge/arrival_rate.ts";
import { chartsPart } from "../../report/html/charts_part.ts";
import { countFigure, decimalFigure, missing } from "../../report/html/figures.ts";
import { type Content, type Markup, markup } from "../../report/html/markup.ts";
import {
  countersPart,
  distributionsPart,
  failuresPart,
  figureTablePart,
  gaugesPart,
  operationsPart,
  stagesPart,
} from "../../report/html/tables_part.ts";
import {
  badge,
  factRow,
  findingsPart,
  identityRows,
  validityPart,
  warningsPart,
} from "../../report/html/verdict_part.ts";
import { mainFirst } from "../../report/main_first.ts";
import type { Report, ReportSoFar } from "../../report/report.ts";
import { formatBytes, formatDuration } from "../../units.ts";
import type { RunStatus } from "../steering.ts";
import type { Moment } from "./moment.ts";

/** In the order of the page. `head` stands above the controls. */
export const PART_NAMES = [
  "head",
  "now",
  "findings",
  "validity",
  "warnings",
  "facts",
  "stages",
  "tables",
  "charts",
  "operations",
  "failures",
  "distributions",
  "details",
  "counters",
  "gauges",
] as const;
export type PartName = typeof PART_NAMES[number];

/** How much load it takes before it is said whether the generator kept up: a start has its hiccups. */
const VALIDITY_AFTER_MS = 5_000;

export function partsOf(moment: Moment): Map<PartName, string> {
  const { report } = moment;
  const isDetail = (wanted: boolean) =>
    report.tables.filter((table) => (table.isDetail === true) === wanted).map(figureTablePart);
  const contents: Readonly<Record<PartName, Content>> = {
    head: headPart(moment),
    now: isReport(report) ? false : nowPart(moment),
    findings: report.findings.length > 0 || isReport(report) ? findingsPart(report) : false,
    validity: isReport(report) || report.summary.measuredMs >= VALIDITY_AFTER_MS
      ? validityPart(report)
      : false,
    warnings: warningsPart(report),
    facts: factsPart(report),
    stages: stagesPart(report),
    tables: isDetail(false),
    charts: chartsPart(report),
    operations: operationsPart(report),
    failures: failuresPart(report),
    distributions: distributionsPart(report),
    details: isDetail(true),
    counters: countersPart(report),
    gauges: gaugesPart(report),
  };
  return new Map(PART_NAMES.map((name) => [name, markup`${contents[name]}`.toString()]));
}

/** Whether it is that of a run that is over. */
function isReport(report: Moment["report"]): report is Report {
  return "verdict" in report;
}

const STATE_WORDS: Readonly<Record<RunStatus["state"], string>> = {
  preparing: "PREPARING",
  running: "RUNNING",
  paused: "PAUSED",
  stopping: "ENDING",
  over: "OVER",
};

function headPart(moment: Moment): Markup {
  const { status: { state }, report } = moment;
  const word = isReport(report)
    ? markup`${badge(report.verdict)} <span class="muted">exit code ${report.exitCode} ·</span>`
    : markup`<span class="badge ${state}">${STATE_WORDS[state]}</span>`;
  return markup`<p class="verdict">${word} <span class="muted">${progressText(moment)}</span></p>
<h1><span class="muted">${report.manifest.tool.name}</span> ${report.manifest.command}</h1>
<p class="target"><code>${report.manifest.target}</code></p>
${progressBar(moment)}`;
}

function factsPart(report: ReportSoFar): Markup {
  return markup`<section aria-labelledby="facts"><h2 id="facts">The run</h2>
<dl class="facts">
${identityRows(report)}
${factRow("Load", report.manifest.model)}
${report.arrivals !== null && factRow("Arrivals", arrivalsText(report.arrivals))}
</dl></section>`;
}

/** `12s of 1m10s · lambda=50`; after the end `ended after 1m10s by: duration`. */
function progressText({ status, report, wholeMs, stage }: Moment): string {
  if (report.end !== null) {
    return `ended after ${formatDuration(report.end.atMs)} by: ${report.end.reason}`;
  }
  if (status.state === "preparing") return "the load has not begun";
  const whole = wholeMs === null ? "" : ` of ${formatDuration(wholeMs)}`;
  const elapsed = `${formatDuration(Math.floor(status.elapsedMs / 1_000) * 1_000)}${whole}`;
  return stage === null ? elapsed : `${elapsed} · ${stage}`;
}

function progressBar({ status, report, wholeMs }: Moment): Content {
  if (wholeMs === null || report.end !== null) return false;
  const share = Math.min(1, status.elapsedMs / wholeMs).toFixed(3);
  return markup`<progress value="${share}" max="1" aria-label="time that has passed"></progress>`;
}

interface Tile {
  readonly title: string;
  readonly now: Content;
  /** What stands beside it, smaller. */
  readonly beside?: Content;
  readonly whole: Content;
}

/** What the live line shows, and what the report says of the whole so far. */
function nowPart(moment: Moment): Markup {
  const tiles = tilesOf(moment).map(({ title, now, beside = false, whole }) =>
    markup`<div><dt>${title}</dt><dd>${now}${
      beside !== false && markup` <span class="beside">${beside}</span>`
    }</dd><dd class="whole">${whole}</dd></div>`
  );
  return markup`<section aria-labelledby="now"><h2 id="now">The last second</h2>
<dl class="tiles">${tiles}</dl>
<p class="line"><code>${moment.status.line}</code></p></section>`;
}

function tilesOf({ lastSecond, report }: Moment): Tile[] {
  const { rate, inFlight, times, receivedBytesPerSec } = lastSecond;
  const { mainOperation: op } = report.manifest;
  const { operations, gauges, counters } = report.summary;
  const main = mainFirst(operations, report.manifest).filter((one) => one.op === op);
  const sum = (of: (one: typeof main[number]) => number) =>
    main.reduce((total, one) => total + of(one), 0);
  const only = main.length === 1 ? main[0]!.response : null;
  const tiles: Tile[] = [];
  if (rate !== null) {
    const counted = counters.filter(({ name }) => name === op)
      .reduce((total, { ratePerSec }) => total + ratePerSec, 0);
    tiles.push({
      title: `${op} per second`,
      now: decimalFigure(rate.perSec),
      beside: rate.targetPerSec !== null && markup`of ${decimalFigure(rate.targetPerSec)}`,
      whole: markup`${decimalFigure(sum(({ ratePerSec }) => ratePerSec) + counted)} in all`,
    });
  }
  if (inFlight !== undefined) {
    const most = gauges.find(({ name }) => name === "inFlight")?.max;
    tiles.push({
      title: "in flight",
      now: countFigure(inFlight),
      whole: most !== undefined && markup`at most ${countFigure(most)}`,
    });
  }
  for (const name of ["p50", "p99"] as const) {
    if (times === undefined) continue;
    tiles.push({
      title: `${name} of response`,
      now: formatDuration(times[`${name}Ms`]),
      whole: markup`${durationFigure(only?.[name] ?? null)} in all`,
    });
  }
  if (receivedBytesPerSec !== undefined) {
    const whole = counters.filter(({ name }) => name === "receivedBytes")
      .reduce((total, { ratePerSec }) => total + ratePerSec, 0);
    tiles.push({
      title: "received",
      now: `${formatBytes(receivedBytesPerSec)}/s`,
      whole: `${formatBytes(whole)}/s in all`,
    });
  }
  if (main.length > 0) {
    tiles.push({
      title: "failed, in all",
      now: countFigure(sum(({ failed }) => failed)),
      whole: markup`of ${countFigure(sum(({ total }) => total))}`,
    });
  }
  return tiles;
}

function durationFigure(ms: number | null): Content {
  return ms === null ? missing("too few values, or several series") : formatDuration(ms);
}
