import assert from "node:assert/strict";
import { ControlPlane } from "./control_plane.ts";
import { installDefinitions } from "./gateway/definitions.ts";
import { requireGateways } from "./gateway/real_gateway.ts";

/** How large the API server lets routes and Gateways be; no controller has a say in it. */
const ignore = !await requireGateways();
const API_VERSION = "gateway.networking.k8s.io/v1";

let plane: ControlPlane | undefined;

Deno.test.beforeAll(async () => {
  if (ignore) return;
  plane = await ControlPlane.start({ without: ["kcm", "scheduler", "kwok", "wardle"] });
  await installDefinitions(plane, { others: [], signal: undefined });
});

Deno.test.afterAll(async () => await plane?.[Symbol.asyncDispose]());

async function statusOf(kind: string, spec: unknown): Promise<number> {
  const collection = `/apis/${API_VERSION}/namespaces/default/${kind.toLowerCase()}s?dryRun=All`;
  const body = { apiVersion: API_VERSION, kind, metadata: { name: "a" }, spec };
  return (await plane!.request("load", collection, { method: "POST", body })).status;
}

function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

function matches(count: number) {
  return times(count, (index) => ({ path: { type: "PathPrefix", value: `/${index}` } }));
}

function rules(count: number, matchCount: number) {
  return { rules: times(count, () => ({ matches: matches(matchCount) })) };
}

const LIMITS: Readonly<
  Record<string, { kind: string; most: unknown; more: unknown }>
> = {
  "16 rules": { kind: "HTTPRoute", most: rules(16, 1), more: rules(17, 1) },
  "64 matches in a rule": { kind: "HTTPRoute", most: rules(1, 64), more: rules(1, 65) },
  // The server's own message says "must be less than 128".
  "128 matches in all": { kind: "HTTPRoute", most: rules(16, 8), more: rules(16, 9) },
  "16 host names": {
    kind: "HTTPRoute",
    most: { hostnames: times(16, (index) => `h${index}.example.com`) },
    more: { hostnames: times(17, (index) => `h${index}.example.com`) },
  },
  "32 parents": {
    kind: "HTTPRoute",
    most: { parentRefs: times(32, (index) => ({ name: `g${index}` })) },
    more: { parentRefs: times(33, (index) => ({ name: `g${index}` })) },
  },
  "64 listeners": { kind: "Gateway", most: listeners(64), more: listeners(65) },
};

function listeners(count: number) {
  const one = (index: number) => ({ name: `l${index}`, port: 1_000 + index, protocol: "HTTP" });
  return { gatewayClassName: "nobody", listeners: times(count, one) };
}

for (const [limit, { kind, most, more }] of Object.entries(LIMITS)) {
  Deno.test(`${limit} are the most of a ${kind}`, { ignore }, async () => {
    assert.deepEqual([await statusOf(kind, most), await statusOf(kind, more)], [201, 422]);
  });
}

Deno.test("no parent is named twice", { ignore }, async () => {
  const parents = [{ name: "a" }, { name: "a" }];
  const apart = [{ name: "a", sectionName: "b" }, { name: "a", sectionName: "c" }];
  const statuses = [parents, apart].map((parentRefs) => statusOf("HTTPRoute", { parentRefs }));
  assert.deepEqual(await Promise.all(statuses), [422, 201]);
});

Deno.test(
  "a host name may be an IP address, and has neither capitals nor _",
  { ignore },
  async () => {
    const statuses = await Promise.all(
      ["127.0.0.1", "A.example.com", "a_b.example.com"].map((name) =>
        statusOf("HTTPRoute", { hostnames: [name] })
      ),
    );
    assert.deepEqual(statuses, [201, 422, 422]);
  },
);
