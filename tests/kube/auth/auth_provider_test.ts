/** What is left of auth-provider. @module */

import assert from "node:assert/strict";
import { CannotRunError } from "../../../core/errors.ts";
import { authProviderCredentials } from "../../../kube/auth/auth_provider.ts";
import { FakeClock } from "../../support/fake_clock.ts";

const WHAT_WORKS = "use an exec plugin such as kubelogin (kubectl oidc-login), or give --token";

function jwt(claims: unknown): string {
  const part = (value: unknown) =>
    new TextEncoder().encode(JSON.stringify(value)).toBase64({
      alphabet: "base64url",
      omitPadding: true,
    });
  return `${part({ alg: "none" })}.${part(claims)}.c2ln`;
}

function oidc(token: string, clock = new FakeClock()) {
  const config = token === "" ? {} : { "id-token": token };
  return authProviderCredentials({ name: "oidc", config }, { user: "u", clock });
}

Deno.test("an id-token is used until it expires, also within a run", async () => {
  const clock = new FakeClock(0, { wallStart: "2026-01-01T00:00:00Z" });
  const token = jwt({ exp: Date.parse("2026-01-01T00:00:10Z") / 1_000, name: "ü?>" });
  const credentials = oidc(token, clock);
  await clock.advance(9_999);
  assert.deepEqual(await credentials.current(), { authorization: `Bearer ${token}` });
  assert.equal(credentials.invalidate(), false);
  await clock.advance(1);
  const message = 'Cannot log in as user "u": the id-token of auth-provider "oidc" expired on ' +
    `2026-01-01T00:00:10Z and is not renewed here; ${WHAT_WORKS}`;
  await assert.rejects(() => credentials.current(), { name: "CannotRunError", message });
  assert.throws(() => oidc(token, clock), { name: "CannotRunError", message });
});

Deno.test("a token that is missing or cannot be read is said not to work, without quoting it", () => {
  const noJwt = `the id-token of auth-provider "oidc" is no JWT with an expiry; ${WHAT_WORKS}`;
  const cases: [string, string][] = [
    ["", `auth-provider "oidc" has no id-token; ${WHAT_WORKS}`],
    ["secret", noJwt],
    ["a.b.c", noJwt],
    [jwt({}), noJwt],
    [jwt({ exp: "1767225600" }), noJwt],
    [jwt({ exp: 1e300 }), noJwt],
    [jwt(null), noJwt],
  ];
  for (const [token, why] of cases) {
    assert.throws(
      () => oidc(token),
      (error) =>
        error instanceof CannotRunError &&
        error.message === `Cannot log in as user "u": ${why}`,
      token,
    );
  }
});

Deno.test("the providers that kubectl has dropped are dropped", () => {
  for (const name of ["gcp", "azure"]) {
    assert.throws(() => authProviderCredentials({ name }, { user: "u", clock: new FakeClock() }), {
      name: "CannotRunError",
      message: `Cannot log in as user "u": auth-provider "${name}" no longer exists, in kubectl ` +
        "neither; use the exec plugin of the provider, or give --token",
    });
  }
});
