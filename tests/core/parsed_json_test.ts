import assert from "node:assert/strict";
import { parsedJson } from "../../core/parsed_json.ts";

Deno.test("parsedJson gives the value of a JSON text, and undefined for any other", () => {
  assert.deepEqual(['{"a":[1]}', "null", "{", "", "{} {}"].map(parsedJson), [
    { a: [1] },
    null,
    undefined,
    undefined,
    undefined,
  ]);
});
