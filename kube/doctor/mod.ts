/**
 * `scaletool doctor COMMAND`: says before a run whether it can work. What it does is loaded when it
 * is used.
 * @module
 */

import {
  aroundCommand,
  type Command,
  type CommandTree,
  defineCommandGroup,
} from "../../core/command/command.ts";
import { changedTree, leavesOf } from "../../core/command/command_tree.ts";
import { choice, type Flag, flag, type FlagKind } from "../../core/command/flags.ts";
import type { KubernetesCommand } from "../kubernetes_command.ts";

const FORMATS = ["text", "json"] as const;

const WHAT_IS_ASKED = [
  "Asks what the run would meet: whether the server answers and knows the user, every right, namespaces, quotas and limit ranges,",
  "API Priority and Fairness, the APIs behind its kinds, the clocks, leftovers of earlier runs; and of this machine the limits of open",
  "files, CPU and memory, and the folders that it writes to. Nothing is changed. What cannot be asked is unknown, with the reason.",
  "Each finding says what was observed, why it matters, and what to do.",
  "Exit code 0: nothing stands against the run; 3: a problem does; 1: the cluster could not be asked.",
].join(" ");

/** @param commands those that can be looked at, with their own flags */
export function doctorCommand(commands: readonly CommandTree<KubernetesCommand>[]): Command {
  return defineCommandGroup({
    name: "doctor",
    summary: "say before a run whether it can work, and what stands against it",
    description:
      `Says before a run whether it can work: doctor, then the command line of the run.\n${WHAT_IS_ASKED}`,
    examples: [
      { line: "doctor cmdriver", does: "whether cmdriver could run with its defaults" },
      {
        line: "doctor cmdriver --lambda 100 --maxpop 5000 --namespace load",
        does: "whether this run would fit the quota of its namespace",
      },
      { line: "doctor cm-logger -o json", does: "for scripts" },
    ],
    subcommands: changedTree(commands, {
      command: doctorOf,
      group: ({ subcommands }, fullName) => ({
        summary: `say whether a command of ${fullName} can run`,
        description: `Says whether a command of scaletool ${fullName} can run.\n${WHAT_IS_ASKED}`,
        examples: [...leavesOf(subcommands).keys()].slice(0, 1).map((below) =>
          exampleOf(`${fullName} ${below}`)
        ),
      }),
    }),
  });
}

function exampleOf(fullName: string): Command["examples"][number] {
  return { line: `doctor ${fullName}`, does: `whether ${fullName} can run with its defaults` };
}

function doctorOf(command: KubernetesCommand, fullName: string): Command {
  return aroundCommand(command, {
    settingsOf: fullName,
    summary: `say whether ${fullName} can run`,
    description:
      `Says whether scaletool ${fullName} can run with these flags, which are its own.\n${WHAT_IS_ASKED}`,
    flags: { output: outputFlag(command.flags.output) },
    examples: [exampleOf(fullName)],
    run: async (invocation) => (await import("./diagnose.ts")).runDoctor(invocation, command),
  });
}

/**
 * The doctor has two formats. Where the command has more, a variable or plan may set one of those for
 * its runs, which is then no mistake.
 */
function outputFlag(own: Flag<unknown> | undefined): Flag<unknown> {
  const kind: FlagKind<string> = own === undefined ? choice(FORMATS) : {
    ...(own.kind as FlagKind<string>),
    placeholder: FORMATS.join("|"),
    words: FORMATS,
  };
  return flag<string>(kind, { help: "format of the diagnosis", short: "o", default: "text" });
}
