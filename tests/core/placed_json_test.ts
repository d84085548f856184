import assert from "node:assert/strict";
import fc from "fast-check";
import { JsonError, readPlacedJson } from "../../core/placed_json.ts";

/** Line and column of the error in each. */
const BROKEN: Readonly<Record<string, string>> = {
  "": "1:1",
  '{"a":1,\n  "b" 2}': "2:7",
  '{\n "a": 1,\n}': "3:1",
  "[1,\n tru]": "2:2",
  '{"a":\n"x\ty"}': "2:3",
  '{"a": 01}': "1:7",
  '{"a": "b': "1:9",
  "{} x": "1:4",
  "// no\n{}": "1:1",
};

for (const [text, place] of Object.entries(BROKEN)) {
  Deno.test(`what is no JSON is said with its line and column: ${JSON.stringify(text)}`, () => {
    assert.throws(() => readPlacedJson(text), (error) => {
      assert.ok(error instanceof JsonError);
      assert.equal(`${error.place.line}:${error.place.column}`, place, error.message);
      assert.doesNotMatch(error.message, /\d+:\d+|position/);
      return true;
    });
  });
}

Deno.test("every value has its place, and what is missing that of what it is missing in", () => {
  const json = readPlacedJson('{"tests": [\n  {"a": 1},\n  {"a": 2, "a": 3}\n]}');
  assert.deepEqual(json.value, { tests: [{ a: 1 }, { a: 3 }] });
  assert.deepEqual(json.placeOf(["tests", 1, "a"]), { line: 3, column: 17 });
  assert.deepEqual(json.placeOf(["tests", 0, "b"]), { line: 2, column: 3 });
  assert.deepEqual(json.placeOf([]), { line: 1, column: 1 });
});

Deno.test("it takes what JSON.parse takes, and refuses the rest", () => {
  const mangled = fc.tuple(fc.json(), fc.nat(), fc.constantFrom("", ",", "}", '"', "1", "\n", "x"))
    .map(([text, at, sign]) => {
      const index = at % (text.length + 1);
      return text.slice(0, index) + sign + text.slice(index + 1);
    });
  fc.assert(fc.property(fc.oneof(fc.json(), mangled), (text) => {
    let expected: unknown;
    try {
      expected = JSON.parse(text);
    } catch {
      assert.throws(() => readPlacedJson(text), JsonError);
      return;
    }
    assert.deepEqual(readPlacedJson(text).value, expected);
  }));
});
