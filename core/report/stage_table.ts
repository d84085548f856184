/**
 * The stages of a run side by side, one row each, for text and HTML alike. Only a run whose command
 * has stages of its own has such a table: the others have one load, which the report is about.
 * @module
 */

import { type Cause, UNATTRIBUTED } from "../judge/cause.ts";
import { formatDuration, formatSignificant } from "../units.ts";
import type { OperationSummary } from "../measure/summary.ts";
import type { ReportSoFar, StageReport } from "./report.ts";

/** Titles that begin with `>` are of numbers. Cells are texts with their units; empty: no value. */
interface StageTable {
  readonly titles: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

interface Column {
  readonly title: string;
  readonly cellOf: (stage: StageReport) => string;
  /** Left out if no stage has any. */
  readonly isOptional?: true;
}

/** The stages that are judged; undefined: the run has one load. */
export function stageTable({ manifest, stages }: ReportSoFar): StageTable | undefined {
  const judged = stages.filter(({ kind }) => kind === "measured");
  if (!manifest.isStaged || judged.length === 0) return undefined;
  const columns = columnsOf(manifest.mainOperation).filter(({ isOptional, cellOf }) =>
    !isOptional || judged.some((stage) => cellOf(stage) !== "")
  );
  return {
    titles: columns.map(({ title }) => title),
    rows: judged.map((stage) => columns.map(({ cellOf }) => cellOf(stage))),
  };
}

function columnsOf(op: string): Column[] {
  const main = ({ summary }: StageReport) => summary.operations.filter((one) => one.op === op);
  const sum = (stage: StageReport, of: (operation: OperationSummary) => number) =>
    main(stage).reduce((total, operation) => total + of(operation), 0);
  // A stage that had none of it did something else.
  const ofMain = (cellOf: Column["cellOf"]): Column["cellOf"] => (stage) =>
    main(stage).length === 0 ? "" : cellOf(stage);
  const time = (name: "p50" | "p95" | "p99"): Column => ({
    title: `>${name.toUpperCase()}`,
    cellOf({ response }) {
      const value = response?.[name] ?? null;
      return value === null ? "" : formatDuration(value);
    },
  });
  return [
    { title: "STAGE", cellOf: ({ name }) => name },
    { title: ">FROM", cellOf: ({ startMs }) => formatDuration(Math.round(startMs)) },
    {
      title: ">FOR",
      cellOf: ({ startMs, endMs, pausedMs }) =>
        formatDuration(Math.round(endMs - startMs - pausedMs)),
    },
    {
      title: ">PAUSED",
      isOptional: true,
      cellOf: ({ pausedMs }) => pausedMs === 0 ? "" : formatDuration(Math.round(pausedMs)),
    },
    {
      title: ">TARGET/S",
      isOptional: true,
      cellOf: ({ targetRatePerSec: rate }) => rate === null ? "" : formatSignificant(rate),
    },
    { title: ">COUNT", cellOf: ofMain((stage) => String(sum(stage, ({ total }) => total))) },
    {
      title: ">RATE/S",
      cellOf: ofMain((stage) => formatSignificant(sum(stage, ({ ratePerSec }) => ratePerSec))),
    },
    {
      title: ">FAILED",
      cellOf: ofMain((stage) => String(sum(stage, ({ failed }) => failed))),
    },
    {
      title: ">DROPPED",
      isOptional: true,
      cellOf: (stage) => String(sum(stage, ({ dropped }) => dropped) || ""),
    },
    {
      title: ">CANCELLED",
      isOptional: true,
      cellOf: (stage) => String(sum(stage, ({ cancelled }) => cancelled) || ""),
    },
    time("p50"),
    time("p95"),
    time("p99"),
    { title: "GENERATOR", cellOf: ({ validity }) => validity.level },
    { title: "CLASS", isOptional: true, cellOf: classCell },
    { title: "CAUSE", isOptional: true, cellOf: ({ causes }) => causes[0]?.component ?? "" },
    {
      title: "BECAUSE",
      isOptional: true,
      cellOf: ({ class: found, causes }) => {
        const reason = found?.reason ?? "";
        const more = causes.map(becauseOf).filter((text) => !reason.includes(text));
        return [reason, ...more].filter(Boolean).join("; ");
      },
    },
  ];
}

/** All that was looked at in vain would make the table as wide as it is long; it is in the JSON. */
function becauseOf({ component, because }: Cause): string {
  return component === UNATTRIBUTED ? "no sign broke" : because;
}

function classCell({ class: found }: StageReport): string {
  return found === null ? "" : found.name ?? "unknown";
}

/** A stage as one line for people: `lambda=50: 1500 create in 30s, 50/s, p95 12ms p99 20ms`. */
export function stageLine(stage: StageReport, op: string): string {
  const cells = new Map(columnsOf(op).map(({ title, cellOf }) => [title, cellOf(stage)]));
  const cell = (title: string) => cells.get(title) ?? "";
  const failed = ["", "0"].includes(cell(">FAILED")) ? "" : `, ${cell(">FAILED")} failed`;
  const times = [">P50", ">P95", ">P99"].filter((title) => cell(title) !== "")
    .map((title) => `${title.slice(1).toLowerCase()} ${cell(title)}`);
  const paused = cell(">PAUSED") === "" ? "" : `, paused ${cell(">PAUSED")}`;
  const fit = stage.validity.level === "valid" ? "" : `, generator ${stage.validity.level}`;
  const because = stage.class?.reason ? `, ${stage.class.reason}` : "";
  const found = stage.class === null ? "" : `: ${classCell(stage)}${because}`;
  const done = cell(">COUNT") === ""
    ? `done in ${cell(">FOR")}`
    : `${cell(">COUNT")} ${op} in ${cell(">FOR")}, ${cell(">RATE/S")}/s${failed}`;
  return `${stage.name}: ${done}` +
    `${times.length === 0 ? "" : `, ${times.join(" ")}`}${paused}${fit}${found}`;
}
