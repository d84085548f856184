/** The figures of a test as a text, in the sections of the field's scripts. @module */

import type { Report } from "../../../core/report/report.ts";
import { seriesKey } from "../../../core/measure/series_key.ts";
import { formatDuration, formatSignificant } from "../../../core/units.ts";

/** @param failures rows of the workspaces that failed */
export function metricsText(report: Report, failures: string): string {
  const sections = [
    ["=== Test Metrics ===", [`Verdict: ${report.verdict}`, `Exit code: ${report.exitCode}`]],
    ["--- K6 Summary ---", operationLines(report)],
    ["--- DevWorkspace Stats ---", statLines(report)],
    ["--- Errors ---", errorLines(report)],
    ["--- Failed DevWorkspaces ---", failures.split("\n").filter((line) => line !== "")],
  ] as const;
  return sections.map(([title, lines]) => [title, ...lines, ""].join("\n") + "\n").join("");
}

function operationLines({ summary: { operations } }: Report): string[] {
  return operations.map(({ op, tags, ok, failed, response }) => {
    const times = response === null
      ? ""
      : `, avg ${formatDuration(response.mean)}, max ${formatDuration(response.max)}` +
        (response.p95 === null ? "" : `, p95 ${formatDuration(response.p95)}`);
    return `${seriesKey(op, tags)}: ${ok} ok, ${failed} failed${times}`;
  });
}

function statLines({ summary: { counters, gauges } }: Report): string[] {
  return [
    ...counters.map(({ name, tags, total }) => `${seriesKey(name, tags)}: ${total}`),
    ...gauges.map(({ name, tags, mean, max }) =>
      `${seriesKey(name, tags)}: avg ${formatSignificant(mean)}, max ${formatSignificant(max)}`
    ),
  ];
}

function errorLines({ summary: { operations }, findings, warnings }: Report): string[] {
  return [
    ...findings.filter(({ verdict }) => verdict !== "pass").map(({ subject, verdict, reason }) =>
      `${subject}: ${verdict}: ${reason}`
    ),
    ...operations.flatMap(({ op, tags, failures }) =>
      Object.entries(failures).map(([reason, count]) =>
        `${seriesKey(op, tags)}: ${reason}: ${count}`
      )
    ),
    ...warnings.map(({ code, message }) => `${code}: ${message}`),
  ];
}
