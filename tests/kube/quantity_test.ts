import assert from "node:assert/strict";
import { parseQuantity } from "../../kube/quantity.ts";

const READ: readonly [text: string, value: number][] = [
  ["0", 0],
  ["100", 100],
  ["1.5", 1.5],
  [".5", 0.5],
  ["5.", 5],
  ["-3", -3],
  ["+3", 3],
  ["1k", 1_000],
  ["2Ki", 2_048],
  ["3M", 3e6],
  ["1Mi", 1_048_576],
  ["1G", 1e9],
  ["1Ei", 2 ** 60],
  ["1E", 1e18],
  ["1e3", 1_000],
  ["12E2", 1_200],
  ["1e-2", 0.01],
  ["500m", 0.5],
  ["1u", 1e-6],
  ["1n", 1e-9],
];

for (const [text, value] of READ) {
  Deno.test(`quantity ${text} is ${value}`, () => assert.equal(parseQuantity(text), value));
}

Deno.test("what is no quantity is no number", () => {
  for (
    const text of ["", "x", "1K", "1kk", "1 k", "1ki", "e3", "0x10", "1e3k", "--1", "Infinity"]
  ) {
    assert.equal(parseQuantity(text), NaN, text);
  }
});
