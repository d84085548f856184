import assert from "node:assert/strict";
import { OperationFailedError } from "../../../../core/errors.ts";
import { withoutCredentials } from "../../../../probes/maas/chat/without_credentials.ts";

const TOKEN = "head.body-of-a-token.signature";
const HEADERS = [["Authorization", `Bearer ${TOKEN}`], [
  "x-maas-subscription",
  "a-subscription",
]] as const;

Deno.test("a text that repeats a credential, or its beginning, is replaced", () => {
  for (const told of [TOKEN, `Bearer ${TOKEN}`, TOKEN.slice(0, 20), TOKEN.slice(0, 16)]) {
    const cause = new Error(told);
    const failure = new OperationFailedError("http-400", `bad: ${told}`, { cause });
    const { reason, message, why, cause: kept } = withoutCredentials(failure, HEADERS);
    assert.equal(reason, "http-400");
    assert.deepEqual([message, why, kept], [
      "the server's words repeat the credential",
      "the server's words repeat the credential",
      undefined,
    ]);
  }
});

Deno.test("any other failure stays as it is, whatever else stands in the headers", () => {
  for (
    const text of ["Bearer token missing", "answered 401: not authenticated", "no a-subscription"]
  ) {
    const failure = new OperationFailedError("http-400", text);
    assert.equal(withoutCredentials(failure, HEADERS), failure);
  }
});
