import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { hasTerminal, Terminal } from "../../support/terminal.ts";

const PROGRAM = fileURLToPath(new URL("../../support/keys_program.ts", import.meta.url));
const ignore = !hasTerminal();

Deno.test({
  name: "a program that breaks while it has single keys leaves the terminal as it found it",
  ignore,
  async fn() {
    const run = `'${Deno.execPath()}' run -A --no-check '${PROGRAM}'`;
    await using terminal = new Terminal({ script: `${run}; echo "code $?"; stty -a; echo over` });
    await terminal.shows(/listening/);
    await terminal.type("x");
    await terminal.shows(/broken/);
    await terminal.shows(/code 1\r?\n/);
    await terminal.shows(/[^-]icanon[\s\S]*[^-]echo /);
    await terminal.shows(/over/);
  },
});

Deno.test({
  name: "a process in a session of its own has no terminal, and nobody who could let it go on",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const module = new URL("../../../core/command/process_terminal.ts", import.meta.url);
    const script = `import { mayStop, processTerminal } from ${JSON.stringify(module.href)};
      console.log(mayStop(), processTerminal(() => {}) === undefined);`;
    const { stdout } = await new Deno.Command("setsid", {
      args: ["--wait", Deno.execPath(), "eval", script],
    }).output();
    assert.equal(new TextDecoder().decode(stdout), "false true\n");
  },
});
