import assert from "node:assert/strict";
import fc from "fast-check";
import { shellWords } from "../../../../probes/backup/suite/shell_words.ts";

const REFUSED: Readonly<Record<string, RegExp>> = {
  "--mode binary; ls": /^";" at character 14 would be an operator of a shell; quote it/,
  "a | b": /"\|" at character 3 would be an operator/,
  "a && b": /"&" at character 3/,
  "a > b": /">"/,
  "a\nb": /"\\n" at character 2 would end the command/,
  "--path $HOME": /"\$" at character 8 would be replaced/,
  '--path "x$(id)"': /"\$" at character 10 would be replaced/,
  '--path "\\\\$X"': /"\$" at character 11/,
  "--path `id`": /"`" at character 8 would be replaced/,
  "--schedule */2": /"\*" at character 12 would be matched with names of files/,
  "~/x": /"~" at character 1/,
  "--a {b,c}": /"\{" at character 5/,
  "--a # later": /"#" at character 5 would begin a comment/,
  "--a 'b": /^"'" at character 5 is never closed$/,
  '--a "b\\"': /at character 5 is never closed$/,
  "--a \\": /has nothing behind it$/,
};

Deno.test("words are split and quotes taken away as a shell does it", () => {
  assert.deepEqual(shellWords(""), []);
  assert.deepEqual(shellWords("  --mode  binary\t--max-vus 50 "), [
    ...["--mode", "binary", "--max-vus", "50"],
  ]);
  assert.deepEqual(shellWords(`--registry-path "" --registry-secret ''`), [
    ...["--registry-path", "", "--registry-secret", ""],
  ]);
  assert.deepEqual(shellWords(`a"b c"'d "e'\\ f\\"`), [`ab cd "e f"`]);
  assert.deepEqual(shellWords(`--backup-schedule "*/2 * * * *" '$HOME' "\\$HOME" "a\\n"`), [
    ...["--backup-schedule", "*/2 * * * *", "$HOME", "$HOME", "a\\n"],
  ]);
  assert.deepEqual(shellWords("a \\\n b\\\nc"), ["a", "bc"]);
  assert.deepEqual(shellWords("a#b a~b a=b --c=d"), ["a#b", "a~b", "a=b", "--c=d"]);
});

for (const [line, message] of Object.entries(REFUSED)) {
  Deno.test(`what a shell would not take for words is refused: ${JSON.stringify(line)}`, () => {
    assert.throws(() => shellWords(line), { name: "SyntaxError", message });
  });
}

Deno.test("any words come back from their quoted forms", () => {
  const quotings = [
    (word: string) => `'${word.replaceAll("'", `'\\''`)}'`,
    (word: string) => `"${word.replace(/[$`"\\]/g, "\\$&")}"`,
    (word: string) => word === "" ? "''" : word.replace(/[^\n]/gu, "\\$&").replaceAll("\n", "'\n'"),
  ];
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.string({ unit: "binary" }), fc.constantFrom(...quotings))),
      (words) => {
        const line = words.map(([word, quoted]) => quoted(word)).join(" ");
        assert.deepEqual(shellWords(line), words.map(([word]) => word));
      },
    ),
  );
});

Deno.test("a real shell makes the same words of lines that are not refused", async () => {
  const lines = fc.sample(
    fc.array(fc.constantFrom(..."ab -=\"'\\ \t#~!%,.:/@^_\n".split("")), { maxLength: 14 }),
    { numRuns: 300, seed: 7 },
  ).map((signs) => signs.join(""));
  const taken = lines.flatMap((line) => {
    try {
      return [{ line, words: shellWords(line) }];
    } catch {
      return [];
    }
  });
  assert.ok(taken.length > 30);
  const script = taken.map(({ line }) => `show ${line}\n`).join("");
  const show = `show() { printf '%s\\0' "$#" "$@"; }\n`;
  const { stdout, success } = await new Deno.Command("sh", { args: ["-c", show + script] })
    .output();
  assert.ok(success);
  const said = new TextDecoder().decode(stdout).split("\0").slice(0, -1);
  for (const { line, words } of taken) {
    const count = Number(said.shift());
    assert.deepEqual(said.splice(0, count), words, JSON.stringify(line));
  }
  assert.deepEqual(said, []);
});
