/**
 * The report as one HTML file for people: it opens offline, asks nothing of any server, and holds
 * the whole report as JSON, from which its charts are drawn. Pure; never computes a statistic.
 * @module
 */

import uplotCss from "uplot/css" with { type: "text" };
import uplotJs from "uplot/js" with { type: "text" };
import chartSeriesJs from "./chart_series.js" with { type: "text" };
import chartsJs from "./charts.js" with { type: "text" };
import styleCss from "./style.css" with { type: "text" };
import { chartsPart } from "./charts_part.ts";
import { manifestPart } from "./manifest_part.ts";
import { figureTablePart } from "./figure_table_part.ts";
import { inlineModule, inlineScript, inlineStyle, jsonScript, markup } from "./markup.ts";
import {
  countersPart,
  distributionsPart,
  failuresPart,
  gaugesPart,
  operationsPart,
  stagesPart,
} from "./tables_part.ts";
import { findingsPart, headerPart, validityPart, warningsPart } from "./verdict_part.ts";
import type { Report } from "../report.ts";

/** No request of any kind, even if some text got past the escaping; only what is in the file runs. */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:";

/** The whole page, with style and scripts inlined (about 60 kB beside the report's own JSON). */
export function renderHtml(report: Report): string {
  const { manifest, verdict } = report;
  const page = markup`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${CONTENT_SECURITY_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${verdict.toUpperCase()} ${manifest.command} ${manifest.runId}</title>
${inlineStyle(uplotCss)}
${inlineStyle(styleCss)}
</head>
<body>
${headerPart(report)}
<main>
${findingsPart(report)}
${validityPart(report)}
${warningsPart(report)}
${stagesPart(report)}
${report.tables.map(figureTablePart)}
${chartsPart(report)}
${operationsPart(report)}
${failuresPart(report)}
${distributionsPart(report)}
${countersPart(report)}
${gaugesPart(report)}
${manifestPart(report)}
</main>
${jsonScript("report", report)}
${inlineScript(uplotJs)}
${inlineModule(chartSeriesJs)}
${inlineModule(chartsJs)}
</body>
</html>
`;
  return page.toString();
}
