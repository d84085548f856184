/** Which of a user's ways to log in counts. @module */

import assert from "node:assert/strict";
import { CannotRunError } from "../../../core/errors.ts";
import { createServerIdentity } from "../../../core/net/mini_ca.ts";
import type { KubeconfigUser } from "../../../kube/kubeconfig/schema.ts";
import { EMPTY_USER } from "../../../kube/kubeconfig/schema.ts";
import {
  authProviderCredentials,
  type LoginOptions,
  userCredentials,
} from "../../../kube/auth/user_credentials.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { ScriptedPlugins, scriptedWorld } from "../scripted_world.ts";

const NOW = new Date("2026-01-01T00:00:00Z");
const { certPem, keyPem } = await createServerIdentity({ hosts: ["u"], validMs: 60_000, now: NOW });
const FILES = { "/u.crt": certPem, "/u.key": keyPem, "/t": "file\n" };
const API_VERSION = "client.authentication.k8s.io/v1";

const CERT: Partial<KubeconfigUser> = {
  "client-certificate": "/u.crt",
  "client-key-data": btoa(keyPem),
};
const EXEC: Partial<KubeconfigUser> = {
  exec: {
    apiVersion: API_VERSION,
    command: "login",
    args: [],
    env: [],
    installHint: undefined,
    provideClusterInfo: false,
    interactiveMode: "Never",
  },
};
const BASIC: Partial<KubeconfigUser> = { username: "me", password: "pw" };

function login(user: Partial<KubeconfigUser>, options: Partial<LoginOptions> = {}) {
  const stdout = JSON.stringify({
    apiVersion: API_VERSION,
    kind: "ExecCredential",
    status: { token: "plugin" },
  });
  return userCredentials({ ...EMPTY_USER, ...user }, {
    name: "u",
    cluster: { server: "https://c" },
    clock: new FakeClock(),
    readTextFile: scriptedWorld({ files: FILES }).readTextFile,
    plugins: new ScriptedPlugins([{ stdout }]),
    ...options,
  });
}

Deno.test("a token file counts before a token, these and a password before a plugin", async () => {
  const clientCert = { certPem, keyPem };
  const basic = `Basic ${btoa("me:pw")}`;
  const cases: [string, Partial<KubeconfigUser>, string | undefined, unknown][] = [
    ["nothing", {}, undefined, {}],
    ["a key alone", { "client-key": "/u.key" }, undefined, {}],
    ["token", { token: "t" }, undefined, { authorization: "Bearer t" }],
    ["token and file", { token: "t", tokenFile: "/t" }, undefined, {
      authorization: "Bearer file",
    }],
    ["token, no file", { token: "t", tokenFile: "/x" }, undefined, { authorization: "Bearer t" }],
    ["password", BASIC, undefined, { authorization: basic }],
    ["name only", { username: "me" }, undefined, { authorization: `Basic ${btoa("me:")}` }],
    ["certificate", CERT, undefined, { clientCert }],
    ["certificate and token", { ...CERT, token: "t" }, undefined, {
      authorization: "Bearer t",
      clientCert,
    }],
    ["certificate and file", { ...CERT, tokenFile: "/t" }, undefined, {
      authorization: "Bearer file",
      clientCert,
    }],
    ["certificate and password", { ...CERT, ...BASIC }, undefined, {
      authorization: basic,
      clientCert,
    }],
    ["plugin", EXEC, undefined, { authorization: "Bearer plugin" }],
    ["plugin and token", { ...EXEC, token: "t" }, undefined, { authorization: "Bearer t" }],
    ["plugin and password", { ...EXEC, ...BASIC }, undefined, { authorization: basic }],
    ["plugin and certificate", { ...EXEC, ...CERT }, undefined, { clientCert }],
    ["--token", {}, "flag", { authorization: "Bearer flag" }],
    ["--token, token and file", { token: "t", tokenFile: "/x" }, "flag", {
      authorization: "Bearer flag",
    }],
    ["--token and password", BASIC, "flag", { authorization: "Bearer flag" }],
    ["--token and plugin", EXEC, "flag", { authorization: "Bearer flag" }],
    ["--token and certificate", CERT, "flag", { authorization: "Bearer flag", clientCert }],
    ["--token and provider", { "auth-provider": { name: "gcp" } }, "flag", {
      authorization: "Bearer flag",
    }],
  ];
  for (const [what, user, token, expected] of cases) {
    assert.deepEqual(await login(user, { token }).current(), expected, what);
  }
});

Deno.test("ways that exclude each other or lack a part are refused in one line", () => {
  const both = 'Cannot log in as user "u": it has both';
  const cases: [Partial<KubeconfigUser>, string | undefined, string][] = [
    [{ ...BASIC, token: "t" }, undefined, `${both} a token and a password; leave one out`],
    [{ ...BASIC, tokenFile: "/t" }, undefined, `${both} a token and a password; leave one out`],
    [
      { ...EXEC, "auth-provider": { name: "oidc" } },
      undefined,
      `${both} an exec plugin and an auth-provider; leave one out`,
    ],
    [
      { token: "sec ret" },
      undefined,
      'The token of user "u" is no token: it has spaces, line ' +
      "breaks or letters beyond ASCII",
    ],
    [{}, "sec ret", "--token is no token: it has spaces, line breaks or letters beyond ASCII"],
    [
      { "client-certificate": "/u.crt" },
      undefined,
      'Cannot log in as user "u": it has a client-certificate without a client-key',
    ],
    [
      { ...CERT, "client-certificate": "/x" },
      undefined,
      'Cannot read the client-certificate of user "u", "/x": no such file',
    ],
    [{ tokenFile: "/x" }, undefined, 'Cannot read token file "/x": no such file'],
  ];
  for (const [user, token, message] of cases) {
    assert.throws(() => login(user, { token }), { name: "CannotRunError", message });
  }
});

Deno.test("an expired client certificate is found before any request", async () => {
  const clock = new FakeClock();
  await clock.advance(60_001);
  const cases: [Partial<KubeconfigUser>, string][] = [
    [CERT, '"/u.crt"'],
    [{ ...CERT, "client-certificate-data": btoa(certPem) }, "client-certificate-data"],
  ];
  for (const [user, from] of cases) {
    assert.throws(() => login(user, { clock }), {
      name: "CannotRunError",
      message: `The client certificate of user "u" (${from}) expired on 2026-01-01T00:01:00Z: ` +
        "renew it, or choose another user",
    });
  }
});

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
