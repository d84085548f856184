import assert from "node:assert/strict";
import { attributeOf, predicateOf } from "../../../../sandbox/maas/limits/predicate.ts";

const FREE = {
  "auth.identity.tier": "free",
  "request.path": "/llm/opt/v1/models",
};

Deno.test("a predicate is read as policies write it", () => {
  for (
    const [text, holds] of [
      ['auth.identity.tier == "free"', true],
      ["auth.identity.tier == 'premium'", false],
      ['auth.identity.tier != "premium"', true],
      ['auth.identity.tier == "free" && !request.path.endsWith("/v1/models")', false],
      ['request.path.startsWith("/llm/")', true],
      ['request.path.contains("opt")', true],
      ['auth.identity.userid == "a"', false],
    ] as const
  ) assert.equal(predicateOf(text)(FREE), holds, text);
});

Deno.test("what cannot be read is refused, and never taken for one that holds", () => {
  for (
    const text of ["", "true || false", 'size(auth.identity.groups) > "1"', "auth.identity.tier"]
  ) {
    assert.throws(() => predicateOf(text), SyntaxError);
  }
  assert.throws(() => attributeOf("auth.identity.userid + 1"), SyntaxError);
  assert.equal(attributeOf("auth.identity.userid"), "auth.identity.userid");
});
