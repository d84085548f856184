/** The commands that read runs back, as the command line knows them. @module */

import { type Command, defineCommand } from "../command/command.ts";
import { choice, flag, text, toggle } from "../command/flags.ts";
import { OUTPUT_FORMATS, OVERWRITE_FLAG } from "../command/run_flags.ts";
import type { ExitCode } from "../exit_code.ts";
import { compareCommand } from "./compare/command.ts";

export const REPORT_FLAGS = {
  output: flag(choice([...OUTPUT_FORMATS, "html"]), {
    help: "format",
    short: "o",
    default: "text",
  }),
  "output-file": flag(text("file"), { help: "write there instead of to stdout" }),
  overwrite: OVERWRITE_FLAG,
  join: flag(text("file"), {
    help: "join this CSV of a driver or logger with the one of the other (text, json, csv)",
  }),
  "k6-summaries": flag(text("dir"), {
    help: "also write the summaries in k6's shapes that the run has, below this directory",
  }),
  schema: flag(toggle, { help: "print the JSON Schema of result.json and stop", default: false }),
};

/** A text for stdout or a file, and the exit code that goes with it. */
export interface Joined {
  readonly exitCode: ExitCode;
  readonly rendered: string;
}

/**
 * Joins the log files of a driver and of a logger, in either order; undefined: not given.
 * @throws {UsageError | CannotRunError} if they cannot be joined, or not written in this format
 */
export type JoinLogs = (
  files: readonly [string, string | undefined],
  format: string,
) => Promise<Joined>;

/** @param joinLogs what `report --join` does */
export function reportCommands(joinLogs: JoinLogs): readonly Command[] {
  return [reportCommand(joinLogs), compareCommand];
}

/** @param joinLogs what `--join` does, which is a matter of the logs' own format */
const reportCommand = (joinLogs: JoinLogs): Command =>
  defineCommand({
    name: "report",
    summary: "show a finished, running or killed run again, in any format",
    description:
      "Rebuilds a report from the manifest and the log in a run directory. It exits as the " +
      "run itself did: 0 pass, 3 failed, 4 inconclusive (also for a run that was killed).\n\n" +
      "With --join it tells whether a logger was notified of every write of a driver, and how soon: " +
      "0 of every successful one, 3 not of every one, 4 nothing could be joined.",
    flags: REPORT_FLAGS,
    positionals: { usage: "RUNDIR | --join DRIVER.csv LOGGER.csv", min: 0, max: 1 },
    onlyPrints: () => true,
    examples: [
      { line: "report scaletool-runs/20261121-103151-4821", does: "the text report again" },
      { line: "report -o html --output-file r.html RUNDIR", does: "one offline HTML file" },
      { line: "report --join run-driver.csv obj-log.csv", does: "from write to notification" },
      {
        line: "report --k6-summaries again RUNDIR",
        does:
          "again/results/scale_10vus.json and the like of a run of maas users, also of a killed one",
      },
      { line: "report --schema", does: "what result.json looks like" },
    ],
    run: async (invocation) => (await import("./run_report.ts")).runReport(invocation, joinLogs),
  });
