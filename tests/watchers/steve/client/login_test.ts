import assert from "node:assert/strict";
import { CannotRunError, UsageError } from "../../../../core/errors.ts";
import { createRng } from "../../../../core/load/rng.ts";
import { logIn, type SteveLogin } from "../../../../watchers/steve/client/login.ts";
import type { Answering, Received } from "../../../support/api_peer.ts";
import { JumpingClock } from "../../../support/fake_clock.ts";
import { openSteve, steveError, stevePeer } from "../steve_peer.ts";

const V1 = "/v1-public/login";
const V3 = "/v3-public/localProviders/local";
const PASSWORD: SteveLogin = { kind: "password", username: "ann", password: "s3cr3t!" };

/** Waits take no time. */
const retry = { clock: new JumpingClock(), rng: createRng(1) };

async function logInAt(answer: Answering, credentials: SteveLogin = PASSWORD) {
  await using peer = stevePeer(answer);
  using steve = await openSteve(`${peer.url}/k8s/clusters/c-1`);
  const result = await logIn(steve, { credentials, retry }).catch((error: unknown) => error);
  return { result, received: peer.received, url: steve.url };
}

function withCookie(value: string): Response {
  const headers = new Headers();
  headers.append("set-cookie", "CSRF=x; Path=/");
  headers.append("set-cookie", `R_SESS=${value}; Path=/; HttpOnly; Secure`);
  return new Response(null, { status: 200, headers });
}

/** Answers each path with what the table has, the others with 404. */
function at(answers: Readonly<Record<string, () => Response>>): (request: Received) => Response {
  return ({ path }) => answers[path]?.() ?? new Response(null, { status: 404 });
}

Deno.test("a token is sent as it is, as cookie or bearer, and nothing is asked for it", async () => {
  const cases = [
    ["cookie", [["cookie", "R_SESS=token-ab:cd"]]],
    ["bearer", [["authorization", "Bearer token-ab:cd"]]],
  ] as const;
  for (const [as, expected] of cases) {
    const { result, received } = await logInAt(() => new Response(), {
      kind: "token",
      token: "token-ab:cd",
      as,
    });
    assert.deepEqual(result, expected);
    assert.deepEqual(received, []);
  }
});

Deno.test("a Steve of its own needs no session", async () => {
  const { result, received } = await logInAt(() => new Response(), { kind: "none" });
  assert.deepEqual([result, received], [[], []]);
});

Deno.test("what cannot be a token is refused without being shown", async () => {
  for (const token of ["", "token-a:b c", "token;x", "tok\nen", "tökèn"]) {
    const { result } = await logInAt(() => new Response(), { kind: "token", token, as: "cookie" });
    assert.ok(result instanceof UsageError);
    assert.ok(token === "" || !result.message.includes(token));
  }
});

Deno.test("name and password become the cookie of the newer login", async () => {
  const { result, received } = await logInAt(at({ [V1]: () => withCookie("token-1:a") }));
  assert.deepEqual(result, [["cookie", "R_SESS=token-1:a"]]);
  assert.deepEqual(received.map(({ method, path }) => `${method} ${path}`), [`POST ${V1}`]);
  assert.deepEqual(JSON.parse(received[0]!.body), {
    type: "localProvider",
    description: "UI session",
    responseType: "cookie",
    username: "ann",
    password: "s3cr3t!",
  });
});

Deno.test("the token in a body does as well", async () => {
  const answer = () => Response.json({ token: "token-2:b" }, { status: 201 });
  const { result } = await logInAt(at({ [V1]: answer }));
  assert.deepEqual(result, [["cookie", "R_SESS=token-2:b"]]);
});

Deno.test("a server that does not know the newer login is asked the older way", async () => {
  const unknown = [
    () => new Response(null, { status: 404 }),
    () => new Response(null, { status: 405 }),
    () => steveError(401, "Unauthorized", "must authenticate"),
  ];
  for (const answer of unknown) {
    const { result, received } = await logInAt(
      at({ [V1]: answer, [V3]: () => withCookie("token-3:c") }),
    );
    assert.deepEqual(result, [["cookie", "R_SESS=token-3:c"]]);
    assert.equal(`${received[1]!.path}${received[1]!.query}`, `${V3}?action=login`);
    assert.equal(JSON.parse(received[1]!.body).type, undefined);
  }
});

Deno.test("a wrong password is tried once and never shown, even where the server repeats it", async () => {
  const answer = () => steveError(401, "Unauthorized", 'authentication failed for "s3cr3t!"');
  const { result, received, url } = await logInAt(at({ [V1]: answer }));
  assert.ok(result instanceof CannotRunError);
  assert.equal(received.length, 1);
  assert.equal(
    result.message,
    `Cannot log in to ${url} as "ann": the server does not accept this name and password ` +
      `(Cannot POST ${V1}: authentication failed for "***" (401))`,
  );
  assert.doesNotMatch(Deno.inspect(result, { depth: 10 }), /s3cr3t/);
});

Deno.test("a server without any login, or with an answer that has no session, is said so", async () => {
  const none = await logInAt(() => new Response(null, { status: 404 }));
  assert.match(`${none.result}`, /it has no login of Rancher; leave out name and password/);
  const empty = await logInAt(() => new Response("{}"));
  assert.match(`${empty.result}`, /neither a cookie R_SESS nor a token$/);
  for (const { result } of [none, empty]) assert.ok(result instanceof CannotRunError);
});

Deno.test("a log-in that is turned away with 429 or 5xx is tried again", async () => {
  const turns = [
    () => new Response(null, { status: 429, headers: { "retry-after": "2" } }),
    () => new Response(null, { status: 502 }),
    () => withCookie("token-ab:cd"),
  ];
  const { result, received } = await logInAt(() => turns.shift()!());
  assert.deepEqual(result, [["cookie", "R_SESS=token-ab:cd"]]);
  assert.equal(received.length, 3);
});
