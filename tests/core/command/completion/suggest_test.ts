import assert from "node:assert/strict";
import fc from "fast-check";
import { typedWords } from "../../../../core/command/completion/suggest.ts";
import { COMMANDS } from "../../../../program.ts";
import { completionText } from "../../../../core/command/completion/mod.ts";

/** The words that are offered after this line; a space at its end begins a new word. */
function offered(line: string): string[] {
  return completionText(COMMANDS, line.split(" ")).split("\n").filter((answer) => answer !== "")
    .map((answer) => answer.split("\t")[0] ?? "");
}

const CASES: readonly (readonly [line: string, ...offered: string[]])[] = [
  ["rep", "report"],
  ["comple", "completion"],
  ["completion ", "bash", "zsh", "fish", "powershell"],
  ["doctor cmdr", "cmdriver", "cmdriverclosed"],
  ["doctor cmdriver --lamb", "--lambda"],
  ["doctor cmdriver -o ", "text", "json"],
  ["help doctor cmdr", "cmdriver", "cmdriverclosed"],
  ["manifests ", "rbac"],
  ["manifests rbac --for cmdriver --lamb", "--lambda"],
  // Flags: in whole, with a value behind `=`, by letter, as Go programs take them.
  ["cmdriver --csv", "--csv-dialect"],
  ["cmdriver --csv-dialect ", "rfc4180", "go"],
  ["cmdriver --csv-dialect=", "--csv-dialect=rfc4180", "--csv-dialect=go"],
  ["cmdriver -csv-dialect=r", "-csv-dialect=rfc4180"],
  ["cmdriver -csv-dialect r", "rfc4180"],
  ["cmdriver -lam", "-lambda"],
  ["cmdriver -o js", "json"],
  ["cmdriver --runid x -o js", "json"],
  // A value that looks like a flag or a command is one all the same.
  ["cmdriver --run-id -o js"],
  ["cmdriver --run-id doctor -o js", "json"],
  ["httperf --insecure=", "--insecure=true", "--insecure=false"],
  ["httperf --insecure --flu", "--flush"],
  // Names of files.
  ["report ", ":files"],
  ["report -- --", ":files"],
  ["cmdriver --plan ", ":files"],
  ["cmdriver --plan=", ":files"],
  ["cmdriver --out ", ":files"],
  ["cmdriver --rate replay:", ":files"],
  ["cmdriver --rate=replay:a", ":files"],
  ["steve-watch --wal-source file:/tmp/", ":files"],
  ["cmdriver --run-id "],
  ["report X > ", ":files"],
  ["report X > f -o js", "json"],
  ["version x"],
];

Deno.test("completion offers what can stand there", () => {
  for (const [line, ...expected] of CASES) {
    assert.deepEqual(offered(line), expected, line);
  }
});

Deno.test("completion offers every command, and not the one that answers it", () => {
  const words = offered("");
  for (const { name } of COMMANDS) assert.ok(words.includes(name), name);
  assert.deepEqual(words.filter((word) => word === "complete"), []);
  assert.deepEqual(offered("complet"), ["completion"]);
});

Deno.test("completion offers every flag of every command, with one line of help", () => {
  for (const { name, flags, subcommands } of COMMANDS) {
    if (subcommands !== undefined) continue;
    const lines = completionText(COMMANDS, ["--", name, "-"]).trimEnd().split("\n");
    const expected = Object.keys(flags).map((flag) => flag.length === 1 ? `-${flag}` : `--${flag}`);
    assert.deepEqual(lines.map((line) => line.split("\t")[0]), [...expected, "--help"], name);
    for (const line of lines) assert.match(line, /^-[\w-]+\t[^\t]+$/);
  }
});

Deno.test("typedWords() takes quotes away, also those that are not closed yet, and expands nothing", () => {
  const cases: [typed: string, said: string][] = [
    ["plain", "plain"],
    ["'a b'", "a b"],
    [`"a b`, "a b"],
    [`--x="a \\" b"c`, `--x=a " bc`],
    [`a\\ b`, "a b"],
    [`"a\\b"`, `a\\b`],
    ["'$(touch x)'", "$(touch x)"],
    ["$(touch x)", "$(touch x)"],
    ["''", ""],
    ["\\", ""],
    ["'", ""],
  ];
  for (const [typed, said] of cases) {
    assert.equal(typedWords([typed]).current, said, typed);
    assert.deepEqual(typedWords([typed, ""]).before, [said], typed);
  }
});

Deno.test("typedWords() gives back whatever was quoted", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    const quoted = `'${text.replaceAll("'", `'\\''`)}'`;
    assert.equal(typedWords([quoted]).current, text);
  }));
});

Deno.test("typedWords() leaves out redirections, and knows when the cursor is in one", () => {
  const { before, current, isRedirection } = typedWords([
    ...["report", "X", ">", "precious.txt", "<<<", "text", "&>", "log", "'>'", "-o", "js"],
  ]);
  assert.deepEqual(before, ["report", "X", ">", "-o"]);
  assert.deepEqual([current, isRedirection], ["js", false]);
  assert.equal(typedWords(["report", ">>", "pre"]).isRedirection, true);
  assert.equal(typedWords([]).current, "");
});
