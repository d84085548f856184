/**
 * What would a command do? Its `--dry-run` answer as text for people or as data for programs. Pure:
 * the command itself finds out what is to be said.
 * @module
 */

import { UsageError } from "../errors.ts";
import { printableLines } from "../say.ts";
import { writeYaml } from "../yaml.ts";
import type { OutputFormat } from "./run_flags.ts";

/** One fact of what would be done, e.g. `expected duration` and `5m0s`. */
export interface PlanSection {
  /** Lower-case words, unique within a plan; they are also the key of it in JSON and YAML. */
  readonly title: string;
  /** Text with its unit, or a list of lines. */
  readonly value: string | number | boolean | readonly string[];
}

const GUTTER = "  ";

/**
 * The sections in their order, ending with a line feed. Text has the titles in one column and the
 * values in another, a list with a line for each of its items; JSON and YAML have one object, where
 * `expected duration` is `expectedDuration`.
 * @throws {UsageError} for a format that cannot hold them
 */
export function renderPlan(sections: readonly PlanSection[], format: OutputFormat): string {
  switch (format) {
    case "text":
      return textOf(sections);
    case "json":
      return JSON.stringify(objectOf(sections), null, 2) + "\n";
    case "yaml":
      return writeYaml(objectOf(sections));
    default:
      throw new UsageError(
        `--output must be text, json or yaml together with --dry-run, not "${format}"`,
      );
  }
}

function textOf(sections: readonly PlanSection[]): string {
  const width = Math.max(0, ...sections.map(({ title }) => title.length));
  return sections.flatMap(({ title, value }) =>
    linesOf(value).map((line, index) =>
      `${(index === 0 ? title : "").padEnd(width)}${GUTTER}${line}`.trimEnd() + "\n"
    )
  ).join("");
}

function linesOf(value: PlanSection["value"]): string[] {
  const lines = [value].flat().flatMap((item) => printableLines(String(item)).split("\n"));
  return lines.length === 0 ? ["none"] : lines;
}

function objectOf(sections: readonly PlanSection[]): Record<string, PlanSection["value"]> {
  return Object.fromEntries(sections.map(({ title, value }) => [camelCase(title), value]));
}

/** `expected duration`, `expected-duration` -> `expectedDuration`. */
function camelCase(title: string): string {
  return title.replace(
    /[^A-Za-z0-9]+([A-Za-z0-9])/g,
    (_, letter: string) => letter.toUpperCase(),
  );
}
