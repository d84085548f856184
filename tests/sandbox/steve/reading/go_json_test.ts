import assert from "node:assert/strict";
import fc from "fast-check";
import { goJson } from "../../../../sandbox/steve/reading/go_json.ts";

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
