/**
 * The report as one HTML file for people: it opens offline, asks nothing of any server, and holds
 * the whole report as JSON, from which its charts are drawn. Pure; never computes a statistic.
 * @module
 */

import { formatBytes, formatDuration, formatSignificant } from "../../units.ts";
import { CHART_SCRIPTS, STYLES } from "./assets.ts";
import { chartsPart } from "./charts_part.ts";
import {
  type Content,
  inlineModule,
  inlineScript,
  inlineStyle,
  jsonScript,
  type Markup,
  markup,
} from "./markup.ts";
import {
  countersPart,
  distributionsPart,
  failuresPart,
  figureTablePart,
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
${STYLES.map(inlineStyle)}
</head>
<body>
${headerPart(report)}
<main>
${findingsPart(report)}
${validityPart(report)}
${warningsPart(report)}
${stagesPart(report)}
${report.tables.filter(({ isDetail }) => isDetail !== true).map(figureTablePart)}
${chartsPart(report)}
${operationsPart(report)}
${failuresPart(report)}
${distributionsPart(report)}
${report.tables.filter(({ isDetail }) => isDetail === true).map(figureTablePart)}
${countersPart(report)}
${gaugesPart(report)}
${manifestPart(report)}
</main>
${jsonScript("report", report)}
${CHART_SCRIPTS.globals.map(inlineScript)}
${CHART_SCRIPTS.modules.map(inlineModule)}
</body>
</html>
`;
  return page.toString();
}

type Manifest = Report["manifest"];

function factsOf(manifest: Manifest): [string, string][] {
  const { tool, host } = manifest;
  return [
    ["Tool", `${tool.name} ${tool.version}`],
    ["Runtime", `${tool.runtime}, ${tool.os} ${tool.arch}`],
    ["Host", `${host.name}, ${host.cpus} CPUs, ${formatBytes(host.memoryBytes)} memory`],
    ["Load model", manifest.model],
    [
      "Target rate",
      manifest.targetRatePerSec === null
        ? "none (closed model)"
        : `${formatSignificant(manifest.targetRatePerSec)} per second`,
    ],
    ["Warm-up", manifest.warmUpMs > 0 ? formatDuration(manifest.warmUpMs) : "none"],
    ["Seed", `${manifest.seed} (${manifest.rng})`],
    ...Object.entries(manifest.labels).map(([key, value]): [string, string] => [
      `Label ${key}`,
      value,
    ]),
  ];
}

function flagsTable(flags: Manifest["flags"]): Content {
  const names = Object.keys(flags).sort();
  return names.length > 0 && markup`<h3>Effective settings</h3>
<div class="scroll"><table>
<thead><tr><th scope="col">Setting</th><th scope="col">Value</th><th scope="col">Source</th></tr></thead>
<tbody>${
    names.map((name) =>
      markup`<tr><th scope="row"><code>${name}</code></th><td class="prose"><code>${
        flags[name]?.value ?? ""
      }</code></td><td>${flags[name]?.source ?? ""}</td></tr>`
    )
  }</tbody>
</table></div>`;
}

/** The manifest: versions, host, seed, labels and every effective setting. */
function manifestPart(report: Report): Markup {
  const { manifest } = report;
  return markup`<section aria-labelledby="manifest"><h2 id="manifest">Manifest</h2>
<div class="scroll"><table>
<tbody>${
    factsOf(manifest).map(([fact, value]) =>
      markup`<tr><th scope="row">${fact}</th><td class="prose">${value}</td></tr>`
    )
  }</tbody>
</table></div>
${flagsTable(manifest.flags)}</section>`;
}
