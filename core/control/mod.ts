/** `scaletool ctl` as the command line knows it. @module */

import { type Command, defineCommand } from "../command/command.ts";
import { choice, flag, text } from "../command/flags.ts";
import { livingNames, RUNS_FOLDER } from "./living_runs.ts";
import { CTL_USAGE, VERBS } from "./typed_change.ts";

export const CTL_FLAGS = {
  runs: flag(text("dir"), {
    help: "the folder that holds run directories",
    default: RUNS_FOLDER,
  }),
  output: flag(choice(["text", "json"]), { help: "format", short: "o", default: "text" }),
};

export const ctlCommand: Command = defineCommand({
  name: "ctl",
  summary: "watch and steer a run that goes on: rate, workers, pause, stop, marks",
  description:
    "Asks a run on this machine, of this user, through the control socket in its run directory. " +
    "RUN is that directory or the id of the run; it may be left out where only one run goes on. " +
    "The answer says what is in force now and since when; every change is in the run's log and report.\n\n" +
    [...VERBS].map(([word, { argument, about }]) =>
      `  ${[word, ...argument === undefined ? [] : [argument]].join(" ").padEnd(9)}  ${about}`
    ).join("\n") +
    "\n\nExits 0 when it is in force, 2 for what is no word or number, 1 for all else: no such run, " +
    "a run that is over or another user's, a load that has no such thing.",
  flags: CTL_FLAGS,
  positionals: {
    usage: CTL_USAGE,
    min: 1,
    max: Infinity,
    suggest: ([first, ...rest], { runs = RUNS_FOLDER }) => {
      const words = [...VERBS].map(([text, { about }]) => ({ text, about }));
      if (first === undefined) {
        const about = "a run that goes on";
        return [...words, ...livingNames(runs).map((text) => ({ text, about }))];
      }
      return rest.length === 0 && !VERBS.has(first) ? words : [];
    },
  },
  examples: [
    { line: "ctl status", does: "of the only run that goes on here" },
    { line: "ctl rate 200", does: "200 arrivals a second from now on" },
    { line: "ctl 20261121-103151-4821 mark deployed v2", does: "a note in the charts of that run" },
    { line: "ctl runs/soak stop", does: "ends the load; what was measured is judged" },
    {
      line: "ctl status -o json",
      does: "for scripts; in a pod: kubectl exec POD -- scaletool ctl status -o json",
    },
  ],
  run: async (invocation) => (await import("./run_ctl.ts")).runCtl(invocation),
});
