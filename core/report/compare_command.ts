/** `scaletool compare BASE NEW...`: what changed, with what confidence, and is it a regression? @module */

import { CannotRunError, messageOf, UsageError } from "../errors.ts";
import { EXIT_CODE, type ExitCode } from "../exit_code.ts";
import { defineCommand } from "../run/command.ts";
import { choice, flag, listOf, text } from "../run/flags.ts";
import { openRunDirectory, runDirectoriesAt } from "../run/run_directory.ts";
import { buildReport } from "./build_report.ts";
import { compareRuns, DEFAULT_CONFIDENCE } from "./compare.ts";
import { comparisonJson, comparisonText } from "./compare_text.ts";
import { type FailOn, parseFailOn } from "./fail_on.ts";
import type { Report } from "./report.ts";

export const compareCommand = defineCommand({
  name: "compare",
  summary: "compare runs: better, worse or ~ per metric, with confidence",
  description:
    "Compares each NEW with BASE. Each is a run directory, a comma-separated list of them, or a folder that holds some: " +
    "repeats of one setting. With at least 4 runs a side a difference is told from chance run by run; with fewer, " +
    "only by the variation within the runs. Exits 3 on a regression, 4 when that cannot be told.",
  flags: {
    "fail-on": flag(listOf(text("rule")), {
      help:
        "what counts as a regression, e.g. 'p99>10%', 'rate<-5%', any; repeatable; default: any metric " +
        "significantly worse by at least 5 %",
      default: [],
    }),
    output: flag(choice(["text", "json"]), { help: "format", short: "o", default: "text" }),
  },
  positionals: { usage: "BASE NEW...", min: 2, max: Infinity },
  examples: [
    { line: "compare runs/before runs/after", does: "two runs, or two folders of runs" },
    {
      line: "compare --fail-on 'p99>10%' --fail-on 'rate<-5%' runs/main runs/branch",
      does: "as a gate in CI",
    },
  ],
  run({ values, positionals: [basePath = "", ...newPaths], io }) {
    const failOn = values["fail-on"].map(parseRule);
    const base = reportsAt(basePath);
    const codes = newPaths.map((path): ExitCode => {
      const comparison = compareRuns(base, reportsAt(path), {
        confidence: DEFAULT_CONFIDENCE,
        failOn,
      });
      io.stdout(values.output === "json" ? comparisonJson(comparison) : comparisonText(comparison));
      return EXIT_CODE_OF[comparison.verdict];
    });
    // A regression in one of them is one, whatever the others say.
    const worst = [EXIT_CODE.failed, EXIT_CODE.inconclusive].find((code) => codes.includes(code));
    return Promise.resolve(worst ?? EXIT_CODE.pass);
  },
});

const EXIT_CODE_OF = {
  pass: EXIT_CODE.pass,
  fail: EXIT_CODE.failed,
  inconclusive: EXIT_CODE.inconclusive,
} as const;

function reportsAt(text: string): Report[] {
  return text.split(",").flatMap((path) => {
    const directories = runDirectoriesAt(path);
    if (directories.length === 0) {
      throw new CannotRunError(`Cannot compare "${path}": no run directory there`);
    }
    return directories.map((directory) => buildReport(openRunDirectory(directory)));
  });
}

function parseRule(text: string): FailOn {
  try {
    return parseFailOn(text);
  } catch (error) {
    throw new UsageError(`--fail-on: ${messageOf(error)}`, { cause: error });
  }
}
