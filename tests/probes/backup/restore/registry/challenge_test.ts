import assert from "node:assert/strict";
import fc from "fast-check";
import { challengesIn } from "../../../../../probes/backup/restore/registry/challenge.ts";

Deno.test("several challenges in one header are told apart", () => {
  assert.deepEqual(challengesIn('Basic realm="a, b", BEARER Realm="http://x/t",scope=s:p'), [
    { scheme: "basic", parameters: { realm: "a, b" } },
    { scheme: "bearer", parameters: { realm: "http://x/t", scope: "s:p" } },
  ]);
});

Deno.test("a scheme alone is one, and quoted letters are themselves", () => {
  assert.deepEqual(challengesIn("Negotiate"), [{ scheme: "negotiate", parameters: {} }]);
  assert.deepEqual(challengesIn("Negotiate, Basic realm=x").map(({ scheme }) => scheme), [
    "negotiate",
    "basic",
  ]);
  assert.deepEqual(challengesIn('Basic realm="a\\"b"')[0]?.parameters, { realm: 'a"b' });
});

Deno.test("whatever is in the header is read to an end", () => {
  fc.assert(fc.property(fc.string({ unit: "binary-ascii" }), (header) => {
    assert.ok(challengesIn(header).length <= header.length);
  }));
});

Deno.test("realms come out as they went in", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme-ascii" }), (realm) => {
    const quoted = realm.replace(/["\\]/g, "\\$&");
    assert.deepEqual(challengesIn(`Bearer realm="${quoted}",service=r`), [
      { scheme: "bearer", parameters: { realm, service: "r" } },
    ]);
  }));
});
