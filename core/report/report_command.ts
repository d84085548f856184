/** `scaletool report` as the command line knows it. @module */

import { type Command, defineCommand } from "../command/command.ts";
import { type JoinLogs, REPORT_FLAGS } from "./flags.ts";

/** @param joinLogs what `--join` does, which is a matter of the logs' own format */
export const reportCommand = (joinLogs: JoinLogs): Command =>
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
    onlyPrints: true,
    examples: [
      { line: "report scaletool-runs/20261121-103151-4821", does: "the text report again" },
      { line: "report -o html --output-file r.html RUNDIR", does: "one offline HTML file" },
      { line: "report --join run-driver.csv obj-log.csv", does: "from write to notification" },
      { line: "report --schema", does: "what result.json looks like" },
    ],
    run: async (invocation) => (await import("./run_report.ts")).runReport(invocation, joinLogs),
  });
