/** `scaletool compare BASE NEW...` as the command line knows it: its flags, its help. @module */

import { defineCommand } from "../../command/command.ts";
import { choice, flag, listOf, text } from "../../command/flags.ts";

export const COMPARE_FLAGS = {
  "fail-on": flag(listOf(text("rule")), {
    help:
      "what counts as a regression, e.g. 'p99>10%', 'rate<-5%', any; repeatable; default: any metric " +
      "significantly worse by at least 5 %",
    default: [],
  }),
  output: flag(choice(["text", "json"]), { help: "format", short: "o", default: "text" }),
};

export const compareCommand = defineCommand({
  name: "compare",
  summary: "compare runs: better, worse or ~ per metric, with confidence",
  description:
    "Compares each NEW with BASE. Each is a run directory, a comma-separated list of them, or a folder that holds some: " +
    "repeats of one setting. With at least 4 runs a side a difference is told from chance run by run; with fewer, " +
    "only by the variation within the runs. Exits 3 on a regression, 4 when that cannot be told.",
  flags: COMPARE_FLAGS,
  positionals: { usage: "BASE NEW...", min: 2, max: Infinity },
  onlyPrints: () => true,
  examples: [
    { line: "compare runs/before runs/after", does: "two runs, or two folders of runs" },
    {
      line: "compare --fail-on 'p99>10%' --fail-on 'rate<-5%' runs/main runs/branch",
      does: "as a gate in CI",
    },
  ],
  run: async (invocation) => (await import("./run_compare.ts")).runCompare(invocation),
});
