import assert from "node:assert/strict";
import { LeftoverError, OperationFailedError } from "../../core/errors.ts";

Deno.test("an OperationFailedError says why without the request, where that is part of its message", () => {
  const cause = new Error("refused");
  const options = { why: "refused", cause };
  const error = new OperationFailedError("connection-refused", "Cannot GET /a: refused", options);
  assert.deepEqual([error.message, error.why, error.cause], [
    "Cannot GET /a: refused",
    "refused",
    cause,
  ]);
  const plain = new OperationFailedError("other", "It broke");
  assert.deepEqual([plain.message, plain.why, plain.cause], ["It broke", "It broke", undefined]);
});

Deno.test("a LeftoverError carries what its message says", () => {
  const parts = { what: "3 configmaps left", why: "Forbidden", byHand: "kubectl ...", left: 3 };
  const error = new LeftoverError(parts);
  assert.equal(error.message, "3 configmaps left: Forbidden; finish with: kubectl ...");
  const { what, why, byHand, left } = error;
  assert.deepEqual({ what, why, byHand, left }, parts);
});
