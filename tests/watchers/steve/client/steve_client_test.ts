import assert from "node:assert/strict";
import { OperationFailedError } from "../../../../core/errors.ts";
import { StatusError } from "../../../../kube/status_error.ts";
import { listPath } from "../../../../watchers/steve/client/steve_client.ts";
import { unreachableServer } from "../../../support/api_target.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { collection, openSteve, steveError, stevePeer } from "../steve_peer.ts";

async function failureOf(call: Promise<unknown>): Promise<OperationFailedError> {
  const error = await call.then(() => undefined, (thrown: unknown) => thrown);
  assert.ok(error instanceof OperationFailedError, `${error}`);
  return error;
}

Deno.test("a list is asked for with the session, uncompressed, and its size is that of the body", async () => {
  const body = collection([{ id: "ns/a" }], { revision: "985232", count: 1 });
  await using peer = stevePeer(() => body);
  using steve = await openSteve(peer.url, { headers: [["cookie", "R_SESS=token-x:s"]] });
  const list = await steve.list("configmaps", { filter: ["metadata.namespace=ns"] });
  assert.equal(list.revision, "985232");
  assert.deepEqual(list.data, [{ id: "ns/a" }]);
  assert.equal(list.bytes, JSON.stringify(body).length);
  assert.deepEqual(peer.lines, ["GET /v1/configmaps?filter=metadata.namespace%3Dns"]);
  const { headers } = peer.last;
  assert.equal(headers.get("cookie"), "R_SESS=token-x:s");
  assert.equal(headers.get("accept-encoding"), "identity");
  assert.equal(headers.get("accept"), "application/json");
  assert.equal(headers.get("user-agent"), "scaletool/test");
  assert.equal(headers.get("origin"), null);
});

Deno.test("the path of a list has what is asked for and nothing else", () => {
  const cases = [
    [{}, "/v1/configmaps"],
    [{ namespace: "a/b" }, "/v1/configmaps/a%2Fb"],
    [{ filter: ["a=1,b=2", "c=3"] }, "/v1/configmaps?filter=a%3D1%2Cb%3D2&filter=c%3D3"],
    [
      { exclude: ["data"], revision: "12", pageSize: 1 },
      "/v1/configmaps?exclude=data&revision=12&pagesize=1",
    ],
  ] as const;
  for (const [query, path] of cases) assert.equal(listPath("configmaps", query), path);
});

Deno.test("a Steve behind a path is asked there, its login at the root", async () => {
  await using peer = stevePeer(() => collection());
  using steve = await openSteve(`${peer.url}/k8s/clusters/c-1`);
  await steve.list("secrets");
  await steve.call({ path: "/v1-public/login", isOfRoot: true, method: "POST", body: { a: 1 } });
  assert.deepEqual(peer.lines, [
    "GET /k8s/clusters/c-1/v1/secrets",
    "POST /v1-public/login",
  ]);
  assert.equal(peer.last.body, '{"a":1}');
  assert.equal(
    steve.subscribeUrl,
    `ws://127.0.0.1:${peer.port}/k8s/clusters/c-1/v1/subscribe`,
  );
});

Deno.test("an answer other than success is counted by its status and says what the server said", async () => {
  const cases: readonly [() => Response, string, RegExp][] = [
    [
      () => steveError(401, "Unauthorized", "must authenticate"),
      "unauthorized",
      /: must authenticate \(401\)$/,
    ],
    [
      () => steveError(400, "unknown revision", "unknown revision"),
      "http-400",
      /: unknown revision \(400\)$/,
    ],
    [
      () => steveError(422, "InvalidBodyContent", "column is invalid [x]"),
      "http-422",
      /column is invalid \[x\] \(422\)$/,
    ],
    [() => new Response(null, { status: 404 }), "not-found", /: the server answered 404 \(404\)$/],
    [
      () => new Response("<html>", { status: 500 }),
      "http-500",
      /: the server answered 500 \(500\)$/,
    ],
    [
      () => new Response(null, { status: 302, headers: { location: "https://x/" } }),
      "http-302",
      /: the server redirects to "https:\/\/x\/" \(302\)$/,
    ],
  ];
  for (const [answer, reason, message] of cases) {
    await using peer = stevePeer(answer);
    using steve = await openSteve(peer.url);
    const error = await failureOf(steve.list("configmaps"));
    assert.ok(error instanceof StatusError);
    assert.equal(error.reason, reason);
    assert.match(error.message, message);
    assert.ok(error.message.startsWith(`Cannot GET ${peer.url}/v1/configmaps: `));
  }
});

Deno.test("a 429 tells how long the server asks to wait", async () => {
  const headers = { "retry-after": "3" };
  await using peer = stevePeer(() => new Response(null, { status: 429, headers }));
  using steve = await openSteve(peer.url);
  const error = await failureOf(steve.list("configmaps"));
  assert.equal((error as StatusError).retryAfterMs, 3_000);
});

Deno.test("what is no collection, or no schema, is a server that is no Steve", async () => {
  for (const body of ["<html>", "{", '{"type":"schema"}', "[]"]) {
    await using peer = stevePeer(() => new Response(body));
    using steve = await openSteve(peer.url);
    const error = await failureOf(steve.list("configmaps"));
    assert.equal(error.reason, "protocol");
    assert.match(error.message, /it is no collection of Steve$/);
  }
  await using peer = stevePeer(() => new Response("[]"));
  using steve = await openSteve(peer.url);
  assert.match((await failureOf(steve.columns("x"))).message, /it is no schema of Steve$/);
});

Deno.test("the columns of a schema come in order; a type without any has none", async () => {
  await using peer = stevePeer(({ path }) =>
    path.endsWith("foo")
      ? { type: "schema", attributes: { columns: [{ name: "Name" }, { name: "Age" }] } }
      : { type: "schema", attributes: null }
  );
  using steve = await openSteve(peer.url);
  assert.deepEqual(await steve.columns("example.com.foo"), ["Name", "Age"]);
  assert.deepEqual(await steve.columns("other"), []);
  assert.equal(peer.lines[0], "GET /v1/schemas/example.com.foo");
});

Deno.test("a Steve that does not answer in time fails with a timeout, and leaves no sleeper", async () => {
  const clock = new FakeClock();
  const asked = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<Response>();
  await using peer = stevePeer(() => {
    asked.resolve();
    return answered.promise;
  });
  using steve = await openSteve(peer.url, { clock, requestTimeoutMs: 5_000 });
  const failure = failureOf(steve.list("configmaps"));
  await asked.promise;
  await clock.advance(5_000);
  const error = await failure;
  assert.equal(error.reason, "timeout");
  assert.match(error.message, /no answer in 5000 ms$/);
  assert.equal(clock.sleeperCount, 0);
  answered.resolve(new Response());
});

Deno.test("an abort gives up the call with its own reason", async () => {
  const asked = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<Response>();
  await using peer = stevePeer(() => {
    asked.resolve();
    return answered.promise;
  });
  using steve = await openSteve(peer.url);
  const controller = new AbortController();
  const call = steve.list("configmaps", { signal: controller.signal });
  await asked.promise;
  const reason = new Error("over");
  controller.abort(reason);
  await assert.rejects(call, (error) => error === reason);
  await assert.rejects(
    steve.list("configmaps", { signal: controller.signal }),
    (error) => error === reason,
  );
  answered.resolve(new Response());
});

Deno.test("no error shows the session", async () => {
  const headers = [["cookie", "R_SESS=token-x:secret1"]] as const;
  const url = (await unreachableServer()).replace("https:", "http:");
  using nowhere = await openSteve(url, { headers });
  const refused = await failureOf(nowhere.list("configmaps"));
  assert.equal(refused.reason, "connection-refused");
  await using peer = stevePeer(() => new Response(null, { status: 401 }));
  using steve = await openSteve(peer.url, { headers });
  for (const error of [refused, await failureOf(steve.list("configmaps"))]) {
    assert.doesNotMatch(Deno.inspect(error, { depth: 10 }), /secret1/);
  }
});
