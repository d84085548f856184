import assert from "node:assert/strict";
import fc from "fast-check";
import { runShell } from "../../../core/console/command_shell.ts";

/** What commands were given for these lines, and what was said. */
async function typed(...lines: readonly string[]): Promise<{ ran: string[][]; said: string[] }> {
  const [ran, said]: [string[][], string[]] = [[], []];
  const rest = [...lines];
  let isBusy = false;
  const run = (name: string) => async (argument: string) => {
    isBusy = true;
    ran.push([name, argument]);
    await Promise.resolve();
    isBusy = false;
  };
  await runShell([
    { name: "mark", about: "a note", argument: "TEXT", run: run("mark") },
    { name: "pause", about: "nothing new begins", run: run("pause") },
  ], {
    nextLine: () => {
      assert.equal(isBusy, false, "the next line is asked for once the last command is over");
      return Promise.resolve(rest.shift());
    },
    say: (line) => said.push(line),
  });
  return { ran, said };
}

Deno.test("lines run commands one after the other, until there is none any more", async () => {
  const { ran, said } = await typed("mark one", "", "  pause  ", "mark  two words ");
  assert.deepEqual(ran, [["mark", "one"], ["pause", ""], ["mark", "two words"]]);
  assert.deepEqual(said, []);
});

Deno.test("what follows a command reaches it as it was typed, whatever signs it has", async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "grapheme", minLength: 1 }), async (text) => {
      const argument = text.trim();
      fc.pre(argument !== "" && argument.isWellFormed());
      assert.deepEqual((await typed(`mark ${argument}`)).ran, [["mark", argument]]);
    }),
    { numRuns: 50 },
  );
});

Deno.test("what is no command is said, with the likely one, and runs nothing", async () => {
  const { ran, said } = await typed("pauze", "constructor", "__proto__ x", "toString");
  assert.deepEqual(ran, []);
  assert.deepEqual(said, [
    'no command "pauze" (did you mean "pause"?); help lists them',
    'no command "constructor"; help lists them',
    'no command "__proto__"; help lists them',
    'no command "toString"; help lists them',
  ]);
});
