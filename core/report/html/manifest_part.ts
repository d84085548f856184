/**
 * What exactly was run, so that somebody else can run it again: settings with their source,
 * versions, host, seed. Shows the manifest as it is; secrets were masked when it was written.
 * @module
 */

import { formatBytes, formatDuration, formatSignificant } from "../../units.ts";
import type { Report } from "../report.ts";
import { type Content, type Markup, markup } from "./markup.ts";

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
export function manifestPart(report: Report): Markup {
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
