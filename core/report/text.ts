/**
 * What does a person see at the end of a run, in a terminal or a CI log? The answer first (checks,
 * then whether to trust them), the figures behind it next, the verdict in the last line. Never
 * computes a figure and never says anything by colour alone.
 * @module
 */

import { arrivalsText } from "../judge/arrival_rate.ts";
import type { Finding, Verdict } from "../judge/finding.ts";
import { answerText, type LadderResult } from "../ladder/ladder_result.ts";
import { seriesKey } from "../measure/series_key.ts";
import type {
  CounterSummary,
  DistributionStats,
  DistributionSummary,
  GaugeSummary,
  OperationSummary,
} from "../measure/summary.ts";
import { printable } from "../say.ts";
import { formatBytes, formatDuration, formatSignificant } from "../units.ts";
import { changeLines } from "./changes.ts";
import { climbFindingTexts } from "./climb_findings.ts";
import { endedText } from "./end_text.ts";
import { figureTableLines } from "./figure_table.ts";
import { listedCounters } from "./listed_counters.ts";
import { mainFirst } from "./main_first.ts";
import type { Report } from "./report.ts";
import { stageTable } from "./stage_table.ts";
import { columns, formatTable } from "./table.ts";

/** How the text is to look. */
interface TextStyle {
  /** Whether verdicts are coloured with ANSI sequences as well. */
  readonly color: boolean;
  /** Columns that sentences are wrapped at; tables are never cut. */
  readonly width: number;
}

const GREEN = 32;
const RED = 31;
const YELLOW = 33;
const ESCAPE = String.fromCharCode(27);

const FINDING_WORD: Readonly<Record<Verdict, string>> = {
  pass: "PASS",
  fail: "FAIL",
  inconclusive: "????",
};
const VERDICT_COLOR: Readonly<Record<Verdict, number>> = {
  pass: GREEN,
  fail: RED,
  inconclusive: YELLOW,
};
const SHOWN_QUANTILES = ["p50", "p90", "p99", "p99.9"] as const;

/** The report as text, ending with a line feed. */
export function renderText(report: Report, style: TextStyle): string {
  const { summary } = report;
  const operations = mainFirst(summary.operations, report.manifest);
  const sections = [
    findingLines(report.findings, style),
    cautionLines(report, style),
    changeLines(report.changes),
    stageLines(report, style),
    ...report.tables.filter(({ isDetail }) => isDetail !== true).map(figureTableLines),
    operationLines(operations),
    failureLines(operations),
    distributionLines(summary.distributions),
    ...report.tables.filter(({ isDetail }) => isDetail === true).map(figureTableLines),
    counterLines(listedCounters(report)),
    gaugeLines(summary.gauges),
    runLines(report, style),
    [verdictLine(report, style)],
  ];
  return sections.filter((lines) => lines.length > 0).map((lines) => lines.join("\n"))
    .join("\n\n") + "\n";
}

function findingLines(findings: readonly Finding[], style: TextStyle): string[] {
  if (findings.length === 0) return ["No threshold was set: there is nothing to judge."];
  return formatTable(
    columns("VERDICT", "CHECK", ">OBSERVED", "LIMIT", "REASON"),
    findings.map(({ verdict, subject, observed, limit, reason }) => [
      colored(FINDING_WORD[verdict], VERDICT_COLOR[verdict], style),
      ...[subject, observed ?? "", limit, reason].map(printable),
    ]),
  );
}

/** Everything that the reader must know before believing a figure. */
function cautionLines({ validity, warnings }: Report, style: TextStyle): string[] {
  const lines: string[] = [];
  if (validity.level !== "valid") {
    const color = validity.level === "invalid" ? RED : YELLOW;
    for (const reason of validity.reasons) {
      lines.push(...caution(validity.level.toUpperCase(), { text: reason, color, style }));
    }
  }
  for (const { code, message } of warnings) {
    lines.push(...caution("WARNING", { text: `${code}: ${message}`, color: YELLOW, style }));
  }
  return lines;
}

function caution(
  word: string,
  { text, color, style }: { text: string; color: number; style: TextStyle },
): string[] {
  const [first = "", ...rest] = wrapped(`${word} ${printable(text)}`.split(" "), {
    separator: " ",
    width: style.width,
  });
  return [colored(word, color, style) + first.slice(word.length), ...rest];
}

function stageLines(report: Report, { width }: TextStyle): string[] {
  const table = stageTable(report);
  if (table === undefined) return [];
  return [
    ...formatTable(columns(...table.titles), table.rows.map((row) => row.map(printable))),
    `times are ${report.manifest.mainOperation} response times; what follows is of all these stages`,
    ...report.ladder === null ? [] : answerLines(report.ladder, width),
    ...climbLines(report),
  ];
}

function climbLines({ ladder, climb }: Report): string[] {
  if (ladder === null || climb === null) return [];
  return climbFindingTexts(climb, ladder).map(({ title, text }) =>
    printable(`- ${title}: ${text}`)
  );
}

function answerLines(ladder: LadderResult, width: number): string[] {
  const words = `${ladder.flag}: ${printable(answerText(ladder))}`.split(" ");
  return wrapped(words, { separator: " ", width });
}

function operationLines(operations: readonly OperationSummary[]): string[] {
  if (operations.length === 0) return ["No operation was measured."];
  const withCancelled = operations.some(({ cancelled }) => cancelled > 0);
  const table = formatTable(
    columns(
      ...["OP", "TIME", ">COUNT", ">RATE/S", ">FAILED", ">DROPPED"],
      ...(withCancelled ? [">CANCELLED"] : []),
      ...SHOWN_QUANTILES.map((name) => `>${name.toUpperCase()}`),
      ">MAX",
    ),
    operations.flatMap((operation) =>
      (["service", "response"] as const).map((view) => [
        nameOf(operation.op, operation.tags),
        view,
        String(operation.total),
        formatSignificant(operation.ratePerSec),
        String(operation.failed),
        String(operation.dropped),
        ...(withCancelled ? [String(operation.cancelled)] : []),
        ...quantileCells(operation[view], formatDuration),
      ])
    ),
  );
  return [
    ...table,
    "service = sent to done; response = due to done, so with the wait to be sent; - = too few values",
  ];
}

function quantileCells(stats: DistributionStats | null, format: (value: number) => string) {
  return [...SHOWN_QUANTILES, "max" as const].map((name) => {
    const value = stats?.[name] ?? null;
    return value === null ? "" : format(value);
  });
}

function failureLines(operations: readonly OperationSummary[]): string[] {
  const rows = operations.flatMap(({ op, tags, failures, total }) =>
    Object.entries(failures)
      .sort(([oneReason, one], [otherReason, other]) =>
        other - one || (oneReason < otherReason ? -1 : 1)
      )
      .map(([reason, count]) => [
        nameOf(op, tags),
        printable(reason),
        String(count),
        `${formatSignificant(100 * count / total)}%`,
      ])
  );
  return rows.length === 0 ? [] : formatTable(columns("OP", "FAILURE", ">COUNT", ">SHARE"), rows);
}

function distributionLines(distributions: readonly DistributionSummary[]): string[] {
  if (distributions.length === 0) return [];
  return formatTable(
    columns(
      ...["DISTRIBUTION", ">COUNT", ">MIN", ">MEAN"],
      ...SHOWN_QUANTILES.map((name) => `>${name.toUpperCase()}`),
      ">MAX",
    ),
    byName(distributions).map(({ name, tags, unit, stats }) => {
      const format = unit === "ms" ? formatDuration : bytesCell;
      return [
        nameOf(name, tags),
        String(stats.count),
        format(stats.min),
        format(stats.mean),
        ...quantileCells(stats, format),
      ];
    }),
  );
}

function counterLines(counters: readonly CounterSummary[]): string[] {
  if (counters.length === 0) return [];
  return formatTable(
    columns("COUNTER", ">TOTAL", ">RATE/S"),
    byName(counters).map(({ name, tags, total, ratePerSec }) => [
      nameOf(name, tags),
      valueCell(name, total),
      name.endsWith("Bytes") ? `${bytesCell(ratePerSec)}/s` : valueCell(name, ratePerSec),
    ]),
  );
}

function gaugeLines(gauges: readonly GaugeSummary[]): string[] {
  if (gauges.length === 0) return [];
  return formatTable(
    columns("GAUGE", ">LAST", ">MIN", ">MEAN", ">MAX"),
    byName(gauges).map(({ name, tags, last, min, mean, max }) => [
      nameOf(name, tags),
      ...[last, min, mean, max].map((value) => valueCell(name, value)),
    ]),
  );
}

function runLines(report: Report, { width }: TextStyle): string[] {
  const { manifest, summary, arrivals, end } = report;
  const measured = `${formatDuration(summary.measuredMs)} measured`;
  const warmUp = manifest.warmUpMs > 0
    ? ` after ${formatDuration(manifest.warmUpMs)} of warm-up`
    : "";
  const ended = end === null ? "killed before its end" : endedText(end, report);
  const parts = [
    manifest.command,
    `target ${manifest.target}`,
    ...Object.entries(manifest.facts).map(([fact, value]) => `${fact} ${value}`),
    `model ${manifest.model}`,
    ...(arrivals === null ? [] : [arrivalsText(arrivals)]),
    `seed ${manifest.seed}`,
    measured + warmUp,
    ended,
    `run ${manifest.runId}`,
  ];
  return wrapped(parts.map(printable), { separator: " | ", width });
}

function verdictLine({ verdict, exitCode, findings }: Report, style: TextStyle): string {
  const word = colored(verdict.toUpperCase(), VERDICT_COLOR[verdict], style);
  const counts = (["fail", "inconclusive", "pass"] as const)
    .map((kind) => [kind, findings.filter((finding) => finding.verdict === kind).length] as const)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${count} ${COUNTED[kind]}`);
  const reasons = counts.length === 0 ? "nothing was asked" : counts.join(", ");
  return `${word} (exit code ${exitCode}): ${reasons}`;
}

const COUNTED: Readonly<Record<Verdict, string>> = {
  pass: "passed",
  fail: "failed",
  inconclusive: "inconclusive",
};

function nameOf(name: string, tags: Readonly<Record<string, string>> | undefined): string {
  return printable(seriesKey(name, tags));
}

function byName<T extends { name: string; tags?: Record<string, string> | undefined }>(
  series: readonly T[],
): T[] {
  return series.map((one) => ({ key: seriesKey(one.name, one.tags), one }))
    .sort((a, b) => a.key < b.key ? -1 : a.key > b.key ? 1 : 0)
    .map(({ one }) => one);
}

/** A value in the unit that its name states (`Bytes`, `Ms`), else as a plain number. */
function valueCell(name: string, value: number): string {
  if (name.endsWith("Bytes")) return bytesCell(value);
  if (name.endsWith("Ms")) return formatDuration(value);
  return Number.isInteger(value) ? String(value) : formatSignificant(value);
}

/** Without the space between number and unit, so that it stays one field for awk. */
function bytesCell(bytes: number): string {
  return formatBytes(bytes).replace(" ", "");
}

function colored(word: string, color: number, style: TextStyle): string {
  return style.color ? `${ESCAPE}[${color}m${word}${ESCAPE}[0m` : word;
}

/** Lines of at most `width` columns; further lines are indented; a part is never broken. */
function wrapped(
  parts: readonly string[],
  { separator, width }: { separator: string; width: number },
): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const longer = `${lines.at(-1)}${separator}${part}`;
    if (lines.length > 0 && longer.length <= width) lines[lines.length - 1] = longer;
    else lines.push(lines.length === 0 ? part : `  ${part}`);
  }
  return lines;
}
