/** `scaletool console` as the command line knows it. @module */

import { type Command, defineCommand } from "../command/command.ts";
import { flag, text } from "../command/flags.ts";
import { livingNames, RUNS_FOLDER } from "../control/living_runs.ts";

export const CONSOLE_FLAGS = {
  runs: flag(text("dir"), {
    help: "the folder that holds run directories",
    default: RUNS_FOLDER,
  }),
};

export const consoleCommand: Command = defineCommand({
  name: "console",
  summary: "watch and steer a run that goes on, interactively",
  description:
    "What ctl asks of a run, line by line at a terminal, with completion and history; watch shows " +
    "how it goes, a line a second. RUN is as with ctl. Ctrl-C and Ctrl-D leave the console, never " +
    "the run; it leaves by itself when the run is over.",
  flags: CONSOLE_FLAGS,
  positionals: {
    usage: "[RUN]",
    min: 0,
    max: 1,
    suggest: ([first], { runs = RUNS_FOLDER }) =>
      first === undefined
        ? livingNames(runs).map((text) => ({ text, about: "a run that goes on" }))
        : [],
  },
  examples: [
    { line: "console", does: "with the only run that goes on here" },
    { line: "console 20261121-103151-4821", does: "with that run" },
  ],
  run: async (invocation) => (await import("./run_console.ts")).runConsole(invocation),
});
