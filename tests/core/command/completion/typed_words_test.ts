import assert from "node:assert/strict";
import fc from "fast-check";
import { typedWords } from "../../../../core/command/completion/typed_words.ts";

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
