import assert from "node:assert/strict";
import fc from "fast-check";
import { damagedCredential } from "../../../../probes/maas/frame/canaries.ts";

Deno.test("a damaged credential is another one whatever becomes of its letters, and as long", () => {
  const credential = fc.stringMatching(/^Bearer [A-Za-z0-9_.-]{1,60}$/);
  fc.assert(fc.property(credential, (value) => {
    const damaged = damagedCredential(value);
    assert.equal(damaged.length, value.length);
    assert.notEqual(damaged.toLowerCase(), value.toLowerCase());
  }));
});
