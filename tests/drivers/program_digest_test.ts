import assert from "node:assert/strict";
import { programDigest } from "../../drivers/program_digest.ts";

Deno.test("the digest is the SHA-256 of the running executable", async () => {
  const bytes = await crypto.subtle.digest("SHA-256", Deno.readFileSync(Deno.execPath()));
  assert.equal(programDigest(), new Uint8Array(bytes).toHex());
});
