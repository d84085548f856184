/**
 * The top of the HTML report: did the run pass, what was run, and can its figures be trusted?
 * Never judges: every verdict and reason comes from the report.
 * @module
 */

import { arrivalsText } from "../../judge/arrival_rate.ts";
import type { Finding, Verdict } from "../../judge/finding.ts";
import type { ValidityLevel } from "../../judge/validity.ts";
import { formatDuration } from "../../units.ts";
import { endedBy } from "../end_text.ts";
import type { Report, ReportSoFar } from "../report.ts";
import { missing } from "./figures.ts";
import { type Content, type Markup, markup } from "./markup.ts";

const SIMULATED_MEANING =
  "Time stood still while the generator worked: it was never late, and times are those of a simulation.";

const VALIDITY_MEANING: Readonly<Record<ValidityLevel, string>> = {
  valid: "The generator kept up; the figures are those of the system under test.",
  degraded: "Read the figures with these reasons in mind.",
  invalid: "Times and rates are the generator's own, not those of the system under test.",
};

export function badge(verdict: Verdict): Markup {
  return markup`<span class="badge ${verdict}">${verdict.toUpperCase()}</span>`;
}

export function factRow(name: string, value: Content): Markup {
  return markup`<div><dt>${name}</dt><dd>${value}</dd></div>`;
}

/** As the other facts of the head are written: "server version" -> "Server version". */
function capitalized(fact: string): string {
  return fact.charAt(0).toUpperCase() + fact.slice(1);
}

/** "2026-08-01T10:00:00.000Z" -> "2026-08-01 10:00:00 UTC"; any other text stays as it is. */
function startedText(startedAt: string): string {
  return startedAt.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z$/, "$1 $2 UTC");
}

function durationText(report: Report): Content {
  const { end, manifest } = report;
  const asked = manifest.isStaged
    ? "as long as its stages took"
    : manifest.durationMs === null
    ? "no limit was set"
    : `${formatDuration(manifest.durationMs)} asked`;
  if (end === null) {
    return markup`${
      missing("the run was killed before it could end")
    } killed before its end (${asked})`;
  }
  return `${formatDuration(end.atMs)} (ended by: ${endedBy(end, report)}; ${asked})`;
}

/** What tells this run from any other. */
export function identityRows({ manifest }: ReportSoFar): Markup {
  return markup`${factRow("Target", markup`<code>${manifest.target}</code>`)}
${Object.entries(manifest.facts).map(([fact, value]) => factRow(capitalized(fact), value))}
${factRow("Run", markup`<code>${manifest.runId}</code>`)}
${factRow("Started", startedText(manifest.startedAt))}`;
}

/** Title, verdict and the facts that tell this run from any other. */
export function headerPart(report: Report): Markup {
  const { manifest } = report;
  const warmUp = manifest.warmUpMs > 0 &&
    `, the first ${formatDuration(manifest.warmUpMs)} not judged`;
  return markup`<header>
<p class="verdict">${
    badge(report.verdict)
  } <span class="muted">exit code ${report.exitCode}</span></p>
<h1><span class="muted">${manifest.tool.name}</span> ${manifest.command}</h1>
<dl class="facts">
${identityRows(report)}
${factRow("Duration", [durationText(report), warmUp])}
${factRow("Load", manifest.model)}
${report.arrivals !== null && factRow("Arrivals", arrivalsText(report.arrivals))}
</dl>
</header>`;
}

function findingRow(finding: Finding): Markup {
  return markup`<tr>
<th scope="row"><code>${finding.subject}</code></th>
<td class="number">${finding.observed ?? missing("nothing was observed")}</td>
<td class="number">${finding.limit}</td>
<td>${badge(finding.verdict)}</td>
<td class="prose">${finding.reason}</td>
</tr>`;
}

/** What was asked of the run and what came out. */
export function findingsPart(report: ReportSoFar): Markup {
  const body = report.findings.length === 0
    ? markup`<p>No threshold was set and the command checked nothing of its own, so there is nothing to pass: the verdict is inconclusive.</p>`
    : markup`<div class="scroll"><table>
<thead><tr><th scope="col">Subject</th><th scope="col" class="number">Observed</th><th scope="col" class="number">Limit</th><th scope="col">Verdict</th><th scope="col">Reason</th></tr></thead>
<tbody>${report.findings.map(findingRow)}</tbody>
</table></div>`;
  return markup`<section aria-labelledby="findings"><h2 id="findings">Thresholds and findings</h2>${body}</section>`;
}

/** Was the generator itself fit to measure? */
export function validityPart(report: ReportSoFar): Markup {
  const { validity: { level, reasons }, manifest: { isSimulated } } = report;
  const meaning = isSimulated && level === "valid" ? SIMULATED_MEANING : VALIDITY_MEANING[level];
  return markup`<section class="box ${level}" aria-labelledby="validity">
<h2 id="validity">Validity: ${level.toUpperCase()}</h2>
<p>${meaning}</p>
${reasons.length > 0 && markup`<ul>${reasons.map((reason) => markup`<li>${reason}</li>`)}</ul>`}
</section>`;
}

/** What the reader must know; nothing at all when there are no warnings. */
export function warningsPart(report: ReportSoFar): Content {
  return report.warnings.length > 0 &&
    markup`<section class="box degraded" aria-labelledby="warnings">
<h2 id="warnings">Warnings</h2>
<ul>${
      report.warnings.map(({ code, message }) => markup`<li><code>${code}</code> ${message}</li>`)
    }</ul>
</section>`;
}
