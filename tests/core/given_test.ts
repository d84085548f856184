import assert from "node:assert/strict";
import { given } from "../../core/given.ts";

Deno.test("given leaves out what is undefined, and nothing else", () => {
  const all = { a: undefined, b: null, c: 0, d: "", e: false };
  assert.deepEqual(given(all), { b: null, c: 0, d: "", e: false });
  assert.equal("a" in given(all), false);
});
