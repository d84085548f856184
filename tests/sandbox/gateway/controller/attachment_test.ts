import assert from "node:assert/strict";
import { commonHosts } from "../../../../sandbox/gateway/controller/attachment.ts";

const HOSTS: readonly [
  listened: string | undefined,
  wanted: readonly string[] | undefined,
  common: readonly string[],
][] = [
  [undefined, undefined, [""]],
  [undefined, ["a.b", "*.c"], ["a.b", "*.c"]],
  ["a.b", undefined, ["a.b"]],
  ["*.b", ["a.b", "c.d", "x.y.b"], ["a.b", "x.y.b"]],
  ["*.b", ["b"], []],
  ["a.b", ["*.b"], ["a.b"]],
  ["*.a.b", ["*.b"], ["*.a.b"]],
  ["*.b", ["*.a.b"], ["*.a.b"]],
  ["a.b", ["a.b"], ["a.b"]],
  ["a.b", ["a.c"], []],
];
for (const [listened, wanted, common] of HOSTS) {
  Deno.test(`a listener for ${listened} and a route for ${wanted} have ${common.length ? common : "nothing"} in common`, () => {
    assert.deepEqual(commonHosts(listened, wanted), common);
  });
}
