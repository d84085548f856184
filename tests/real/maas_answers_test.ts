/** What a real model gateway answers to whom, and what it answers when a part of it is late or gone. */
import assert from "node:assert/strict";
import { eventually } from "./cluster_state.ts";
import { Account, bearerOf, damaged, requestsOf } from "./maas/accounts.ts";
import { askModel, framesOf, type ModelAnswer, type ModelCall } from "./maas/asking.ts";
import type { GatewayKnobs, SomeKnobs } from "./maas/knobs.ts";
import { maasOfFile } from "./maas/maas_of_file.ts";
import type { MaasPart } from "./maas/parts.ts";

const { ignore, ignoreLimits, plane, maas } = await maasOfFile();

function test(name: string, body: () => Promise<void>): void {
  Deno.test(name, { ignore }, body);
}

async function ask(call: ModelCall = {}): Promise<ModelAnswer> {
  return await askModel(maas().state, call);
}

/** What tells answers apart. */
function signs({ status, headers, body }: ModelAnswer) {
  return {
    status,
    body,
    reason: headers["x-ext-auth-reason"],
    challenge: headers["www-authenticate"],
  };
}

const NOT_SAID = { reason: undefined, challenge: undefined };

/** With a part that is set otherwise, and then as before. */
async function withOther(
  part: MaasPart,
  { other, before }: { other: SomeKnobs; before: SomeKnobs },
  body: () => Promise<void>,
): Promise<void> {
  await maas().restart(part, other);
  try {
    await body();
  } finally {
    await maas().restart(part, before);
  }
}

const KUADRANT: GatewayKnobs = {
  authTimeoutMs: 5_000,
  limitTimeoutMs: 2_000,
  isLimitRequired: false,
  answers: "kuadrant",
  routeTimeoutMs: 0,
};
const ENVOY: GatewayKnobs = {
  authTimeoutMs: undefined,
  limitTimeoutMs: undefined,
  isLimitRequired: false,
  answers: "envoy",
  routeTimeoutMs: undefined,
};
const OWN_DEFAULTS = { other: { gateway: ENVOY }, before: { gateway: KUADRANT } };

test("a user's token is answered, in one piece and as a stream that tells its usage", async () => {
  const authorization = await bearerOf(plane(), "premium", "answered");
  const whole = await ask({ authorization });
  assert.equal(whole.status, 200, whole.body);
  assert.equal(JSON.parse(whole.body).usage.completion_tokens, 4);
  const body = { stream: true, stream_options: { include_usage: true } };
  const frames = framesOf(await ask({ authorization, body }));
  assert.equal(frames.at(-1), "[DONE]");
  const { choices, usage } = JSON.parse(frames.at(-2)!);
  assert.deepEqual([choices, usage.completion_tokens], [[], 4]);
  // The first frame has a role and no text: no token has come with it.
  assert.equal(JSON.parse(frames[0]!).choices[0].delta.content, undefined);
});

test("refusals tell by status and reason header what was wrong, and their bodies are empty", async () => {
  const account = await Account.create(plane(), "free", "refused");
  const token = await account.token();
  const stranger = await Account.createIn(plane(), "kuadrant-system", "stranger");
  const challenge = 'Bearer realm="service-accounts"';
  const notBelieved = { status: 401, body: "", reason: "not authenticated", challenge };
  const noCredential = { ...notBelieved, reason: "credential not found" };
  const cases: readonly (readonly [string | undefined, unknown])[] = [
    [undefined, noCredential],
    ["Basic dXNlcjpwYXNz", noCredential],
    ["Bearer no-token-at-all", notBelieved],
    [`Bearer ${damaged(token)}`, notBelieved],
    [`Bearer ${await account.token({ audiences: ["another"] })}`, notBelieved],
    [`Bearer ${await stranger.token()}`, {
      status: 403,
      body: "",
      reason: "not authorized: unknown reason",
      challenge: undefined,
    }],
  ];
  for (const [authorization, expected] of cases) {
    assert.deepEqual(signs(await ask({ authorization })), expected);
  }
});

test("a host or a path that leads nowhere is 404, and nobody is asked about the token", async () => {
  const before = maas().checks().length;
  for (const call of [{ host: "models.example.com" }, { path: "/llm/another/v1/completions" }]) {
    assert.deepEqual(signs(await ask(call)), { status: 404, body: "", ...NOT_SAID });
  }
  assert.equal(maas().checks().length, before);
});

test("a token that was believed is not reviewed again while the gateway remembers it", async () => {
  const authorization = await bearerOf(plane(), "premium", "remembered");
  const before = await requestsOf(plane(), "tokenreviews");
  for (let times = 0; times < 5; times += 1) await ask({ authorization });
  assert.equal(await requestsOf(plane(), "tokenreviews") - before, 1);
  const mine = maas().checks().filter(({ user }) => user === "remembered");
  assert.deepEqual(mine.map(({ evidence }) => evidence), [
    "token asked, access asked",
    ...Array.from({ length: 4 }, () => "token cached, access cached"),
  ]);
});

test("a user whose account is gone is still answered by a gateway that remembers, and then not", async () => {
  const account = await Account.create(plane(), "premium", "leaver");
  const authorization = `Bearer ${await account.token()}`;
  const tokenCacheMs = {
    other: { auth: { tokenCacheMs: 1 } },
    before: { auth: { tokenCacheMs: 600_000 } },
  };
  assert.equal((await ask({ authorization })).status, 200);
  await account.delete();
  assert.equal((await ask({ authorization })).status, 200);
  await withOther("auth", tokenCacheMs, async () => {
    // Now the API server's own ten seconds are all that is left.
    await eventually("its refusal", async () => (await ask({ authorization })).status === 401);
  });
});

test("an auth service that is gone: 500 and a text, where Envoy alone says 403 and nothing", async () => {
  const authorization = await bearerOf(plane(), "premium", "unlucky");
  await maas().stop("auth");
  assert.deepEqual(signs(await ask({ authorization })), {
    status: 500,
    body: "Internal Server Error.\n",
    ...NOT_SAID,
  });
  await withOther("gateway", OWN_DEFAULTS, async () => {
    assert.deepEqual(signs(await ask({ authorization })), { status: 403, body: "", ...NOT_SAID });
  });
  await maas().restart("auth");
  assert.equal((await ask({ authorization })).status, 200);
});

test("an auth service that is late is a 403 without a reason after Envoy's own 200 ms", async () => {
  const authorization = await bearerOf(plane(), "premium", "waiting");
  const late = { other: { auth: { delayMs: 3_000 } }, before: { auth: { delayMs: 0 } } };
  await withOther("auth", late, () =>
    withOther("gateway", OWN_DEFAULTS, async () => {
      assert.deepEqual(signs(await ask({ authorization })), { status: 403, body: "", ...NOT_SAID });
      await eventually("its word", () => maas().checks().at(-1)?.isLate === true);
      await eventually("the gateway's word", () => maas().accesses().length > 0);
      const { status, details } = maas().accesses().findLast(({ status }) => status === 403)!;
      assert.deepEqual([status, details], [403, "ext_authz_error"]);
    }));
});

test("an auth service whose client may ask no more refuses at once, with 401 and 403 and good words", async () => {
  const accounts = await Promise.all(
    Array.from({ length: 9 }, (_, index) => bearerOf(plane(), "enterprise", `crowd-${index}`)),
  );
  const dry = {
    other: {
      auth: { qps: 5, burst: 10, tokenCacheMs: 0, accessCacheMs: 0 },
      gateway: { ...KUADRANT, authTimeoutMs: 1_000 },
    },
    before: {
      auth: { qps: 500, burst: 1_000, tokenCacheMs: 600_000, accessCacheMs: 60_000 },
      gateway: KUADRANT,
    },
  };
  await withOther("gateway", dry, () =>
    withOther("auth", dry, async () => {
      const answers = await Promise.all(
        Array.from({ length: 40 }, (_, index) => ask({ authorization: accounts[index % 9] })),
      );
      const statuses = new Set(answers.map(({ status }) => status));
      assert.ok(statuses.has(200) && statuses.has(401), [...statuses].join());
      const refused = answers.filter(({ status }) => status === 401 || status === 403);
      for (const { headers } of refused) {
        assert.equal(
          headers["x-ext-auth-reason"],
          "client rate limiter Wait returned an error: rate: Wait(n=1) would exceed context deadline",
        );
      }
      // It does not wait for its turn and fail: it knows that the turn will come too late.
      const said = maas().checks().filter(({ reason }) =>
        reason?.startsWith("client rate limiter")
      );
      const fast = said.filter(({ ms }) => ms < 500);
      assert.ok(fast.length > said.length / 2, JSON.stringify(said.map(({ ms }) => ms)));
    }));
});

test("an answer that is not there after Envoy's own 15 s is 504, and one that has begun just stops", async () => {
  const authorization = await bearerOf(plane(), "enterprise", "patient");
  const slow = { other: { model: { gapMs: 1_000 } }, before: { model: { gapMs: 2 } } };
  await withOther("model", slow, () =>
    withOther("gateway", OWN_DEFAULTS, async () => {
      const body = { max_tokens: 60 };
      const [whole, stream] = await Promise.all([
        ask({ authorization, body }),
        ask({ authorization, body: { ...body, stream: true } }),
      ]);
      assert.deepEqual([whole.status, whole.body], [504, "upstream request timeout"]);
      assert.equal(stream.status, 200);
      assert.equal(stream.isWhole, false);
      const frames = framesOf(stream);
      assert.ok(frames.length > 1 && !frames.includes("[DONE]"), frames.at(-1));
    }));
});

Deno.test("a limiter that is gone lets everybody pass, and nothing in the answer shows it", {
  ignore: ignoreLimits,
}, async () => {
  const authorization = await bearerOf(plane(), "free", "unlimited");
  await maas().stop("limits", 0);
  const unlimited = await Promise.all(Array.from({ length: 8 }, () => ask({ authorization })));
  assert.deepEqual(unlimited.map(({ status }) => status), Array(8).fill(200));
  const names = unlimited.flatMap(({ headers }) => Object.keys(headers));
  assert.deepEqual(names.filter((name) => /limit/.test(name)), []);
  const required = { other: { gateway: { isLimitRequired: true } }, before: { gateway: KUADRANT } };
  await withOther("gateway", required, async () => {
    assert.equal((await ask({ authorization })).status, 500);
  });
  await maas().restart("limits");
});

Deno.test("a limiter that takes longer than Envoy's own 20 ms lets everybody pass, too", {
  ignore: ignoreLimits,
}, async () => {
  const authorization = await bearerOf(plane(), "free", "unlimited-too");
  const late = { other: { limits: { delayMs: 500 } }, before: { limits: { delayMs: 0 } } };
  await withOther("limits", late, () =>
    withOther("gateway", OWN_DEFAULTS, async () => {
      const answers = await Promise.all(Array.from({ length: 8 }, () => ask({ authorization })));
      assert.deepEqual(answers.map(({ status }) => status), Array(8).fill(200));
    }));
});
