/**
 * Shell completion. `scaletool completion SHELL` prints a script, which only passes on what was typed, to
 * the hidden `scaletool complete -- WORDS`, and never lets the shell evaluate it again.
 * @module
 */

import { UsageError } from "../../errors.ts";
import { EXIT_CODE } from "../../exit_code.ts";
import { type Command, defineCommand } from "../command.ts";
import bash from "./scaletool.bash" with { type: "text" };
import fish from "./scaletool.fish" with { type: "text" };
import powershell from "./scaletool.ps1" with { type: "text" };
import zsh from "./scaletool.zsh" with { type: "text" };

export { completionText } from "./suggest.ts";

const SCRIPTS: ReadonlyMap<string, string> = new Map(
  Object.entries({ bash, zsh, fish, powershell }),
);
const SHELLS = [...SCRIPTS.keys()];

/** Set-up lines of the shells, for the help. */
const EXAMPLES = [
  { line: "completion bash > /etc/bash_completion.d/scaletool", does: "bash, for every user" },
  { line: "completion zsh > ~/.zfunc/_scaletool", does: "zsh, in a folder of $fpath" },
  { line: "completion fish > ~/.config/fish/completions/scaletool.fish", does: "fish" },
];

export const completionCommand: Command = defineCommand({
  name: "completion",
  summary: "print a shell completion script",
  description: "Prints the completion script of a shell: bash, zsh, fish or powershell.",
  flags: {},
  positionals: { usage: SHELLS.join("|"), min: 1, max: 1, words: SHELLS },
  examples: EXAMPLES,
  run({ positionals: [shell = ""], io }) {
    const script = SCRIPTS.get(shell);
    if (script === undefined) {
      throw new UsageError(`completion: must be ${SHELLS.join(", ")}, not "${shell}"`);
    }
    io.stdout(script);
    return Promise.resolve(EXIT_CODE.pass);
  },
});
