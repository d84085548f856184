import assert from "node:assert/strict";
import { withoutSecrets } from "../../../../probes/backup/logs/without_secrets.ts";

Deno.test("secrets that are known are hidden, the longest first, and empty ones hide nothing", () => {
  assert.equal(withoutSecrets("a hunter22 b hunter2", ["hunter2", "hunter22", ""]), "a *** b ***");
});

Deno.test("what looks like credentials is hidden, whoever's it is", () => {
  assert.equal(withoutSecrets('Authorization: Bearer abc.def"', []), 'Authorization: Bearer ***"');
  assert.equal(withoutSecrets("oras push --password=s3cret x", []), "oras push --password=*** x");
  assert.equal(withoutSecrets("https://user:s3cret@quay.io/x", []), "https://***@quay.io/x");
  assert.equal(withoutSecrets("Skipping restore action", []), "Skipping restore action");
});
