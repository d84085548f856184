import assert from "node:assert/strict";
import { authenticate, SANDBOX_USER } from "../../sandbox/authentication.ts";

const token = "secret";

const REFUSED: readonly (string | undefined)[] = [
  undefined,
  "",
  "Bearer wrong",
  "Bearer secret2",
  "Bearer secret x",
  "Bearer",
  "Basic secret",
];

for (const authorization of REFUSED) {
  Deno.test(`Authorization "${authorization}" is unauthorized`, () => {
    const headers = new Headers(authorization === undefined ? {} : { authorization });
    assert.throws(() => authenticate(headers, { token }), {
      name: "ApiError",
      message: "Unauthorized",
    });
  });
}

for (const authorization of ["Bearer secret", "bearer secret", "BEARER  secret "]) {
  Deno.test(`Authorization "${authorization}" is the sandbox's user`, () => {
    assert.deepEqual(authenticate(new Headers({ authorization }), { token }), SANDBOX_USER);
  });
}
