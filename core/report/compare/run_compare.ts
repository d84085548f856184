/** Compares run directories: what changed, with what confidence, and is it a regression? @module */

import { CannotRunError, messageOf, UsageError } from "../../errors.ts";
import { EXIT_CODE, type ExitCode } from "../../exit_code.ts";
import type { Invocation } from "../../command/command.ts";
import { openRunDirectory, runDirectoriesAt } from "../../run_log/run_directory.ts";
import { buildReport } from "../build_report.ts";
import type { COMPARE_FLAGS } from "./command.ts";
import { compareRuns, DEFAULT_CONFIDENCE } from "./compare.ts";
import { comparisonJson, comparisonText } from "./text.ts";
import { type FailOn, parseFailOn } from "./fail_on.ts";
import type { Report } from "../report.ts";

export async function runCompare(
  { values, positionals: [basePath = "", ...newPaths], io }: Invocation<typeof COMPARE_FLAGS>,
): Promise<ExitCode> {
  const failOn = values["fail-on"].map(parseRule);
  const base = await reportsAt(basePath);
  const codes: ExitCode[] = [];
  for (const path of newPaths) {
    const comparison = compareRuns(base, await reportsAt(path), {
      confidence: DEFAULT_CONFIDENCE,
      failOn,
    });
    io.stdout(values.output === "json" ? comparisonJson(comparison) : comparisonText(comparison));
    codes.push(EXIT_CODE_OF[comparison.verdict]);
  }
  // A regression in one of them is one, whatever the others say.
  const worst = [EXIT_CODE.failed, EXIT_CODE.inconclusive].find((code) => codes.includes(code));
  return worst ?? EXIT_CODE.pass;
}

const EXIT_CODE_OF = {
  pass: EXIT_CODE.pass,
  fail: EXIT_CODE.failed,
  inconclusive: EXIT_CODE.inconclusive,
} as const;

async function reportsAt(text: string): Promise<Report[]> {
  const reports: Report[] = [];
  for (const path of text.split(",")) {
    const directories = runDirectoriesAt(path);
    if (directories.length === 0) {
      throw new CannotRunError(`Cannot compare "${path}": no run directory there`);
    }
    for (const directory of directories) {
      reports.push(await buildReport(openRunDirectory(directory)));
    }
  }
  return reports;
}

function parseRule(text: string): FailOn {
  try {
    return parseFailOn(text);
  } catch (error) {
    throw new UsageError(`--fail-on: ${messageOf(error)}`, { cause: error });
  }
}
