/** How the limiter of a real model gateway counts, and what becomes of it when its policies change. */
import assert from "node:assert/strict";
import { eventually } from "./cluster_state.ts";
import { bearerOf } from "./maas/accounts.ts";
import { askModel, framesOf, type ModelAnswer } from "./maas/asking.ts";
import { maasOfFile } from "./maas/maas_of_file.ts";
import { LIMIT_DOMAIN, policyPath } from "./maas/objects.ts";

const { ignoreLimits: ignore, plane, maas } = await maasOfFile();
const NAMESPACE = encodeURIComponent(LIMIT_DOMAIN);

function test(name: string, body: () => Promise<void>): void {
  Deno.test(name, { ignore }, body);
}

/** A user of a tier that nothing was counted of before. */
class Asker {
  readonly #authorization: string;

  constructor(authorization: string) {
    this.#authorization = authorization;
  }

  static async of(tier: "free" | "premium" | "enterprise", name: string): Promise<Asker> {
    return new Asker(await bearerOf(plane(), tier, name));
  }

  async asks(body: Readonly<Record<string, unknown>> = {}): Promise<ModelAnswer> {
    return await askModel(maas().state, { authorization: this.#authorization, body });
  }

  /** How many of so many requests pass, of which each waits for the answer to the one before. */
  async passes(count: number): Promise<number> {
    const answers: ModelAnswer[] = [];
    for (let asked = 0; asked < count; asked += 1) answers.push(await this.asks(SHORT));
    return passed(answers);
  }
}

function passed(answers: readonly ModelAnswer[]): number {
  for (const { status } of answers) assert.ok(status === 200 || status === 429, `${status}`);
  return answers.filter(({ status }) => status === 200).length;
}

/** Far from any limit of tokens. */
const SHORT = { max_tokens: 1 };

type Counts = Parameters<typeof policyPath>[0];

/** Sets what a policy says of limits by name, and waits until it is said to be enforced. */
async function setLimits(
  counts: Counts,
  limits: Readonly<Record<string, { rates: { limit: number; window: string }[] } | null>>,
): Promise<void> {
  const path = policyPath(counts);
  const { metadata } = await plane().admin<{ metadata: { generation: number } }>(path, {
    method: "PATCH",
    body: { spec: { limits } },
  });
  await eventually("the policy's enforcement", async () => {
    const { status } = await plane().admin<{ status: { conditions: Condition[] } }>(path);
    return status.conditions.some(({ type, status, observedGeneration }) =>
      type === "Enforced" && status === "True" && observedGeneration === metadata.generation
    );
  });
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly observedGeneration: number;
}

function rate(limit: number, window = "2m") {
  return { rates: [{ limit, window }] };
}

interface Counter {
  readonly limit: { readonly name: string; readonly max_value: number };
  readonly remaining: number;
  readonly set_variables: Readonly<Record<string, string>>;
}

/** What the limiter's own page says of a user and a limit. */
async function leftOf(user: string, limit: string) {
  const counter = (await page<Counter[]>(`counters/${NAMESPACE}`)).find((one) =>
    one.limit.name === limit && Object.values(one.set_variables).includes(user)
  );
  return { of: counter?.limit.max_value, remaining: counter?.remaining };
}

async function page<Body>(path: string): Promise<Body> {
  const response = await fetch(`${maas().state.urls.limits}/${path}`);
  const text = await response.text();
  assert.ok(response.ok, text);
  return text.startsWith("[") ? JSON.parse(text) : text as Body;
}

/** All tokens that an answer says it has used, in one piece or in the last frame of a stream. */
function usageOf(answer: ModelAnswer): number {
  assert.equal(answer.status, 200, answer.body);
  const { usage } = JSON.parse(framesOf(answer).at(-2) ?? answer.body);
  return usage.total_tokens;
}

async function tokensLeft(tier: string, user: string): Promise<number | undefined> {
  return (await leftOf(user, `${tier}-user-tokens`)).remaining;
}

// A test that fails leaves no limits to the others.
Deno.test.beforeEach(async () => {
  if (!ignore) await setLimits("requests", { free: rate(5) });
});

test("of requests one after another as many pass as the limit has, and refusals say little", async () => {
  const user = await Asker.of("free", "in-turn");
  assert.equal(await user.passes(7), 5);
  const { status, headers, body } = await user.asks();
  assert.deepEqual([status, body], [429, "Too Many Requests\n"]);
  assert.equal(headers["x-envoy-ratelimited"], "true");
  assert.deepEqual(Object.keys(headers).filter((name) => /retry|^x-ratelimit/.test(name)), []);
  assert.deepEqual(await leftOf("in-turn", "free"), { of: 5, remaining: 0 });
});

test("of requests at once as many pass as the limit has, and maybe some more", async () => {
  const user = await Asker.of("free", "at-once");
  // To check and to count are two steps.
  const count = passed(await Promise.all(Array.from({ length: 30 }, () => user.asks(SHORT))));
  assert.ok(count >= 5 && count < 30, `${count}`);
  assert.equal(await user.passes(1), 0);
});

test("a raised limit keeps what was used, and so does the old one when it is given back", async () => {
  const user = await Asker.of("free", "raised");
  assert.equal(await user.passes(6), 5);
  await setLimits("requests", { free: rate(10_000) });
  assert.equal(await user.passes(1), 1);
  assert.deepEqual(await leftOf("raised", "free"), { of: 10_000, remaining: 10_000 - 6 });
  await setLimits("requests", { free: rate(5) });
  // Six were used, and nobody is to get them twice.
  assert.equal(await user.passes(1), 0);
  assert.equal(await (await Asker.of("free", "newcomer")).passes(1), 1);
});

test("another window is another limit, which begins at nothing", async () => {
  const user = await Asker.of("free", "other-window");
  assert.equal(await user.passes(6), 5);
  for (const window of ["3m", "2m"]) {
    await setLimits("requests", { free: rate(5, window) });
    // Nor is the old one remembered when it comes back.
    assert.equal(await user.passes(6), 5);
  }
});

test("of two limits that differ by name and number the first one counts, be it the laxer", async () => {
  const spec = {
    when: [{ predicate: 'auth.identity.tier == "premium"' }],
    counters: [{ expression: "auth.identity.userid" }],
  };
  await setLimits("requests", { zealous: { ...spec, ...rate(1) } });
  const user = await Asker.of("premium", "lax");
  assert.equal(await user.passes(3), 3);
  // Before the installed one, in the order of names.
  await setLimits("requests", { zealous: null, careful: { ...spec, ...rate(1) } });
  assert.equal(await (await Asker.of("premium", "strict")).passes(3), 1);
  await setLimits("requests", { careful: null });
});

test("tokens are counted as the answer tells them, and the request that oversteps is answered", async () => {
  const user = await Asker.of("free", "talker");
  const first = await user.asks({ max_tokens: 60 });
  await eventually(
    "the count",
    async () => await tokensLeft("free", "talker") === 100 - usageOf(first),
  );
  const second = await user.asks({ max_tokens: 60 });
  assert.ok(usageOf(first) + usageOf(second) > 100);
  await eventually("the end", async () => await tokensLeft("free", "talker") === 0);
  const { status, body, headers } = await user.asks();
  // Nothing tells it from a limit of requests.
  assert.deepEqual([status, body], [429, "Too Many Requests\n"]);
  assert.equal(headers["x-envoy-ratelimited"], "true");
});

test("a stream is counted by the usage at its end, and one that was not asked for it is free", async () => {
  const user = await Asker.of("premium", "streamer");
  const stream = { stream: true, max_tokens: 47 };
  const told = await user.asks({ ...stream, stream_options: { include_usage: true } });
  let left = 50_000 - usageOf(told);
  await eventually("the count", async () => await tokensLeft("premium", "streamer") === left);
  await user.asks(stream);
  // What comes after it is counted, so that it would have been, too.
  left -= usageOf(await user.asks({ max_tokens: 7 }));
  await eventually("the next count", async () => await tokensLeft("premium", "streamer") === left);
});

test("the limiter tells by namespace, under the names of its own server", async () => {
  const before = await page<string>("metrics");
  const total = (text: string, name: string) =>
    Number(
      new RegExp(`^${name}\\{limitador_namespace="${LIMIT_DOMAIN}"\\} (\\d+)$`, "m").exec(text)![1],
    );
  const user = await Asker.of("free", "watched");
  const tokens = usageOf(await user.asks(SHORT));
  assert.equal(await user.passes(6), 4);
  await eventually(
    "the tokens",
    async () => await tokensLeft("free", "watched") === 100 - 5 * tokens,
  );
  const after = await page<string>("metrics");
  const grown = (name: string) => total(after, name) - total(before, name);
  // Each that passes is asked about twice: as a request and for its tokens.
  assert.equal(grown("authorized_calls"), 2 * 5);
  assert.equal(grown("authorized_hits"), 5 + 5 * tokens);
  assert.equal(grown("limited_calls"), 2);
  assert.match(after, /^limitador_up 1$/m);
  const limits = await page<{ name: string }[]>(`limits/${NAMESPACE}`);
  assert.deepEqual(limits.map(({ name }) => name).sort(), [
    ...["enterprise", "enterprise-user-tokens", "free"],
    ...["free-user-tokens", "premium", "premium-user-tokens"],
  ]);
  for (const path of ["limits", "counters"]) {
    const response = await fetch(`${maas().state.urls.limits}/${path}`);
    await response.body?.cancel();
    assert.equal(response.status, 404);
  }
});

test("with its headers on, the limiter tells what is left in refusals and in answers", async () => {
  await maas().restart("limits", { limits: { hasHeaders: true } });
  const user = await Asker.of("free", "informed");
  const names = ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"];
  const answered = await user.asks(SHORT);
  assert.equal(answered.status, 200);
  assert.deepEqual(Object.keys(answered.headers).filter((name) => names.includes(name)), names);
  await maas().restart("limits", { limits: { hasHeaders: false } });
  // What it counted was in its memory.
  assert.equal(await user.passes(6), 5);
});

test("a window that is none is refused by the API server, and a policy of another gateway is not ours", async () => {
  const path = policyPath("requests");
  const { status, body } = await plane().request("admin", path, {
    method: "PATCH",
    body: { spec: { limits: { free: rate(5, "two minutes") } } },
  });
  assert.equal(status, 422);
  assert.match(JSON.stringify(body), /window.*should match/);
  const collection = path.slice(0, path.lastIndexOf("/"));
  await plane().admin(collection, {
    method: "POST",
    body: {
      apiVersion: "kuadrant.io/v1",
      kind: "RateLimitPolicy",
      metadata: { name: "stranger" },
      spec: {
        targetRef: { group: "gateway.networking.k8s.io", kind: "Gateway", name: "another" },
        limits: { all: rate(0) },
      },
    },
  });
  await eventually("its refusal", async () => {
    const { status } = await plane().admin<{ status?: { conditions: Condition[] } }>(
      `${collection}/stranger`,
    );
    return status?.conditions.some(({ type, status }) =>
      type === "Accepted" && status === "False"
    ) ?? false;
  });
  assert.equal(await (await Asker.of("free", "untouched")).passes(1), 1);
});
