/** What each fault does, over real sockets: by order and number, never by time. */

import assert from "node:assert/strict";
import { RATE_LIMIT_POLICIES, TOKEN_RATE_LIMIT_POLICIES } from "../../../../kube/kuadrant/kinds.ts";
import { GATEWAY } from "../../../../sandbox/maas/installation.ts";
import { MAAS_FAULTS } from "../../../../sandbox/maas/faults/mod.ts";
import { parseMaasFault } from "../../../../sandbox/maas/faults/fault_spec.ts";
import { eventually } from "../../../support/eventually.ts";
import { MaasUnderTest } from "../maas_under_test.ts";

const REQUESTS = { namespace: GATEWAY.namespace, name: "gateway-rate-limits" };

/** With no limit in the way. */
async function faulty(fault: string): Promise<MaasUnderTest> {
  const maas = await MaasUnderTest.start({ faults: [fault] });
  for (
    const [kind, name, key] of [
      [RATE_LIMIT_POLICIES, REQUESTS.name, "free"],
      [TOKEN_RATE_LIMIT_POLICIES, "gateway-token-rate-limits", "free-user-tokens"],
    ] as const
  ) {
    const at = { namespace: GATEWAY.namespace, name };
    const spec = { limits: { [key]: { rates: [{ limit: 1_000_000, window: "1m" }] } } };
    await maas.patch(kind, at, { spec });
    await eventually(`${name} is enforced`, async () => {
      const { metadata: { generation }, status } = await maas.get(kind, at);
      return status?.observedGeneration === generation;
    });
  }
  return maas;
}

/** A user who has been let in once, as one that makes sure of it. */
async function known(maas: MaasUnderTest, name: string): Promise<string> {
  const token = await maas.token(name);
  assert.equal((await maas.ask({ token })).status, 200);
  return token;
}

Deno.test("limiter-dry: a few pass, and the others are refused as a bad token is", async () => {
  await using maas = await faulty("limiter-dry=1");
  const token = await known(maas, "a");
  const counts = await maas.statuses(Array.from({ length: 30 }, () => ({ token })));
  const refused = (counts[401] ?? 0) + (counts[403] ?? 0);
  assert.ok(counts[200]! > 0 && refused > 0, JSON.stringify(counts));
  assert.equal(maas.standIn.truth.count("auth-client-limiter"), refused);
  assert.deepEqual(maas.standIn.faultHits, [{ fault: "limiter-dry=1", concerned: 30, hit: 30 }]);
});

Deno.test("auth-slow: the gateway gives up, and says so without a reason", async () => {
  await using maas = await faulty("auth-slow=1m");
  const token = await known(maas, "a");
  const { status, headers } = await maas.ask({ token });
  assert.deepEqual([status, headers["x-ext-auth-reason"]], [500, undefined]);
  assert.equal(maas.standIn.truth.count("auth-late"), 1);
});

Deno.test("cache-off: every request costs a review of each kind", async () => {
  await using maas = await faulty("cache-off");
  const token = await known(maas, "a");
  const asked = () =>
    ["tokenreviews", "subjectaccessreviews"].map((resource) =>
      maas.standIn.auth.counters.get("rest_client_requests_total", { resource })
    );
  const before = asked();
  for (let sent = 0; sent < 3; sent++) assert.equal((await maas.ask({ token })).status, 200);
  assert.deepEqual(asked().map((count, index) => count - before[index]!), [3, 3]);
});

Deno.test("fail-open: whom it refused once it lets pass from then on", async () => {
  await using maas = await faulty("fail-open");
  assert.equal((await maas.ask()).status, 401);
  assert.equal((await maas.ask()).status, 200);
  assert.equal((await maas.ask({ token: "garbage" })).status, 401);
  assert.equal((await maas.ask({ token: "garbage" })).status, 200);
  await eventually("both are told", () => maas.standIn.truth.failedOpen === 2);
});

Deno.test("limit-on: a raised limit is said to be enforced, and is as it was", async () => {
  await using maas = await faulty("limit-on");
  const token = await maas.token("a");
  const body = { max_tokens: 1 };
  const statuses: number[] = [];
  for (let sent = 0; sent < 6; sent++) statuses.push((await maas.ask({ token, body })).status);
  assert.deepEqual(statuses, [200, 200, 200, 200, 200, 429]);
  assert.equal(maas.standIn.faultHits[0]!.hit, 2);
});

Deno.test("policy-reverted: somebody puts a raised limit back, and it is enforced again", async () => {
  await using maas = await faulty("policy-reverted=1ms");
  await eventually("the old limit", async () => {
    const { spec } = await maas.get(RATE_LIMIT_POLICIES, REQUESTS);
    return spec.limits["free"]!.rates[0]!.limit === 5;
  });
  const token = await maas.token("a");
  await eventually("a refusal", async () => {
    return (await maas.ask({ token, body: { max_tokens: 1 } })).status === 429;
  });
});

Deno.test("stream-cut: a stream ends in the middle, under status 200", async () => {
  await using maas = await faulty("stream-cut=1");
  const token = await known(maas, "a");
  const { status, body, isComplete } = await maas.ask({ token, body: { stream: true } });
  assert.deepEqual([status, isComplete], [200, false]);
  assert.match(body, /"word "/);
  assert.doesNotMatch(body, /\[DONE\]/);
  await eventually("the truth", () => maas.standIn.truth.count("cut-stream") === 1);
  assert.equal((await maas.ask({ token })).status, 200, "what is no stream is not cut");
});

Deno.test("model-slow: the first token takes as long as it says", async () => {
  await using maas = await faulty("model-slow=300ms");
  const token = await known(maas, "a");
  const sum = async () => {
    const [, text] = /time_to_first_token_seconds_sum (\S+)/.exec(await maas.page("model"))!;
    return Number(text);
  };
  const before = await sum();
  assert.equal((await maas.ask({ token })).status, 200);
  assert.ok(await sum() - before >= 0.3);
});

Deno.test("model-full: as many wait as are worked on, and others are turned away", async () => {
  await using maas = await faulty("model-full=1");
  const token = await known(maas, "a");
  maas.standIn.settings = {
    ...maas.standIn.settings,
    model: { ...maas.standIn.settings.model, ttftMs: 200 },
  };
  const counts = await maas.statuses(Array.from({ length: 5 }, () => ({ token })));
  assert.deepEqual(counts, { 200: 2, 429: 3 });
});

Deno.test("every fault can be asked for by its name alone, and explains itself", () => {
  for (const { name, does } of MAAS_FAULTS) {
    assert.equal(parseMaasFault(name).kind.name, name);
    assert.ok(does.length > 0);
  }
  const { afterMs, forMs } = parseMaasFault("auth-slow=1s,after=5s,for=2s");
  assert.deepEqual([afterMs, forMs], [5_000, 2_000]);
  assert.throws(() => parseMaasFault("auth-slow=soon"), SyntaxError);
  assert.throws(() => parseMaasFault("auth-slow,share=0.5"), SyntaxError);
});
