import assert from "node:assert/strict";
import { errorClass } from "../../../../watchers/steve/fleet/error_class.ts";

Deno.test("texts of Steve's errors fall into their classes", () => {
  const classes: readonly (readonly [string, string])[] = [
    ["resourceversion too old", "too-old"],
    ["too old resource version: 1 (2)", "too-old"],
    ["slow reader detected; items missed: 12", "slow-reader"],
    ["buffer was closed", "buffer-closed"],
    ['failed to find schema "foos"', "unknown-type"],
    ["schema counts does not support watching", "not-watchable"],
    ['configmaps is forbidden: User "u" cannot watch', "forbidden"],
    ["invalid character 'x' looking for beginning of value", "not-understood"],
    ["", "other"],
    ["something new", "other"],
  ];
  for (const [text, expected] of classes) assert.equal(errorClass(text), expected, text);
});
