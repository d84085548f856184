import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { COMMANDS } from "../../../program.ts";
import { EXIT_CODE, EXIT_CODE_TABLE } from "../../../core/exit_code.ts";
import type { Command } from "../../../core/command/command.ts";
import { parseCommandLine, type Request } from "../../../core/command/command_line.ts";
import { flag, flagNames, text } from "../../../core/command/flags.ts";
import { assertGolden } from "../../support/golden.ts";

/** The commands of the program but those that only print a version or a script. */
const REAL: readonly Command[] = COMMANDS.filter(({ name }) =>
  name !== "completion" && name !== "version"
);

function parse(args: readonly string[]): Promise<Request> {
  const nothing = () => undefined;
  return parseCommandLine(REAL, { args, env: nothing, readTextFile: () => "" });
}

async function help(args: readonly string[]): Promise<string> {
  const request = await parse(args);
  ok(request.kind === "help");
  return request.text;
}

Deno.test("--help is the golden text", async () => {
  assertGolden("help/scaletool.txt", await help(["--help"]));
});

for (const { name } of REAL) {
  Deno.test(`${name} --help is the golden text`, async () => {
    assertGolden(`help/${name}.txt`, await help([name, "--help"]));
  });
}

Deno.test("every way to ask for help gives the same", async () => {
  const whole = await help(["--help"]);
  for (const args of [[], ["-h"], ["help"]]) strictEqual(await help(args), whole);
  const report = await help(["report", "--help"]);
  for (
    const args of [["help", "report"], ["report", "-h"], ["report", "x", "-o", "json", "--help"]]
  ) strictEqual(await help(args), report);
});

Deno.test("help is given even where the rest of the line is wrong", async () => {
  strictEqual(
    await help(["httperf", "--threads", "many", "--help"]),
    await help(["httperf", "--help"]),
  );
});

Deno.test("the help has every exit code once, in ascending order", async () => {
  const text = await help(["--help"]);
  for (const [code, meaning] of EXIT_CODE_TABLE) {
    strictEqual(text.split(`  ${String(code).padEnd(4)} ${meaning}\n`).length, 2, meaning);
  }
  const listed = EXIT_CODE_TABLE.map(([code]) => code);
  deepStrictEqual(listed, Object.values(EXIT_CODE).sort((one, other) => one - other));
});

Deno.test("the help of a command has all its flags, and names a plan only where there is one", async () => {
  for (const { name, flags } of REAL) {
    const text = await help([name, "--help"]);
    for (const flag of Object.keys(flags)) {
      const spelling = flag.length === 1 ? `-${flag} ` : `--${flag} `;
      ok(text.includes(spelling), `${name} ${spelling}`);
    }
    strictEqual(text.includes("--plan"), "plan" in flags);
  }
});

Deno.test("the help names no aliases", async () => {
  const [first] = REAL;
  ok(first !== undefined);
  const flags = { server: flag(text("url"), { help: "where", aliases: ["master"] }) };
  const request = await parseCommandLine([{ ...first, flags }], {
    args: [first.name, "--help"],
    env: () => undefined,
    readTextFile: () => "",
  });
  ok(request.kind === "help");
  ok(request.text.includes("--server <url>") && !request.text.includes("master"), request.text);
});

Deno.test("no two flags of a command share a name or alias", () => {
  for (const { name, flags } of REAL) {
    const all = Object.entries(flags).flatMap(([flag, { aliases = [] }]) => [flag, ...aliases]);
    strictEqual(flagNames(flags).size, all.length, name);
  }
});

Deno.test("every example of the help is a command line that is understood", async () => {
  for (const { name, examples } of REAL) {
    for (const { line } of examples) {
      const [own = ""] = line.split(" | ");
      const words = [...own.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) =>
        quoted ?? bare ?? ""
      );
      const request = await parse(words);
      ok(request.kind === "run" && words[0] === name, line);
      // A group's examples are of what is in it.
      strictEqual(request.command.subcommands, undefined, line);
    }
  }
});
