import assert from "node:assert/strict";
import fc from "fast-check";
import { wordsOf } from "../../../../probes/gateway/churn/words.ts";

Deno.test("words are apart by blanks, and quotes keep them together", () => {
  const lines: readonly [string, readonly string[]][] = [
    ["systemctl restart  traefik ", ["systemctl", "restart", "traefik"]],
    [`sh -c 'kill "$(cat pid)"; start'`, ["sh", "-c", `kill "$(cat pid)"; start`]],
    [`a"b c"'d' ""`, ["ab cd", ""]],
    ["say $HOME | tee *", ["say", "$HOME", "|", "tee", "*"]],
    ["C:\\bin\\restart.exe now", ["C:\\bin\\restart.exe", "now"]],
  ];
  for (const [line, words] of lines) assert.deepEqual(wordsOf(line), words, line);
});

Deno.test("words without a quote in them come back as they were, whatever they are", () => {
  const word = fc.string({ unit: "grapheme" }).filter((text) => !text.includes("'"));
  fc.assert(
    fc.property(fc.array(word, { minLength: 1 }), (words) => {
      fc.pre(words[0] !== "");
      assert.deepEqual(wordsOf(words.map((one) => `'${one}'`).join(" ")), words);
    }),
  );
});

Deno.test("a quote without an end, and no program, are refused", () => {
  for (const line of ["a 'b", `"`, `a b"`]) {
    assert.throws(() => wordsOf(line), /quote without an end/);
  }
  for (const line of ["", "  ", "'' a"]) assert.throws(() => wordsOf(line), /must name a program/);
});
