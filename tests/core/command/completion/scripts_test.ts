/** The scripts in real shells: what they answer, and that nothing of the line is ever evaluated. */

import assert from "node:assert/strict";
import { commandLine, hasPeer, scaletool, TempDir } from "../../../support/scaletool.ts";

/** A folder with the scripts, a program `scaletool` and two files that must stay as they are. */
async function playground(shell: string): Promise<TempDir> {
  const dir = new TempDir();
  const { stdout } = await scaletool(["completion", shell]);
  Deno.writeTextFileSync(dir.file("script"), stdout);
  const { command, args } = commandLine([]);
  const line = [command, ...args].map((word) => `'${word}'`).join(" ");
  Deno.writeTextFileSync(dir.file("scaletool"), `#!/bin/sh\nexec ${line} "$@"\n`, { mode: 0o755 });
  Deno.writeTextFileSync(dir.file("precious.txt"), "precious");
  return dir;
}

/** What the shell prints when it runs this text in the folder, with the program on its path. */
async function answers(dir: TempDir, shell: readonly string[], text: string): Promise<string[]> {
  const [command = "", ...args] = shell;
  const { stdout, stderr } = await new Deno.Command(command, {
    args: [...args, text],
    cwd: dir.path,
    env: { PATH: `${dir.path}:${Deno.env.get("PATH")}`, HOME: dir.path },
    stdin: "null",
  }).output();
  assert.equal(new TextDecoder().decode(stderr), "");
  return new TextDecoder().decode(stdout).trimEnd().split("\n");
}

/** A redirection, two substitutions: completion must neither empty the file nor make another one. */
function assertUntouched(dir: TempDir): void {
  assert.equal(Deno.readTextFileSync(dir.file("precious.txt")), "precious");
  const names = [...Deno.readDirSync(dir.path)].map(({ name }) => name);
  assert.deepEqual(names.filter((name) => name.startsWith("evaluated")), []);
}

/** A test in this shell, skipped with a word where there is none. */
function inShell(shell: string, program: string, test: (dir: TempDir) => Promise<void>): void {
  Deno.test(`${shell} completes without evaluating the line`, async () => {
    if (!hasPeer(program)) return;
    await using dir = await playground(shell);
    await test(dir);
    assertUntouched(dir);
  });
}

const BASH = `
set -u
source ./script
source ./script
complete -p scaletool
answer() {
  COMP_WORDS=("$@") COMP_CWORD=$(( $# - 1 )) COMPREPLY=()
  _scaletool scaletool "\${!#}" ""
  echo "\${COMPREPLY[*]-}"
}
answer scaletool report X '>' precious.txt -o js
answer scaletool report '$(touch evaluated)' '\`touch evaluated\`' -o js
answer scaletool report '"$(touch evaluated)' 
answer scaletool cmdriver --output = js
answer scaletool cmdriver --csv-dialect =
answer scaletool cmdriver --keep '"on'
answer scaletool cmdriver --override-server a : 80 -lam
answer scaletool comple
`;

inShell("bash", "bash", async (dir) => {
  assert.deepEqual(await answers(dir, ["bash", "--norc", "--noprofile", "-c"], BASH), [
    "complete -o default -F _scaletool scaletool",
    "json",
    "json",
    "",
    "json",
    "rfc4180 go",
    "on-failure",
    "-lambda",
    "completion",
  ]);
});

/** Zsh has its completion only on a terminal: what the script calls of it is played here. */
const ZSH = `
compdef() { print "compdef $*" }
compadd() { shift 4; print -- "$*" }
compset() { print "behind $2" }
_files() { print files }
source ./script
source ./script
answer() {
  words=("$@") CURRENT=$# PREFIX=\${@[-1]}
  _scaletool
}
answer scaletool report '$(touch evaluated)' -o js
answer scaletool report '"$(touch evaluated)"' '\`touch evaluated\`' -o js
answer scaletool cmdriver --output=js
answer scaletool cmdriver --rate replay:
answer scaletool comple
`;

inShell("zsh", "zsh", async (dir) => {
  assert.deepEqual(await answers(dir, ["zsh", "-f", "-c"], ZSH), [
    "compdef _scaletool scaletool",
    "compdef _scaletool scaletool",
    "json",
    "json",
    "--output=json",
    "behind *[=:]",
    "files",
    "completion",
  ]);
});

const FISH = `
source ./script
source ./script
for line in 'scaletool report X > precious.txt -o js' \\
    'scaletool report (touch evaluated) -o js' 'scaletool report "$(touch evaluated)" -o js' \\
    'scaletool cmdriver --output=js' 'scaletool cmdriver --rate replay:prec' \\
    'scaletool cmdriver --plan prec' 'scaletool cmdriver --keep "on' 'scaletool comple'
    complete -C $line | string split --fields 1 \\t
end
`;

inShell("fish", "fish", async (dir) => {
  assert.deepEqual(await answers(dir, ["fish", "--no-config", "-c"], FISH), [
    "json",
    "json",
    "json",
    "--output=json",
    "replay:precious.txt",
    "precious.txt",
    "on-failure",
    "completion",
  ]);
});

const POWERSHELL = `
. ./script.ps1
. ./script.ps1
foreach ($line in 'scaletool report $(touch evaluated) -o js', 'scaletool cmdriver --output=js',
    'scaletool cmdriver --csv-dialect ', 'scaletool comple') {
  (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText -join ' '
}
`;

inShell("powershell", "pwsh", async (dir) => {
  Deno.renameSync(dir.file("script"), dir.file("script.ps1"));
  assert.deepEqual(await answers(dir, ["pwsh", "-NoProfile", "-Command"], POWERSHELL), [
    "json",
    "--output=json",
    "rfc4180 go",
    "completion",
  ]);
});
