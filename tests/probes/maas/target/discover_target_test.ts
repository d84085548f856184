import assert from "node:assert/strict";
import { CannotRunError } from "../../../../core/errors.ts";
import { createRng } from "../../../../core/load/rng.ts";
import { resolveSettings } from "../../../../core/command/settings.ts";
import { GATEWAYS } from "../../../../kube/gateway_api/kinds.ts";
import {
  AUTH_POLICIES,
  LLM_INFERENCE_SERVICES as MODELS,
  MAAS_SUBSCRIPTIONS,
} from "../../../../kube/kuadrant/kinds.ts";
import { createStartObjects } from "../../../../sandbox/maas/start_objects.ts";
import type { KubeObject } from "../../../../kube/object.ts";
import { NAMESPACES, type Resource } from "../../../../kube/resource.ts";
import { StatusError } from "../../../../kube/status_error.ts";
import { limitPoliciesOf } from "../../../../probes/maas/policies/limit_policies.ts";
import { discoverTarget } from "../../../../probes/maas/target/discover_target.ts";
import { TARGET_FLAGS, type TargetValues } from "../../../../probes/maas/target/flags.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { MemoryCluster } from "../../../support/memory_cluster.ts";
import { GATEWAY, MAAS_KINDS, MaasWorld, NEVER, subscription, TO_GATEWAY } from "../maas_world.ts";

const INGRESSES: Resource = {
  group: "config.openshift.io",
  version: "v1",
  plural: "ingresses",
  kind: "Ingress",
  namespaced: false,
};
const INGRESS = { metadata: { name: "cluster" }, spec: { domain: "apps.example.com" } };
const OPENSHIFT = [...MAAS_KINDS, INGRESSES];
const HTTP = { name: "http", port: 80, protocol: "HTTP" };
const HTTPS = { name: "https", port: 8443, protocol: "HTTPS" };

function gateway(listeners: readonly unknown[] = [HTTP]): readonly [Resource, KubeObject] {
  return [GATEWAYS, { metadata: GATEWAY, spec: { gatewayClassName: "x", listeners } }];
}

function model(
  name: string,
  { of = name, gateways }: { of?: string; gateways?: readonly unknown[] } = {},
): readonly [Resource, KubeObject] {
  const router = gateways === undefined ? {} : { router: { gateway: { refs: gateways } } };
  return [MODELS, {
    metadata: { namespace: "llm", name },
    spec: { model: { name: of }, ...router },
  }];
}

async function makeReady(world: MaasWorld, name: string, url?: string): Promise<void> {
  await world.cluster.setStatus(MODELS, { namespace: "llm", name }, {
    ...(url === undefined ? {} : { url }),
    conditions: [{ type: "Ready", status: "True", lastTransitionTime: "2026-01-01T00:00:00Z" }],
  });
}

function valuesOf(
  given: Partial<TargetValues> = {},
  env: Readonly<Record<string, string>> = {},
): TargetValues {
  const asked = { command: "maas users", flags: {}, env: (name: string) => env[name] };
  const { values } = resolveSettings(TARGET_FLAGS, asked);
  return { ...values, ...given };
}

async function discover(
  world: MaasWorld,
  given: Partial<TargetValues> = {},
  { isNameKnown = true } = {},
) {
  const { cluster, context } = world;
  const found = await discoverTarget({
    cluster,
    values: valuesOf(given),
    api: "chat",
    ...context,
    isNameKnown: () => Promise.resolve(isNameKnown),
  });
  return { ...found, endpoint: found.target.endpoint };
}

async function refusal(promise: Promise<unknown>): Promise<string> {
  const thrown = await promise.then(() => undefined, (error: unknown) => error);
  assert.ok(thrown instanceof CannotRunError, String(thrown));
  assert.doesNotMatch(thrown.message, /\n/);
  return thrown.message;
}

Deno.test("on OpenShift all of it is found without a flag", async () => {
  await using world = await MaasWorld.with([
    gateway([HTTP, HTTPS]),
    [INGRESSES, INGRESS],
    model("facebook-opt-125m-simulated", { of: "facebook/opt-125m" }),
    model("elsewhere", { gateways: [{ namespace: "x", name: "other" }] }),
  ], { kinds: OPENSHIFT });
  await makeReady(world, "facebook-opt-125m-simulated");
  await makeReady(world, "elsewhere");
  const { target, endpoint, warnings } = await discover(world);
  assert.equal(endpoint.origin.href, "https://maas.apps.example.com:8443/");
  assert.equal(endpoint.path, "/llm/facebook-opt-125m-simulated/v1/chat/completions");
  assert.equal(endpoint.model, "facebook/opt-125m");
  assert.equal(endpoint.address, undefined);
  assert.equal(target.profile, "sa-token");
  assert.deepEqual(target.audiences, ["maas-default-gateway-sa"]);
  assert.equal(target.tierNamespace("free"), "maas-default-gateway-tier-free");
  assert.deepEqual(warnings, []);
});

Deno.test("where its name is not known, the gateway is connected to at its own address", async () => {
  const listener = { ...HTTP, hostname: "maas.apps.example.com" };
  await using world = await MaasWorld.with([gateway([listener]), model("opt")]);
  await makeReady(world, "opt");
  const value = "fd00::1";
  await world.cluster.setStatus(GATEWAYS, GATEWAY, { addresses: [{ type: "IPAddress", value }] });
  const addressOf = async (given: Partial<TargetValues>, isNameKnown: boolean) =>
    (await discover(world, given, { isNameKnown })).endpoint.address;
  assert.equal(await addressOf({}, true), undefined);
  assert.deepEqual(await addressOf({}, false), { hostname: value, port: 80 });
  assert.deepEqual(await addressOf({ host: "x:8080" }, false), { hostname: value, port: 8_080 });
  assert.deepEqual(await addressOf({ address: "127.0.0.1:1" }, false), {
    hostname: "127.0.0.1",
    port: 1,
  });
});

Deno.test("every flag takes the place of what would be found", async () => {
  await using world = await MaasWorld.with([gateway()], { kinds: MAAS_KINDS });
  const { target, endpoint } = await discover(world, {
    host: "maas.test:8080",
    protocol: "http",
    address: "127.0.0.1:9999",
    model: "m",
    path: "/p",
    auth: "api-key",
    audience: ["a", "b"],
    subscription: "s",
  });
  assert.equal(endpoint.origin.href, "http://maas.test:8080/");
  assert.deepEqual(endpoint.address, { hostname: "127.0.0.1", port: 9_999 });
  assert.deepEqual([endpoint.model, endpoint.path], ["m", "/p"]);
  assert.deepEqual([target.profile, target.audiences, target.subscription], [
    "api-key",
    ["a", "b"],
    "s",
  ]);
});

Deno.test("the environment of the plan's scripts says the same as flags", () => {
  const { host, protocol, model } = valuesOf({}, {
    CLUSTER_DOMAIN: "apps.example.com",
    PROTOCOL: "https",
    MODEL_NAME: "facebook/opt-125m",
  });
  assert.deepEqual([host, protocol, model], [
    "maas.apps.example.com",
    "https",
    "facebook/opt-125m",
  ]);
  assert.equal(valuesOf({}, { HOST: "maas.x", CLUSTER_DOMAIN: "y" }).host, "maas.x");
});

Deno.test("a model is known by its name, its object's, and as the field's scripts make the one of the other", async () => {
  await using world = await MaasWorld.with([
    gateway(),
    model("facebook-opt-125m-simulated", { of: "x" }),
    model("other"),
  ]);
  await makeReady(world, "facebook-opt-125m-simulated", "http://maas.x/route/of/it/");
  await makeReady(world, "other");
  const at = { host: "h" };
  for (const name of ["x", "facebook-opt-125m-simulated", "facebook/opt-125m"]) {
    const { endpoint } = await discover(world, { ...at, model: name });
    assert.deepEqual([endpoint.model, endpoint.path], ["x", "/route/of/it/v1/chat/completions"]);
  }
  assert.match(
    await refusal(discover(world, at)),
    /several models .* \(x, other\): name one with --model/,
  );
  assert.match(await refusal(discover(world, { ...at, model: "othr" })), /did you mean "other"/);
});

Deno.test("what is not there is one line that says which flag to give", async () => {
  await using bare = await MaasWorld.with([], { kinds: [] });
  assert.match(
    await refusal(discover(bare)),
    /^Cannot find Gateway openshift-ingress\/maas-default-gateway: .*--gateway.*--host or --address$/,
  );
  assert.match(
    await refusal(discover(bare, { host: "h" })),
    /does not serve llminferenceservices.*--model.*--path/,
  );
  const { endpoint, warnings } = await discover(bare, { host: "h", model: "m" });
  assert.deepEqual([endpoint.origin.href, endpoint.path], ["http://h/", "/v1/chat/completions"]);
  assert.deepEqual(warnings.map(({ code }) => code), ["no-gateway"]);
  await using plain = await MaasWorld.with([gateway()]);
  assert.match(await refusal(discover(plain, { model: "m" })), /no OpenShift.*--host$/);
  assert.match(await refusal(discover(plain, { host: "h" })), /^There is no model .*--model/);
  assert.match(
    await refusal(discover(plain, { host: "h", gateway: "openshift-ingress/none" })),
    /^There is no Gateway openshift-ingress\/none, and no model that names it: .*--gateway/,
  );
});

Deno.test("a gateway that may not be read is told with the words of its own refusal", async () => {
  const cluster = new MemoryCluster();
  for (const [verb, on] of [["get", "gateways"], ["list", "authpolicies"]] as const) {
    cluster.fail(verb, forbidden(on), { on });
  }
  const { warnings: [warning] } = await discoverTarget({
    cluster,
    values: valuesOf({ host: "h", model: "m", path: "/p" }),
    api: "chat",
    ...{ clock: new FakeClock(), rng: createRng(3), signal: NEVER },
    isNameKnown: () => Promise.resolve(true),
  });
  assert.match(warning!.message, /^Gateway \S+ cannot be read \(gateways is forbidden\): /);
});

function forbidden(plural: string): StatusError {
  const status = {
    kind: "Status",
    reason: "Forbidden",
    message: `${plural} is forbidden`,
  } as const;
  return new StatusError(status, { code: 403 });
}

Deno.test("a model that is not ready is not taken by itself, and told of where it was named", async () => {
  await using world = await MaasWorld.with([gateway(), model("opt")]);
  const host = "h";
  assert.match(await refusal(discover(world, { host })), /is ready \(opt: .*does not say Ready\)/);
  const { warnings } = await discover(world, { host, model: "opt" });
  assert.deepEqual(warnings.map(({ code }) => code), ["model-not-ready"]);
});

function authPolicy(authentication: unknown): readonly [Resource, KubeObject] {
  return [AUTH_POLICIES, {
    metadata: { namespace: GATEWAY.namespace, name: "gateway-auth-policy" },
    spec: { targetRef: TO_GATEWAY, rules: { authentication } },
  }];
}

const ERAS = [
  {
    era: "tokens reviewed for the gateway's own audience",
    authentication: { sa: { kubernetesTokenReview: { audiences: ["mine-sa"] } } },
    subscriptions: undefined,
    expected: ["sa-token", ["mine-sa"], undefined],
  },
  {
    era: "tokens, where subscriptions could be made",
    authentication: { sa: { kubernetesTokenReview: { audiences: ["mine-sa"] } } },
    subscriptions: [],
    expected: ["sa-token", ["mine-sa"], undefined],
  },
  {
    era: "tokens and subscriptions",
    authentication: { sa: { kubernetesTokenReview: {} } },
    subscriptions: ["gold"],
    expected: [
      "sa-token+subscription",
      ["maas-default-gateway-sa", "https://kubernetes.default.svc"],
      "gold",
    ],
  },
  {
    era: "keys",
    authentication: { keys: { plain: { selector: "x" } } },
    subscriptions: ["gold"],
    expected: ["api-key", ["maas-default-gateway-sa"], "gold"],
  },
] as const;

for (const { era, authentication, subscriptions, expected } of ERAS) {
  Deno.test(`how users are known is told by what is there: ${era}`, async () => {
    const made = (subscriptions ?? []).map((name) =>
      [MAAS_SUBSCRIPTIONS, subscription(name, [])] as const
    );
    await using world = await MaasWorld.with(
      [gateway(), model("opt"), authPolicy(authentication), ...made],
      { kinds: subscriptions === undefined ? MAAS_KINDS : [...MAAS_KINDS, MAAS_SUBSCRIPTIONS] },
    );
    const { target } = await discover(world, { host: "h", model: "opt" });
    assert.deepEqual([target.profile, target.audiences, target.subscription], expected);
  });
}

Deno.test("several subscriptions are one too many, unless one is named or the field's is there", async () => {
  const kinds = [...MAAS_KINDS, MAAS_SUBSCRIPTIONS];
  const made = (name: string) => [MAAS_SUBSCRIPTIONS, subscription(name, [])] as const;
  await using world = await MaasWorld.with([gateway(), model("opt"), made("a"), made("b")], {
    kinds,
  });
  const asked = { host: "h", model: "opt" };
  assert.match(await refusal(discover(world, asked)), /\(a, b\): name one with --subscription$/);
  assert.equal((await discover(world, { ...asked, subscription: "b" })).target.subscription, "b");
  await world.cluster.create(...made("maas-benchmark-subscription"));
  assert.equal(
    (await discover(world, asked)).target.subscription,
    "maas-benchmark-subscription",
  );
});

Deno.test("the sandbox's installation is found as a user's would be", async () => {
  await using world = await MaasWorld.with([], { kinds: [] });
  const { cluster, context } = world;
  await cluster.create(NAMESPACES, { metadata: { name: "maas-api" } });
  await createStartObjects((call) => cluster.api.handle(call), {
    port: 8_080,
    now: "2026-01-01T00:00:00Z",
  });
  const { target, endpoint, warnings } = await discover(world, {}, { isNameKnown: false });
  assert.deepEqual(warnings, []);
  assert.equal(endpoint.origin.href, "http://maas.apps.sandbox.test:8080/");
  assert.deepEqual(endpoint.address, { hostname: "127.0.0.1", port: 8_080 });
  assert.equal(endpoint.path, "/llm/facebook-opt-125m-simulated/v1/chat/completions");
  assert.deepEqual([target.profile, target.audiences], ["sa-token", ["maas-default-gateway-sa"]]);
  const { policies, notes } = await limitPoliciesOf(cluster, { ...target, ...context });
  assert.deepEqual(notes, []);
  assert.deepEqual(
    policies.map(({ rates }) => rates.map(({ tier, limit }) => `${tier} ${limit}`)),
    [["free 5", "premium 20", "enterprise 50"], [
      "free 100",
      "premium 50000",
      "enterprise 100000",
    ]],
  );
});

Deno.test("a certificate file that cannot be used is one line", async () => {
  await using world = await MaasWorld.with([gateway()]);
  const given = { host: "h", model: "m", path: "/p" };
  const file = world.directory.file("ca.pem");
  const asked = { ...given, "gateway-ca": file };
  assert.match(await refusal(discover(world, asked)), /^Cannot read --gateway-ca .*ca\.pem/);
  Deno.writeTextFileSync(file, "no");
  assert.match(await refusal(discover(world, asked)), /holds no certificate/);
});
