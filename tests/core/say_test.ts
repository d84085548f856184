import assert from "node:assert/strict";
import fc from "fast-check";
import { printable, printableLines } from "../../core/say.ts";

for (
  const [what, text, expected] of [
    ["spaces", "a  b ", "a  b "],
    ["a line feed", "a\nb", "a b"],
    ["white space of several kinds", "a \r\n\t b\u2028c", "a b c"],
    ["an escape sequence", "\u001b[1mbold", "\u{fffd}[1mbold"],
    ["DEL and C1", "\u007f\u009b1m", "\u{fffd}\u{fffd}1m"],
    ["letters that would be shown backwards", "a\u202eb\u2066c", "a\u{fffd}b\u{fffd}c"],
    ["letters of any script", "größe 名前 \u{1f600}", "größe 名前 \u{1f600}"],
  ] as const
) {
  Deno.test(`printable makes part of a line of ${what}`, () => {
    assert.equal(printable(text), expected);
  });
}

Deno.test("printableLines keeps lines and their indents, and makes each printable", () => {
  assert.equal(printableLines("a\u0007\n  b\tc\n"), "a\u{fffd}\n  b c\n");
});

Deno.test("no control character is left of any text, and printing twice changes nothing", () => {
  const text = fc.string({ unit: "binary" });
  fc.assert(fc.property(text, (text) => {
    assert.doesNotMatch(printable(text), /\p{Cc}/u);
    assert.doesNotMatch(printableLines(text).replaceAll("\n", ""), /\p{Cc}/u);
    assert.equal(printable(printable(text)), printable(text));
  }));
});
