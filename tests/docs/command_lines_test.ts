/** Every command line in the documentation can be typed: it is parsed, and nothing of it runs. */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { typedWords } from "../../core/command/completion/suggest.ts";
import { COMMANDS, run } from "../../program.ts";
import type { Command } from "../../core/command/command.ts";
import { parseCommandLine } from "../../core/command/command_line.ts";
import { flagNames } from "../../core/command/flags.ts";
import config from "../../deno.json" with { type: "json" };
import { recordingIo } from "../support/recording_io.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

interface CommandLine {
  /** `README.md:12` */
  readonly at: string;
  readonly args: readonly string[];
}

function pages(): string[] {
  const inFolder = (folder: string) =>
    [...Deno.readDirSync(ROOT + folder)].map(({ name }) => `${folder}/${name}`);
  return ["README.md", ...inFolder("docs"), ...inFolder("docs/design")]
    .filter((path) => path.endsWith(".md")).sort();
}

/** What a shell would be given: code blocks, indented or fenced, and code within a text. */
function codeOf(page: string): { at: string; code: string }[] {
  const text = Deno.readTextFileSync(ROOT + page).replace(/\\\n\s*/g, (gap) =>
    // Lines that go on keep their numbers.
    " " + "\u{2424}".repeat(gap.split("\n").length - 1));
  let line = 1;
  let isFenced = false;
  return text.split("\n").flatMap((whole) => {
    const at = `${page}:${line}`;
    line += 1 + whole.split("\u{2424}").length - 1;
    const code = whole.replaceAll("\u{2424}", "");
    if (/^\s*```/.test(code)) isFenced = !isFenced;
    else if (isFenced || /^ {4}/.test(code)) return [{ at, code: code.trim() }];
    return [...code.matchAll(/`([^`]+)`/g)].map(([, inline = ""]) => ({ at, code: inline }));
  });
}

const WORD = /(?:[^\s"'\\|&;<>]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+|[|&;<>]+|#.*/g;

/** What the variables of the documentation stand for. */
const VARIABLES: Readonly<Record<string, string>> = {
  GATEWAY: "contour/gateway",
  GATEWAY_ADDRESS: "contour/gateway=127.0.0.1:8080",
  MAAS_ADDRESS: "127.0.0.1:8080",
  DWO_NAMESPACE: "devworkspace-controller",
  BACKEND: "contour/backend:80",
};

function substituted(word: string): string {
  return word.replace(/\$(\w+)/g, (variable, name) => VARIABLES[name] ?? variable);
}

/** The arguments of each use of the program in a line of a shell. */
function usesIn(code: string): string[][] {
  const uses: string[][] = [];
  let use: string[] | undefined;
  for (const [word] of code.matchAll(WORD)) {
    const isEnd = /^[|&;#<>]/.test(word);
    if (isEnd) use = undefined;
    else if (use !== undefined) use.push(substituted(typedWords([word]).current));
    else if (/^(?:\.\/|dist\/)?scaletool$/.test(word)) uses.push(use = []);
  }
  return uses;
}

/** As examples have it: `task start ARGS` is the program from its sources. */
function commandLines(): CommandLine[] {
  return pages().flatMap(codeOf).flatMap(({ at, code }) => {
    if (/^#|^\w+:|podman|kubectl create/.test(code)) return []; // a file, or another program's line
    const asProgram = code.replace(/.*\btask start\b/, "scaletool");
    return usesIn(asProgram).filter((args) => args.length > 0).map((args) => ({ at, args }));
  });
}

/** Not typed as it stands: a name for what is to be put there. */
const IS_SKETCH = /^(?:COMMAND|SHELL|\.\.\.)$/;

Deno.test("every command line of the documentation is one", async () => {
  const lines = commandLines().filter(({ args }) => !args.some((word) => IS_SKETCH.test(word)));
  assert.ok(lines.length > 30, `only ${lines.length} found`);
  const wrong: string[] = [];
  for (const { at, args } of lines) {
    try {
      if (args[0] === "complete") continue; // for shells
      const io = { env: () => undefined, readTextFile: () => "" };
      const request = await parseCommandLine(COMMANDS, { args, ...io });
      // A group takes any words, and is run to say that the first of them is no command.
      const isGroup = request.kind === "run" && request.command.subcommands !== undefined;
      if (isGroup) wrong.push(`${at}: ${args.join(" ")}: no command of its group`);
      if (args[0] === "manifests") await rendered(args);
    } catch (error) {
      wrong.push(`${at}: ${args.join(" ")}: ${error}`);
    }
  }
  assert.deepEqual(wrong, []);
});

/** Its flags are those of another command; it contacts nothing. */
async function rendered(args: readonly string[]): Promise<void> {
  const { io, output } = recordingIo();
  assert.equal(await run(args, { ...io, readTextFile: () => "" }), 0, output.stderr);
}

Deno.test("every task that the documentation names is there", () => {
  for (const { at, code } of pages().flatMap(codeOf)) {
    for (const [, name = ""] of code.matchAll(/\bdeno(?:@[\d.]+)? task ([\w:]+)/g)) {
      assert.ok(Object.hasOwn(config.tasks, name), `${at}: no task ${name}`);
    }
  }
});

Deno.test("every flag that the documentation names is a flag of some command", () => {
  const namesOf = (commands: readonly Command[]): string[] =>
    commands.flatMap(({ flags, subcommands = [] }) => [
      ...flagNames(flags).keys(),
      ...namesOf(subcommands),
    ]);
  const known = new Set(["help", "version", "for", ...namesOf(COMMANDS)]);
  // Decisions also name flags of other programs.
  const inText = pages().filter((page) => !page.startsWith("docs/design/")).flatMap(codeOf).filter((
    { code },
  ) => /^--|^scaletool\b/.test(code));
  assert.ok(inText.length > 100, `only ${inText.length} found`);
  for (const { at, code } of inText) {
    for (const [, name = ""] of code.matchAll(/(?:^|\s)--([A-Za-z][\w-]*)/g)) {
      assert.ok(known.has(name), `${at}: no flag --${name} in ${code}`);
    }
  }
});

Deno.test("the plan file of the README sets flags", async () => {
  const [, plan = ""] = /# plan\.yaml[^\n]*\n((?: {4}.*\n)+)/.exec(
    Deno.readTextFileSync(`${ROOT}README.md`),
  ) ?? [];
  const args = ["httperf", "--plan", "plan.yaml"];
  const readTextFile = () => plan.replace(/^ {4}/gm, "");
  const request = await parseCommandLine(COMMANDS, { args, env: () => undefined, readTextFile });
  assert.ok(request.kind === "run");
  assert.equal(request.settings.shown["base-url"]?.source, "plan");
});
