import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { EXIT_CODE, EXIT_CODE_TABLE } from "../../../core/exit_code.ts";
import { REPORT_COMMANDS } from "../../../core/report/mod.ts";
import type { Command } from "../../../core/run/command.ts";
import { parseCommandLine, type Request } from "../../../core/run/command_line.ts";
import { HTTPERF_COMMANDS } from "../../../httperf/mod.ts";
import { assertGolden } from "../../support/golden.ts";

/** The commands of the program but those that only print a version or a script. */
const REAL: readonly Command[] = [...HTTPERF_COMMANDS, ...REPORT_COMMANDS];

function parse(args: readonly string[]): Request {
  const nothing = () => undefined;
  return parseCommandLine(REAL, { args, env: nothing, readTextFile: () => "" });
}

function help(args: readonly string[]): string {
  const request = parse(args);
  ok(request.kind === "help");
  return request.text;
}

Deno.test("--help is the golden text", () => assertGolden("help/scaletool.txt", help(["--help"])));

for (const { name } of REAL) {
  Deno.test(`${name} --help is the golden text`, () => {
    assertGolden(`help/${name}.txt`, help([name, "--help"]));
  });
}

Deno.test("every way to ask for help gives the same", () => {
  const whole = help(["--help"]);
  for (const args of [[], ["-h"], ["help"]]) strictEqual(help(args), whole);
  const report = help(["report", "--help"]);
  for (
    const args of [["help", "report"], ["report", "-h"], ["report", "x", "-o", "json", "--help"]]
  ) strictEqual(help(args), report);
});

Deno.test("help is given even where the rest of the line is wrong", () => {
  strictEqual(help(["httperf", "--threads", "many", "--help"]), help(["httperf", "--help"]));
});

Deno.test("the help has every exit code once, in ascending order", () => {
  const text = help(["--help"]);
  for (const [code, meaning] of EXIT_CODE_TABLE) {
    strictEqual(text.split(`  ${String(code).padEnd(4)} ${meaning}\n`).length, 2, meaning);
  }
  const listed = EXIT_CODE_TABLE.map(([code]) => code);
  deepStrictEqual(listed, Object.values(EXIT_CODE).sort((one, other) => one - other));
});

Deno.test("the help of a command has all its flags, and names a plan only where there is one", () => {
  for (const { name, flags } of REAL) {
    const text = help([name, "--help"]);
    for (const flag of Object.keys(flags)) ok(text.includes(`--${flag} `), `${name} --${flag}`);
    strictEqual(text.includes("--plan"), "plan" in flags);
  }
});

Deno.test("every example of the help is a command line that is understood", () => {
  for (const { name, examples } of REAL) {
    for (const { line } of examples) {
      const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) =>
        quoted ?? bare ?? ""
      );
      const request = parse(words);
      strictEqual(request.kind === "run" && request.command.name, name, line);
    }
  }
});
