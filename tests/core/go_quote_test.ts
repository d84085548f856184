import { strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { goQuote, goUnquote } from "../../core/go_quote.ts";

const TABLE: readonly (readonly [string, string])[] = [
  ["", '""'],
  ["run-001", '"run-001"'],
  ['configmaps "x" not found', '"configmaps \\"x\\" not found"'],
  ["back\\slash", '"back\\\\slash"'],
  ["a,b", '"a,b"'],
  ["\x07\b\f\n\r\t\v", '"\\a\\b\\f\\n\\r\\t\\v"'],
  ["\0\x01\x1b\x7f", '"\\x00\\x01\\x1b\\x7f"'],
  ["ü€ 漢字 é", '"ü€ 漢字 é"'],
  ["\u{1f600}", '"\u{1f600}"'],
  // No-break space, zero-width joiner, line separator, byte order mark, C1 control.
  ["\u00a0\u200d\u2028\ufeff\u0085", '"\\u00a0\\u200d\\u2028\\ufeff\\u0085"'],
  ["\ue000\u{e0001}", '"\\ue000\\U000e0001"'],
  ["\ufffd", '"\ufffd"'],
  ["\ud800x\udfff", '"\\xed\\xa0\\x80x\\xed\\xbf\\xbf"'],
  ["it's", '"it\'s"'],
];

Deno.test("goQuote() escapes what Go's strconv.Quote does, and goUnquote() reads it back", () => {
  for (const [text, quoted] of TABLE) {
    strictEqual(goQuote(text), quoted);
    strictEqual(goUnquote(quoted.slice(1, -1)), text);
  }
});

Deno.test("goUnquote() gives back every text, halves of surrogate pairs included", () => {
  const text = fc.string({
    unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
  });
  fc.assert(
    fc.property(fc.oneof(text, fc.string({ unit: "binary" })), (given) => {
      const quoted = goQuote(given);
      strictEqual(goUnquote(quoted.slice(1, -1)), given);
      strictEqual(/[\n\r]/.test(quoted), false);
    }),
  );
});

Deno.test("goUnquote() reads escaped bytes as UTF-8, and what is none as U+FFFD", () => {
  for (
    const [body, text] of [
      ["\\xe2\\x82\\xac", "€"],
      ["\\xff", "\ufffd"],
      ["a\\xffb\\xE2", "a\ufffdb\ufffd"],
      ["\\xef\\xbb\\xbfx", "\ufeffx"],
      ["\\x41x42\\x43", "Ax42C"],
    ] as const
  ) strictEqual(goUnquote(body), text);
});

Deno.test("goUnquote() refuses escapes that Go does not write", () => {
  for (const escape of ["\\q", "\\x4", "\\xg0", "\\u12", "\\ud800", "\\U00110000", "\\'", "\\"]) {
    throws(() => goUnquote(`text ${escape}`), {
      name: "SyntaxError",
      message: /^Cannot read escape \\.?: expected|^Cannot read escape \\[uU][\da-f]+: expected/,
    });
  }
  throws(() => goUnquote("\\x41\\xg0"), { name: "SyntaxError" });
});
