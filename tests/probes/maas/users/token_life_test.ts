/** Tokens live as long as they are needed, within what the server gives at all. */
import assert from "node:assert/strict";
import { tokenLifeMs } from "../../../../probes/maas/users/token_life.ts";

const MINUTE_MS = 60_000;

Deno.test("a token is good for the run and some minutes more, and never for less than ten", () => {
  assert.equal(tokenLifeMs({ runMs: 20 * MINUTE_MS }), 25 * MINUTE_MS);
  assert.equal(tokenLifeMs({ runMs: MINUTE_MS }), 10 * MINUTE_MS);
});

Deno.test("of a run whose length nobody knows, tokens are renewed instead of long-lived", () => {
  assert.equal(tokenLifeMs({}), 65 * MINUTE_MS);
});

Deno.test("what is asked for counts instead, but for what the server would refuse", () => {
  assert.equal(tokenLifeMs({ runMs: 60 * MINUTE_MS, askedMs: 15 * MINUTE_MS }), 15 * MINUTE_MS);
  assert.equal(tokenLifeMs({ askedMs: MINUTE_MS }), 10 * MINUTE_MS);
});
