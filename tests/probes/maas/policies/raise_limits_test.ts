import assert from "node:assert/strict";
import { CannotRunError } from "../../../../core/errors.ts";
import {
  RATE_LIMIT_POLICIES as REQUESTS,
  TOKEN_RATE_LIMIT_POLICIES as TOKENS,
} from "../../../../kube/kuadrant/kinds.ts";
import { HTTP_ROUTES } from "../../../../kube/gateway_api/kinds.ts";
import { limitPoliciesOf } from "../../../../probes/maas/policies/limit_policies.ts";
import { raiseLimits } from "../../../../probes/maas/policies/raise_limits.ts";
import {
  GATEWAY,
  generatedLimits,
  limit,
  MAAS_KINDS,
  MAAS_SUBSCRIPTIONS,
  MaasWorld,
  REQUEST_LIMITS,
  requestLimits,
  route,
  subscription,
  TO_ROUTE,
  TOKEN_LIMITS,
  tokenLimits,
} from "../maas_world.ts";

const WANTED = { requests: 10_000, tokens: 10_000_000 };

async function limitsOf(world: MaasWorld, subscription?: string) {
  return await limitPoliciesOf(world.cluster, { gateway: GATEWAY, subscription, ...world.context });
}

async function raise(world: MaasWorld, { subscription }: { subscription?: string } = {}) {
  const { cluster, run } = world;
  return await raiseLimits(run, {
    cluster,
    identity: { runId: run.id, command: "maas users" },
    limits: await limitsOf(world, subscription),
    wanted: WANTED,
    enforcedTimeoutMs: 60_000,
  });
}

function ratesIn(spec: unknown): number[] {
  return [...JSON.stringify(spec).matchAll(/"limit":(\d+)/g)].map(([, number]) => Number(number));
}

Deno.test("every rate of every limit is raised, wherever in the spec it is, and given back", async () => {
  const strict = { free: limit("free", [{ limit: 5, window: "2m" }, { limit: 50, window: "1h" }]) };
  const high = { free: limit("free", [{ limit: 20_000_000, window: "1m" }]) };
  const onRoute = { namespace: "llm", name: "route-limits" };
  await using world = await MaasWorld.with([
    [HTTP_ROUTES, route()],
    [REQUESTS, requestLimits({ limits: undefined, defaults: { limits: strict } })],
    [REQUESTS, {
      metadata: onRoute,
      spec: {
        targetRef: TO_ROUTE,
        overrides: { limits: { a: limit("free", [{ limit: 1, window: "1s" }]) } },
      },
    }],
    [TOKENS, tokenLimits({ limits: { ...high, other: limit("x", [{ limit: 7, window: "1m" }]) } })],
  ]);
  const before = await specsOf(world, onRoute);
  await world.advance(raise(world));
  const raised = await specsOf(world, onRoute);
  assert.deepEqual(raised.map(ratesIn), [[10_000, 10_000], [10_000], [20_000_000, 10_000_000]]);
  assert.deepEqual(await world.undo(), []);
  assert.deepEqual(await specsOf(world, onRoute), before);
});

function specsOf(world: MaasWorld, onRoute: { namespace: string; name: string }) {
  return Promise.all([
    world.spec(REQUESTS, REQUEST_LIMITS),
    world.spec(REQUESTS, onRoute),
    world.spec(TOKENS, TOKEN_LIMITS),
  ]);
}

Deno.test("policies of other gateways, and of routes of other gateways, are left alone", async () => {
  const other = { namespace: "llm", name: "other" };
  await using world = await MaasWorld.with([
    [HTTP_ROUTES, route("opt-route", { namespace: "llm", name: "other-gateway" })],
    [REQUESTS, requestLimits()],
    [REQUESTS, { ...requestLimits(), metadata: other }],
    [TOKENS, { ...tokenLimits({ targetRef: TO_ROUTE }), metadata: other }],
  ]);
  const { policies, notes } = await limitsOf(world);
  assert.deepEqual(policies.map(({ ref }) => ref), [REQUEST_LIMITS]);
  assert.deepEqual(notes, []);
});

Deno.test("a raised policy is waited for until it is enforced as it is now", async () => {
  await using world = await MaasWorld.with([[REQUESTS, requestLimits()]]);
  await world.say(REQUESTS, REQUEST_LIMITS);
  let isRaised = false;
  const raising = raise(world).then((raised) => {
    isRaised = true;
    return raised;
  });
  await world.cluster.clock.advance(1_000);
  assert.deepEqual(ratesIn(await world.spec(REQUESTS, REQUEST_LIMITS)), [10_000, 10_000]);
  assert.equal(isRaised, false, "its status is of the generation before");
  await world.say(REQUESTS, REQUEST_LIMITS, { enforced: "False", reason: "Unknown" });
  await world.cluster.clock.advance(1_000);
  assert.equal(isRaised, false, "the limiter has not heard of it");
  await world.say(REQUESTS, REQUEST_LIMITS);
  await world.cluster.clock.advance(0);
  assert.equal(isRaised, true);
  const { policies } = await raising;
  assert.deepEqual(policies[0]?.raised.map(({ rate, to }) => [rate.tier, rate.limit, to]), [
    ["free", 5, 10_000],
    ["premium", 20, 10_000],
  ]);
  assert.deepEqual(world.warnings, []);
});

Deno.test("a policy that does not get into force ends the run in one line, and is given back", async () => {
  await using world = await MaasWorld.with([[REQUESTS, requestLimits()]]);
  await world.say(REQUESTS, REQUEST_LIMITS);
  await assert.rejects(world.advance(raise(world), 10_000), (thrown) => {
    assert.ok(thrown instanceof CannotRunError);
    assert.match(
      thrown.message,
      /^ratelimitpolicies.kuadrant.io openshift-ingress\/gateway-rate-limits was raised, and is not in force after 1m0s \(--enforced-timeout\): its status is about generation 1, and it is at 2$/,
    );
    return true;
  });
  assert.deepEqual(await world.undo(), []);
  assert.deepEqual(ratesIn(await world.spec(REQUESTS, REQUEST_LIMITS)), [5, 20]);
});

Deno.test("where no controller says that policies are in force, that is said and the run goes on", async () => {
  await using world = await MaasWorld.with([[REQUESTS, requestLimits()]]);
  await world.advance(raise(world));
  assert.deepEqual(world.warnings, [
    "limits-unsure: ratelimitpolicies.kuadrant.io openshift-ingress/gateway-rate-limits, raised: its " +
    "status has neither Accepted nor Enforced: whether its limits are in force is not known",
  ]);
  assert.ok(world.cluster.clock.now() < 5_000, "nobody is waited for who never said anything");
});

Deno.test("a policy that another one overrides is no reason to wait", async () => {
  await using world = await MaasWorld.with([[REQUESTS, requestLimits()]]);
  await world.say(REQUESTS, REQUEST_LIMITS, { enforced: "False", reason: "Overridden" });
  const raising = raise(world);
  await world.cluster.clock.advance(100);
  await world.say(REQUESTS, REQUEST_LIMITS, { enforced: "False", reason: "Overridden" });
  await world.advance(raising);
  assert.deepEqual(world.warnings, [
    "limits-unsure: ratelimitpolicies.kuadrant.io openshift-ingress/gateway-rate-limits, raised: " +
    "Enforced=False (Overridden)",
  ]);
});

const KINDS = [...MAAS_KINDS, MAAS_SUBSCRIPTIONS];
const GOLD = { namespace: "models-as-a-service", name: "gold" };
const GENERATED = { namespace: "llm", name: "maas-trlp-opt" };

Deno.test("what is generated is raised where it is generated from, and only for models of the gateway", async () => {
  const gold = limit("gold", [{ limit: 100, window: "1m" }]);
  await using world = await MaasWorld.with([
    [HTTP_ROUTES, route()],
    [TOKENS, generatedLimits({ gold })],
    [
      MAAS_SUBSCRIPTIONS,
      subscription("gold", [
        { name: "elsewhere", rates: [{ limit: 9, window: "1m" }] },
        { name: "opt", rates: [{ limit: 100, window: "1m" }] },
      ]),
    ],
    [
      MAAS_SUBSCRIPTIONS,
      subscription("silver", [
        { name: "opt", rates: [{ limit: 10, window: "1m" }] },
      ]),
    ],
  ], { kinds: KINDS });
  await world.say(TOKENS, GENERATED);
  const raising = raise(world, { subscription: "gold" });
  await world.cluster.clock.advance(1_000);
  assert.deepEqual(ratesIn(await world.spec(MAAS_SUBSCRIPTIONS, GOLD)), [9, 10_000_000]);
  assert.deepEqual(ratesIn(await world.spec(TOKENS, GENERATED)), [100]);
  const path = "/spec/limits/gold/rates/0/limit";
  await world.write(TOKENS, GENERATED, [{ op: "replace", path, value: 10_000_000 }]);
  await world.say(TOKENS, GENERATED);
  await world.advance(raising);
  assert.deepEqual(await world.undo(), []);
  assert.deepEqual(ratesIn(await world.spec(MAAS_SUBSCRIPTIONS, GOLD)), [9, 100]);
});

Deno.test("what users have to know of the limits is told, one line each", async () => {
  const twice = limit("free", [{ limit: 50, window: "60s" }, { limit: 5, window: "1m" }]);
  const managed = { ...REQUEST_LIMITS, annotations: { "opendatahub.io/managed": "true" } };
  await using world = await MaasWorld.with([
    [HTTP_ROUTES, route()],
    [REQUESTS, { ...requestLimits({ limits: { twice } }), metadata: managed }],
    [REQUESTS, {
      metadata: { ...REQUEST_LIMITS, name: "empty" },
      spec: requestLimits({ limits: {} })["spec"],
    }],
    [TOKENS, tokenLimits({ limits: { odd: limit("free", [{ limit: 5, window: "1 day" }]) } })],
    [TOKENS, generatedLimits({ gold: limit("gold", [{ limit: 100, window: "1m" }]) })],
  ]);
  const { notes } = await limitsOf(world);
  assert.deepEqual(notes.map(({ code }) => code).sort(), [
    "limit-empty",
    "limit-generated",
    "limit-managed",
    "limit-unreadable",
    "limits-equal",
  ]);
  for (const { message } of notes) assert.doesNotMatch(message, /\n/);
  const equal = notes.find(({ code }) => code === "limits-equal")!.message;
  assert.match(equal, /twice \(50 requests in 1m0s\) counts, and not twice \(5 requests in 1m0s\)/);
});

Deno.test("a server without these kinds has no limits that could be raised, which is said", async () => {
  await using world = await MaasWorld.with([], { kinds: [] });
  const { policies, notes } = await limitsOf(world);
  assert.deepEqual(policies, []);
  assert.deepEqual(notes.map(({ message }) => message), [
    "The server does not serve ratelimitpolicies.kuadrant.io: whatever else limits requests or tokens there is not known",
    "The server does not serve tokenratelimitpolicies.kuadrant.io: whatever else limits requests or tokens there is not known",
  ]);
});
