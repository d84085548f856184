import assert from "node:assert/strict";
import fc from "fast-check";
import { firstGoValue, goJson } from "../../../../sandbox/steve/reading/go_json.ts";

/** What encoding/json of Go 1.26 says. */
const REFUSED: readonly [text: string, message: string][] = [
  [" \n", "EOF"],
  ["nul", "unexpected EOF"],
  ['"abc', "unexpected EOF"],
  ["-", "unexpected EOF"],
  ["{nonsense", "invalid character 'n' looking for beginning of object key string"],
  ['{"a":tru}', "invalid character '}' in literal true (expecting 'e')"],
  ['{"a" 1}', "invalid character '1' after object key"],
  ['{"a":1 "b"', "invalid character '\"' after object key:value pair"],
  ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
  ["[1,]", "invalid character ']' looking for beginning of value"],
  ["[1 2]", "invalid character '2' after array element"],
  ['"\n"', "invalid character '\\n' in string literal"],
  ['"\\x"', "invalid character 'x' in string escape code"],
  ['"\\u12G4"', "invalid character 'G' in \\u hexadecimal character escape"],
  ["-x", "invalid character 'x' in numeric literal"],
  ["[1.]", "invalid character ']' after decimal point in numeric literal"],
  ["[1e]", "invalid character ']' in exponent of numeric literal"],
  ["'a'", "invalid character '\\'' looking for beginning of value"],
];
for (const [text, message] of REFUSED) {
  Deno.test(`the text ${JSON.stringify(text)} is refused with the words of Go`, () => {
    assert.throws(() => firstGoValue(text), { name: "SyntaxError", message });
  });
}

Deno.test("what follows the first value is left alone", () => {
  assert.equal(firstGoValue(' {"a":1}x'), ' {"a":1}');
  assert.equal(firstGoValue("01"), "0");
});

Deno.test("every JSON value is one, with anything behind it", () => {
  fc.assert(fc.property(fc.json(), fc.constantFrom("", " ", "\n]"), (text, rest) => {
    assert.equal(firstGoValue(text + rest), text);
  }));
});

const CASES: readonly [value: unknown, expected: string][] = [
  [{ b: 1, a: [true, null] }, '{"a":[true,null],"b":1}'],
  [{ 10: "x", 9: "y" }, '{"10":"x","9":"y"}'],
  ["<a & b>", '"\\u003ca \\u0026 b\\u003e"'],
  [{ "<": "\u2028" }, '{"\\u003c":"\\u2028"}'],
  [{ a: undefined }, "{}"],
];
for (const [value, expected] of CASES) {
  Deno.test(`a Go server writes ${expected}`, () => assert.equal(goJson(value), expected));
}

Deno.test("whatever is written means what it was", () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    assert.deepEqual(JSON.parse(goJson(value)), JSON.parse(JSON.stringify(value)));
  }));
});
