/** What a request carries, and how an answer other than success looks. */
import assert from "node:assert/strict";
import { CannotRunError } from "../../../core/errors.ts";
import { createServerIdentity } from "../../../core/net/mini_ca.ts";
import { staticCredentials } from "../../../kube/auth/credentials.ts";
import { impersonationHeaders } from "../../../kube/auth/impersonation.ts";
import type { HttpConnection } from "../../../kube/http/http_connection.ts";
import { EMPTY_USER } from "../../../kube/kubeconfig/schema.ts";
import { clusterValues } from "../scripted_world.ts";
import { type Answering, ApiPeer, openBody, statusAnswer } from "../../support/api_peer.ts";
import {
  assertConnections,
  assertFailed,
  failureOf,
  type Given,
  openConnection,
  refusalOf,
  ScriptedCredentials,
  unreachableServer,
  USER_AGENT,
} from "../../support/api_target.ts";

const GET = { method: "GET", path: "/api" };
const UNAUTHORIZED = () => statusAnswer(401, { reason: "Unauthorized" });

async function started({ answer, ...given }: Given & { answer?: Answering } = {}) {
  const peer = new ApiPeer(answer);
  const connection = await openConnection(peer.url, given);
  return {
    peer,
    connection,
    async [Symbol.asyncDispose]() {
      connection[Symbol.dispose]();
      await peer[Symbol.asyncDispose]();
    },
  };
}

function authorizations(peer: ApiPeer): (string | null)[] {
  return peer.received.map(({ headers }) => headers.get("authorization"));
}

Deno.test("every request says who sends it and wants its answer as it is", async () => {
  await using world = await started({
    target: { credentials: staticCredentials({ authorization: "Bearer secret" }) },
  });
  const { connection, peer } = world;
  await connection.call(GET);
  await connection.call({ ...GET, accept: "application/yaml" });
  await (await connection.stream(GET)).body.cancel();
  const shown = peer.received.map(({ headers }) =>
    ["user-agent", "authorization", "accept-encoding", "accept", "content-type"]
      .map((name) => headers.get(name))
  );
  const common = [USER_AGENT, "Bearer secret", "identity"];
  assert.deepEqual(shown, [
    [...common, "application/json", null],
    [...common, "application/yaml", null],
    [...common, "application/json", null],
  ]);
});

Deno.test("anonymous requests have no Authorization header", async () => {
  await using world = await started();
  await world.connection.call(GET);
  assert.equal(world.peer.last.headers.has("authorization"), false);
});

Deno.test("impersonation headers are sent as they are, groups one by one", async () => {
  await using world = await started({
    target: {
      impersonation: [
        ["Impersonate-User", "jane"],
        ["Impersonate-Group", "a"],
        ["Impersonate-Group", "b"],
        ["Impersonate-Extra-scopes%2F1", "x"],
      ],
    },
  });
  await world.connection.call(GET);
  const { headers } = world.peer.last;
  assert.equal(headers.get("impersonate-user"), "jane");
  assert.deepEqual(
    [...headers].filter(([name]) => name === "impersonate-group"),
    // Two lines of one header: RFC 9110, section 5.3; Headers joins them.
    [["impersonate-group", "a, b"]],
  );
  assert.equal(headers.get("impersonate-extra-scopes%2f1"), "x");
});

Deno.test("an impersonated user whose name is not ASCII is sent in UTF-8, as kubectl does", async () => {
  await using world = await started({
    target: { impersonation: impersonationHeaders(EMPTY_USER, clusterValues({ as: "jörg 日" })) },
  });
  await world.connection.call(GET);
  // A header's bytes are read as Latin-1.
  const bytes = Uint8Array.from(
    world.peer.last.headers.get("impersonate-user") ?? "",
    (letter) => letter.charCodeAt(0),
  );
  assert.equal(new TextDecoder().decode(bytes), "jörg 日");
});

Deno.test("a server with a path has it before every request's", async () => {
  await using peer = new ApiPeer();
  using connection = await openConnection(`${peer.url}/k8s/clusters/c-1`);
  await connection.call({ method: "GET", path: "/api/v1?limit=1" });
  assert.deepEqual(peer.lines, ["GET /k8s/clusters/c-1/api/v1?limit=1"]);
});

Deno.test("call() is the parsed body, its text if it is no JSON, undefined if there is none", async () => {
  const json = (text: string, type: string) =>
    new Response(text, { headers: { "content-type": type } });
  const cases: [Response, unknown][] = [
    [json('{"a":[1]}', "application/json"), { a: [1] }],
    [json('{"a":1}', "application/json;charset=utf-8"), { a: 1 }],
    [json('"ok"', "text/plain"), '"ok"'],
    [json("ok", "text/plain; charset=utf-8"), "ok"],
    [json("", "application/json"), undefined],
    [new Response(null, { status: 204 }), undefined],
    [Response.json({ made: true }, { status: 201 }), { made: true }],
  ];
  await using world = await started();
  for (const [answer, expected] of cases) {
    world.peer.onRequest(() => answer);
    assert.deepEqual(await world.connection.call(GET), expected);
  }
});

Deno.test("JSON that breaks off in an answer that does not is truncated", async () => {
  await using world = await started({
    answer: () => new Response('{"a":', { headers: { "content-type": "application/json" } }),
  });
  const error = await failureOf(world.connection.call(GET));
  assertFailed(error, "truncated", `Cannot read the answer of ${world.peer.url}/api`);
});

Deno.test("onAnswer sees every answer, also one that is refused", async () => {
  const seen: number[] = [];
  const answers = [new Response(null, { status: 204 }), statusAnswer(409), new Response("")];
  await using world = await started({
    answer: () => answers.shift(),
    onAnswer: ({ status }) => seen.push(status),
  });
  const { connection } = world;
  await connection.call(GET);
  await failureOf(connection.call(GET));
  await (await connection.stream(GET)).body.cancel();
  assert.deepEqual(seen, [204, 409, 200]);
});

Deno.test("an answer other than success is a StatusError, from whatever it says", async (t) => {
  const retry = (value: string) => ({ headers: { "retry-after": value } });
  const cases: [string, Response, [string, number, number | undefined, string]][] = [
    [
      "a Status",
      statusAnswer(409, { reason: "AlreadyExists", message: 'configmaps "a" already exists' }),
      ["already-exists", 409, undefined, 'configmaps "a" already exists'],
    ],
    [
      "a Status without a reason",
      statusAnswer(418, { message: "teapot" }),
      ["http-418", 418, undefined, "teapot"],
    ],
    [
      "details.retryAfterSeconds",
      statusAnswer(500, { reason: "ServerTimeout", details: { retryAfterSeconds: 2 } }),
      ["server-timeout", 500, 2_000, "ServerTimeout"],
    ],
    [
      "Retry-After, which counts more than the details",
      statusAnswer(429, {
        reason: "TooManyRequests",
        details: { retryAfterSeconds: 2 },
        ...retry("1"),
      }),
      ["too-many-requests", 429, 1_000, "TooManyRequests"],
    ],
    [
      "plain text, of which the first line counts",
      new Response("\n404 page not found\nmore\n", { status: 404 }),
      ["not-found", 404, undefined, "404 page not found (404)"],
    ],
    [
      "a long line",
      new Response("x".repeat(500), { status: 503, ...retry("7") }),
      ["service-unavailable", 503, 7_000, `${"x".repeat(200)} (503)`],
    ],
    [
      "JSON that is no Status",
      Response.json({ error: "no" }, { status: 502 }),
      ["http-502", 502, undefined, '{"error":"no"} (502)'],
    ],
    [
      "JSON null",
      Response.json(null, { status: 500 }),
      ["http-500", 500, undefined, "null (500)"],
    ],
    [
      "no body",
      new Response(null, { status: 403 }),
      ["forbidden", 403, undefined, "The server answered 403"],
    ],
    [
      "a Retry-After that is a date, which no API server sends",
      new Response(null, { status: 503, ...retry("Fri, 31 Dec 1999 23:59:59 GMT") }),
      ["service-unavailable", 503, undefined, "The server answered 503"],
    ],
    [
      "an empty Retry-After",
      new Response(null, { status: 429, ...retry("") }),
      ["too-many-requests", 429, undefined, "The server answered 429"],
    ],
  ];
  await using world = await started();
  for (const [name, answer, [reason, code, retryAfterMs, message]] of cases) {
    await t.step(name, async () => {
      world.peer.onRequest(() => answer.clone());
      const expected = { reason, code, retryAfterMs, message };
      assert.deepEqual(await refusalOf(world.connection.call(GET)), expected);
      assert.deepEqual(await refusalOf(world.connection.stream(GET)), expected);
    });
  }
});

Deno.test("a redirect is not followed, for the credentials are not meant for whoever it names", async () => {
  await using world = await started({
    answer: () =>
      new Response("<a href=/login>Found</a>", { status: 302, headers: { location: "/login" } }),
  });
  assert.deepEqual(await refusalOf(world.connection.call(GET)), {
    reason: "http-302",
    code: 302,
    retryAfterMs: undefined,
    message: 'The server redirects to "/login" (302)',
  });
  assert.equal(world.peer.received.length, 1);
});

Deno.test("after a 401 the request goes once more with new credentials, body included", async () => {
  const credentials = new ScriptedCredentials({ authorization: "Bearer old" }, {
    authorization: "Bearer new",
  });
  const answers = [UNAUTHORIZED(), Response.json({ ok: true })];
  await using world = await started({ answer: () => answers.shift(), target: { credentials } });
  const { connection, peer } = world;
  const post = { method: "POST", path: "/api", body: "{}", contentType: "application/json" };
  assert.deepEqual(await connection.call(post), { ok: true });
  assert.deepEqual(authorizations(peer), ["Bearer old", "Bearer new"]);
  assert.deepEqual(peer.received.map(({ body }) => body), ["{}", "{}"]);
  assert.deepEqual(credentials.refused, [{ authorization: "Bearer old" }]);
});

Deno.test("a second 401 is the answer", async () => {
  const credentials = new ScriptedCredentials(
    { authorization: "Bearer 1" },
    { authorization: "Bearer 2" },
    { authorization: "Bearer 3" },
  );
  await using world = await started({ answer: UNAUTHORIZED, target: { credentials } });
  const { connection, peer } = world;
  assert.equal((await refusalOf(connection.call(GET))).code, 401);
  assert.deepEqual(authorizations(peer), ["Bearer 1", "Bearer 2"]);
  assert.equal((await refusalOf(connection.stream(GET))).code, 401);
  assert.deepEqual(authorizations(peer).slice(2), ["Bearer 2", "Bearer 3"]);
});

Deno.test("credentials that cannot be had anew are not tried again", async () => {
  await using world = await started({
    answer: UNAUTHORIZED,
    target: { credentials: staticCredentials({ authorization: "Bearer x" }) },
  });
  assert.equal((await refusalOf(world.connection.call(GET))).reason, "unauthorized");
  assert.equal(world.peer.received.length, 1);
});

Deno.test("many refused at once drop the credentials once", async () => {
  const credentials = new ScriptedCredentials(
    { authorization: "Bearer old" },
    { authorization: "Bearer new" },
    { authorization: "Bearer too new" },
  );
  const refused = ({ headers }: { headers: Headers }) =>
    headers.get("authorization") === "Bearer old" ? UNAUTHORIZED() : { ok: true };
  await using world = await started({ answer: refused, target: { credentials } });
  const { connection, peer } = world;
  await Promise.all(Array.from({ length: 20 }, () => connection.call(GET)));
  const counts = Map.groupBy(authorizations(peer), (sent) => sent);
  assert.deepEqual([...counts].map(([sent, { length }]) => [sent, length]), [
    ["Bearer old", 20],
    ["Bearer new", 20],
  ]);
});

Deno.test("credentials that cannot be renewed fail the request, and the next one may succeed", async () => {
  let failing = false;
  const credentials = {
    current: () =>
      failing ? Promise.reject(new CannotRunError("plugin x failed")) : Promise.resolve({}),
    invalidate: () => false,
  };
  await using world = await started({ target: { credentials } });
  const { connection, peer } = world;
  failing = true;
  const error = await failureOf(connection.call(GET));
  assertFailed(error, "unauthorized", "plugin x failed");
  assert.ok(error.cause instanceof CannotRunError);
  failing = false;
  await connection.call(GET);
  assert.equal(peer.received.length, 1);
});

Deno.test("open() throws what the credentials throw, and opens nothing", async () => {
  const error = new CannotRunError("plugin x failed");
  const credentials = { current: () => Promise.reject(error), invalidate: () => false };
  const opening = openConnection("https://127.0.0.1:1", { target: { credentials } });
  assert.equal(await failureOf(opening), error);
});

Deno.test("a client certificate that is renewed takes a new connection", async () => {
  const certOf = (name: string) => createServerIdentity({ hosts: [name], now: new Date() });
  const [first, second] = [await certOf("one"), await certOf("two")];
  let clientCert = first;
  const credentials = {
    current: () => Promise.resolve({ clientCert }),
    invalidate: () => false,
  };
  await using world = await started({ target: { credentials } });
  const { connection, peer } = world;
  await connection.call(GET);
  await connection.call(GET);
  assert.equal(peer.clientPorts.length, 1);
  clientCert = second;
  await Promise.all([connection.call(GET), connection.call(GET), connection.call(GET)]);
  await connection.call(GET);
  assert.equal(peer.clientPorts.length, 2);
  await assertConnections(peer.port, 1);
});

Deno.test("what is under way when the client certificate is renewed is answered over its old connection", async () => {
  const identity = await createServerIdentity({ hosts: ["one"], now: new Date() });
  const sent: { clientCert?: typeof identity } = {};
  const credentials = {
    current: () => Promise.resolve({ ...sent }),
    invalidate: () => false,
  };
  const [asked, answered] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  await using world = await started({
    target: { credentials },
    answer: async ({ path }) => {
      if (path === "/api") return { quick: true };
      asked.resolve();
      await answered.promise;
      return { slow: true };
    },
  });
  const { connection, peer } = world;
  const slow = connection.call({ method: "GET", path: "/slow" });
  await asked.promise;
  sent.clientCert = identity;
  assert.deepEqual(await connection.call(GET), { quick: true });
  answered.resolve();
  assert.deepEqual(await slow, { slow: true });
  assert.equal(peer.clientPorts.length, 2);
});

Deno.test("a watch goes on over its old connection when the client certificate is renewed, and is proved there", async () => {
  const identity = await createServerIdentity({ hosts: ["one"], now: new Date() });
  const sent: { clientCert?: typeof identity } = {};
  const credentials = {
    current: () => Promise.resolve({ ...sent }),
    invalidate: () => false,
  };
  const open = openBody();
  await using world = await started({
    target: { credentials },
    answer: ({ path }) => path === "/api" ? new Response(open.body) : {},
  });
  const { connection, peer } = world;
  using stream = await connection.stream(GET);
  await connection.life.settle(new AbortController().signal);
  assert.equal(stream.signal.aborted, false);
  sent.clientCert = identity;
  await connection.call({ method: "GET", path: "/other" });
  await connection.life.settle(new AbortController().signal);
  assert.deepEqual([connection.life.asked, connection.life.silences], [2, []]);
  assert.deepEqual(peer.lines, ["GET /api", "GET /other"]);
  assert.equal(peer.clientPorts.length, 2);
  const reader = stream.body.getReader();
  open.write("still here");
  assert.equal(new TextDecoder().decode((await reader.read()).value), "still here");
  await reader.cancel();
});

Deno.test("dispose() closes its connections, the WebSocket's and the relay's included", async () => {
  for (const insecure of [false, true]) {
    const before = (request: Request) => {
      if (request.headers.get("upgrade") !== "websocket") return undefined;
      const { socket, response } = Deno.upgradeWebSocket(request, { protocol: "v5" });
      socket.onmessage = ({ data }) => socket.send(data);
      return response;
    };
    await using peer = new ApiPeer(undefined, { before });
    const connection = await openConnection(peer.url, { target: { insecure } });
    await connection.call(GET);
    await echo(connection);
    connection[Symbol.dispose]();
    await assertConnections(peer.port, 0);
  }
});

Deno.test("open() says that certificates cannot be used", async () => {
  const caPem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  const error = await failureOf(openConnection("https://127.0.0.1:1", { target: { caPem } }));
  assert.ok(error instanceof CannotRunError);
  assert.match(error.message, /^Cannot use the certificates for https:\/\/127\.0\.0\.1:1: ./);
});

Deno.test("a WebSocket takes a connection of its own, with the same headers", async () => {
  const seen: (string | null)[] = [];
  const before = (request: Request) => {
    if (request.headers.get("upgrade") !== "websocket") return undefined;
    seen.push(request.headers.get("authorization"), new URL(request.url).pathname);
    // Deno puts its own name before ours.
    assert.match(request.headers.get("user-agent") ?? "", new RegExp(`${USER_AGENT}$`));
    const { socket, response } = Deno.upgradeWebSocket(request, { protocol: "v5" });
    socket.onmessage = ({ data }) => socket.send(`${data} again`);
    return response;
  };
  const credentials = staticCredentials({ authorization: "Bearer x" });
  for (const insecure of [false, true]) {
    await using peer = new ApiPeer(undefined, { before });
    using connection = await openConnection(`${peer.url}/c-1`, {
      target: { credentials, insecure },
    });
    assert.equal(await echo(connection), "hello again");
    assert.deepEqual(seen.splice(0), ["Bearer x", "/c-1/exec"]);
  }
});

/** What the server says to "hello"; the socket is closed then. */
async function echo(connection: HttpConnection): Promise<unknown> {
  const socket = await connection.webSocket("/exec?stdout=1", ["v5", "v4"]);
  const said = Promise.withResolvers<unknown>();
  const closed = Promise.withResolvers<void>();
  socket.onopen = () => socket.send("hello");
  socket.onmessage = ({ data }) => said.resolve(data);
  socket.onerror = (event) => said.resolve(event instanceof ErrorEvent ? event.message : event);
  socket.onclose = () => closed.resolve();
  const answer = await said.promise;
  assert.equal(socket.protocol, "v5");
  socket.close();
  await closed.promise;
  return answer;
}

Deno.test("a failure's message names the request and never the credentials", async () => {
  const credentials = staticCredentials({ authorization: "Bearer secret" });
  const server = await unreachableServer();
  using connection = await openConnection(server, { target: { credentials } });
  const error = await failureOf(connection.call({ method: "GET", path: "/api?limit=1" }));
  assertFailed(error, "connection-refused");
  assert.ok(error.message.startsWith(`Cannot GET ${server}/api?limit=1: `), error.message);
  assert.ok(!error.message.includes("secret"));
});
