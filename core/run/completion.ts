/**
 * `scaletool completion SHELL` prints a shell's completion script; the script asks the hidden
 * `scaletool complete -- WORDS` for suggestions. The only file that knows the completion library.
 * @module
 */

import tab from "@bomb.sh/tab/commander";
import { UsageError } from "../errors.ts";
import { EXIT_CODE } from "../exit_code.ts";
import { NAME } from "../version.ts";
import { type Command, defineCommand } from "./command.ts";
import { programOf } from "./command_line.ts";

const SHELLS = ["bash", "zsh", "fish", "powershell"];

/** Set-up lines of the shells, for the help. */
const EXAMPLES = [
  { line: "completion bash > /etc/bash_completion.d/scaletool", does: "bash, for every user" },
  { line: "completion zsh > ~/.zfunc/_scaletool", does: "zsh, in a folder of $fpath" },
  { line: "completion fish > ~/.config/fish/completions/scaletool.fish", does: "fish" },
];

/** @param commands all of the program's, known only when everything is declared */
export function completionCommand(commands: () => readonly Command[]): Command {
  return defineCommand({
    name: "completion",
    summary: "print a shell completion script",
    description: "Prints the completion script of a shell: bash, zsh, fish or powershell.",
    flags: {},
    positionals: { usage: SHELLS.join("|"), min: 1, max: 1 },
    onlyPrints: true,
    examples: EXAMPLES,
    run({ positionals: [shell = ""] }) {
      if (!SHELLS.includes(shell)) {
        throw new UsageError(`completion: must be ${SHELLS.join(", ")}, not "${shell}"`);
      }
      // The library writes to stdout itself; a script on stdout is what was asked for.
      tab(programOf(inOneLine(commands()))).setup(NAME, NAME, shell);
      return Promise.resolve(EXIT_CODE.pass);
    },
  });
}

/** Prints suggestions for the words typed so far (after a `--`), in the format of the completion script. */
export function complete(commands: readonly Command[], words: readonly string[]): void {
  tab(programOf(inOneLine(commands))).parse(words[0] === "--" ? words.slice(1) : [...words]);
}

/** The library shows descriptions, of which a suggestion has room for one line. */
function inOneLine(commands: readonly Command[]): Command[] {
  return commands.map((command) => ({
    ...command,
    description: command.summary,
    ...(command.subcommands === undefined ? {} : { subcommands: inOneLine(command.subcommands) }),
  }));
}
