import assert from "node:assert/strict";
import { RATE_LIMIT_POLICIES, TOKEN_RATE_LIMIT_POLICIES } from "../../../kube/kuadrant/kinds.ts";
import { metricSum } from "../../../kube/component/metrics_page.ts";
import { GATEWAY, MODEL } from "../../../sandbox/maas/installation.ts";
import { eventually } from "../../support/eventually.ts";
import { CHAT, MaasUnderTest, QUICK, withAuth } from "./maas_under_test.ts";

const REQUESTS = { namespace: GATEWAY.namespace, name: "gateway-rate-limits" };
const TOKENS = { namespace: GATEWAY.namespace, name: "gateway-token-rate-limits" };

/** Limits of requests as a merge patch; windows stay as they are. */
function raised(limit: number): unknown {
  return { spec: { limits: { free: { rates: [{ limit, window: "2m" }] } } } };
}

async function raiseAll(maas: MaasUnderTest, requests = 10_000, tokens = 10_000_000) {
  await maas.patch(RATE_LIMIT_POLICIES, REQUESTS, raised(requests));
  await maas.patch(TOKEN_RATE_LIMIT_POLICIES, TOKENS, {
    spec: { limits: { "free-user-tokens": { rates: [{ limit: tokens, window: "1m" }] } } },
  });
  for (
    const [kind, at] of [
      [RATE_LIMIT_POLICIES, REQUESTS],
      [TOKEN_RATE_LIMIT_POLICIES, TOKENS],
    ] as const
  ) {
    await eventually(`${at.name} is enforced`, async () => {
      const { metadata: { generation }, status } = await maas.get(kind, at);
      return status?.observedGeneration === generation;
    });
  }
}

function times<T>(count: number, value: T): T[] {
  return Array.from({ length: count }, () => value);
}

Deno.test("a user of a tier gets an answer with its usage, and it is charged", async () => {
  await using maas = await MaasUnderTest.start();
  const { status, body } = await maas.ask({ token: await maas.token("a") });
  assert.equal(status, 200);
  const { object, model, choices, usage } = JSON.parse(body);
  assert.deepEqual([object, model], ["chat.completion", MODEL.served]);
  assert.equal(choices[0].message.content, "word word word word");
  assert.deepEqual(usage, { prompt_tokens: 2, completion_tokens: 4, total_tokens: 6 });
  await eventually("the charge", () => maas.standIn.truth.chargedTokens === 6);
  assert.deepEqual(maas.standIn.truth.causes, { ok: 1 });
});

Deno.test("whoever is not believed is told why, in a header alone", async () => {
  await using maas = await MaasUnderTest.start();
  const token = await maas.token("a");
  const realm = 'Bearer realm="service-accounts"';
  for (
    const [options, reason] of [
      [{}, "credential not found"],
      [{ authorization: "Basic eDp5" }, "credential not found"],
      [{ token: "garbage" }, "not authenticated"],
      [{ token: token.slice(0, -20) + "x".repeat(20) }, "not authenticated"],
      [{ token: await maas.token("other", { audiences: ["elsewhere"] }) }, "not authenticated"],
    ] as const
  ) {
    const { status, body, headers } = await maas.ask(options);
    assert.deepEqual([status, body, headers["x-ext-auth-reason"], headers["www-authenticate"]], [
      401,
      "",
      reason,
      realm,
    ]);
  }
  const stranger = await maas.ask({ token: await maas.token("b", { tier: "unknown" }) });
  assert.deepEqual(
    [stranger.status, stranger.body, stranger.headers["x-ext-auth-reason"]],
    [403, "", "not authorized: unknown reason"],
  );
  assert.equal(stranger.headers["www-authenticate"], undefined);
});

Deno.test("what has no route is not found, and nobody is asked who it is", async () => {
  await using maas = await MaasUnderTest.start();
  for (const options of [{ path: "/elsewhere" }, { host: "other.sandbox.test" }]) {
    const { status, body } = await maas.ask(options);
    assert.deepEqual([status, body], [404, ""]);
  }
  assert.equal(maas.standIn.auth.counters.get("auth_server_authconfig_total"), 0);
});

Deno.test("so many requests of a user pass as the limit says, and a raised one goes on counting", async () => {
  await using maas = await MaasUnderTest.start();
  const token = await maas.token("a");
  const few = { token, body: { max_tokens: 1 } };
  assert.deepEqual(await maas.statuses(times(20, few)), { 200: 5, 429: 15 });
  const { body, headers } = await maas.ask(few);
  assert.equal(body, "Too Many Requests\n");
  assert.equal(headers["retry-after"], undefined);
  assert.equal((await maas.ask({ token: await maas.token("b") })).status, 200);
  await raiseAll(maas, 7);
  assert.deepEqual(await maas.statuses(times(5, few)), { 200: 2, 429: 3 });
  await raiseAll(maas, 5);
  assert.equal((await maas.ask(few)).status, 429);
  assert.equal(maas.standIn.truth.count("request-limit"), 20);
});

Deno.test("tokens are limited once they are used up, by answers of before", async () => {
  await using maas = await MaasUnderTest.start();
  await raiseAll(maas, 1_000, 10);
  const token = await maas.token("a");
  assert.equal((await maas.ask({ token, body: { max_tokens: 20 } })).status, 200);
  await eventually("the charge", () => maas.standIn.truth.chargedTokens === 22);
  assert.equal((await maas.ask({ token })).status, 429);
  assert.equal(maas.standIn.truth.count("token-limit"), 1);
  const page = await maas.page("limiter");
  assert.equal(metricSum(page, "authorized_hits"), 2 + 22);
  assert.equal(metricSum(page, "limited_calls"), 1);
});

Deno.test("a stream is charged only if it tells its usage", async () => {
  await using maas = await MaasUnderTest.start();
  const token = await maas.token("a");
  const plain = await maas.ask({ token, body: { stream: true } });
  const frames = (body: string) => body.split("\n\n").filter((frame) => frame !== "");
  assert.equal(frames(plain.body).at(-1), "data: [DONE]");
  assert.deepEqual(
    JSON.parse(frames(plain.body)[0]!.slice(6)).choices[0].delta,
    { role: "assistant" },
  );
  assert.equal(frames(plain.body).length, 1 + 4 + 1 + 1);
  const told = await maas.ask({
    token,
    body: { stream: true, stream_options: { include_usage: true } },
  });
  const usage = JSON.parse(frames(told.body).at(-2)!.slice(6));
  assert.deepEqual([usage.choices, usage.usage.total_tokens], [[], 6]);
  await eventually("both are over", () => maas.standIn.truth.count("ok") === 2);
  assert.equal(maas.standIn.truth.chargedTokens, 6);
});

Deno.test("a dry limiter of the auth service refuses at once, with 401 or 403, and says so", async () => {
  await using maas = await MaasUnderTest.start({
    settings: withAuth({ clientQps: 0.01, clientBurst: 3, identityTtlMs: 0, accessTtlMs: 0 }),
  });
  await raiseAll(maas);
  const token = await maas.token("a");
  assert.deepEqual(await maas.statuses(times(10, { token })), { 200: 3, 401: 7 });
  const { headers } = await maas.ask({ token });
  assert.equal(
    headers["x-ext-auth-reason"],
    "client rate limiter Wait returned an error: rate: Wait(n=1) would exceed context deadline",
  );
  assert.equal(maas.standIn.truth.count("auth-client-limiter"), 8);
});

Deno.test("an identity cache of 1 MiB keeps no token, and one of 2 does", async () => {
  for (const [cacheBytes, reviews] of [[2 ** 20, 3], [2 ** 21, 1]] as const) {
    await using maas = await MaasUnderTest.start({ settings: withAuth({ cacheBytes }) });
    const token = await maas.token("a");
    for (const options of times(3, { token })) assert.equal((await maas.ask(options)).status, 200);
    const { counters } = maas.standIn.auth;
    const asked = (resource: string) => counters.get("rest_client_requests_total", { resource });
    assert.equal(asked("tokenreviews"), reviews);
    assert.equal(asked("subjectaccessreviews"), 1);
  }
});

Deno.test("an auth service that is late is an error of the gateway", async () => {
  await using maas = await MaasUnderTest.start({
    settings: withAuth({ timeoutMs: 20, delayMs: 10_000 }),
  });
  const { status, body, headers } = await maas.ask({ token: await maas.token("a") });
  assert.deepEqual([status, body, headers["x-ext-auth-reason"]], [
    500,
    "Internal Server Error.\n",
    undefined,
  ]);
  assert.deepEqual(maas.standIn.truth.causes, { "auth-late": 1 });
});

Deno.test("without a limiter everything passes", async () => {
  await using maas = await MaasUnderTest.start({
    settings: { ...QUICK, limiter: { ...QUICK.limiter, isDown: true } },
  });
  const token = await maas.token("a");
  assert.deepEqual(await maas.statuses(times(8, { token })), { 200: 8 });
});

Deno.test("a full model says 429 in its own words", async () => {
  await using maas = await MaasUnderTest.start({
    settings: { ...QUICK, model: { ...QUICK.model, slots: 1, queue: 1, ttftMs: 200 } },
  });
  const users = await Promise.all(["a", "b", "c", "d"].map((name) => maas.token(name)));
  const answers = await Promise.all(users.map((token) => maas.ask({ token })));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 200, 429, 429]);
  const full = answers.find(({ status }) => status === 429)!;
  assert.equal(JSON.parse(full.body).error.message, "waiting requests queue is full");
  assert.equal(maas.standIn.truth.count("model-full"), 2);
});

Deno.test("a key of maas-api is its owner's, until it is deleted", async () => {
  await using maas = await MaasUnderTest.start();
  const owner = await maas.token("a");
  const made = await maas.ask({ token: owner, path: "/maas-api/v1/api-keys", body: { name: "k" } });
  assert.equal(made.status, 201);
  const { key, id } = JSON.parse(made.body);
  assert.match(key, /^sk-oai-/);
  assert.equal((await maas.ask({ token: key })).status, 200);
  const path = `/maas-api/v1/api-keys/${id}`;
  assert.equal((await maas.ask({ token: owner, method: "DELETE", path })).status, 204);
  assert.equal((await maas.ask({ token: key })).status, 401);
});

Deno.test("the models are listed to whoever is somebody", async () => {
  await using maas = await MaasUnderTest.start();
  const token = await maas.token("a", { tier: "unknown" });
  const { status, body } = await maas.ask({ token, method: "GET", path: "/v1/models" });
  assert.equal(status, 200);
  const [{ id, ready, url }] = JSON.parse(body).data;
  assert.deepEqual([id, ready], [MODEL.served, true]);
  assert.equal(new URL(url).pathname + "/v1/chat/completions", CHAT);
  assert.equal((await maas.ask({ method: "GET", path: "/v1/models" })).status, 401);
});
