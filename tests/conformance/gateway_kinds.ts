/**
 * What does a server with the definitions of the Gateway API add to its objects, and what does it
 * refuse? As gateway-api v1.5.1 defines them, channel standard.
 * @module
 */

import assert from "node:assert/strict";
import { ask, get, patch, post } from "./asking.ts";
import type { Asker, Seen } from "./subject.ts";

const GROUP = "gateway.networking.k8s.io";
const API = `/apis/${GROUP}/v1`;

interface KindBehaviour {
  readonly name: string;
  readonly check: (subject: Asker, namespace: string) => Promise<void>;
}

function routesOf(namespace: string): string {
  return `${API}/namespaces/${namespace}/httproutes`;
}

function typed(kind: string, body: Readonly<Record<string, unknown>>): unknown {
  return { apiVersion: `${GROUP}/v1`, kind, metadata: { name: "x" }, ...body };
}

const NOT_CHECKED =
  "<nil>: Invalid value: null: some validation rules were not checked because the object was " +
  "invalid; correct the existing errors to complete validation";

function matches(count: number): unknown[] {
  return Array.from({ length: count }, (_, index) => ({
    path: { type: "PathPrefix", value: `/${index}` },
  }));
}

function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

const BACKEND = { name: "b", port: 80 };
const REDIRECT = { type: "RequestRedirect", requestRedirect: {} };

/** Specs that are refused, and why. */
const REFUSED: readonly [what: string, spec: unknown, message: string][] = [
  [
    "17 hostnames",
    { hostnames: times(17, (index) => `h${index}.a`) },
    `[spec.hostnames: Too many: 17: must have at most 16 items, ${NOT_CHECKED}]`,
  ],
  [
    "17 rules",
    { rules: times(17, () => ({})) },
    `[spec.rules: Too many: 17: must have at most 16 items, ${NOT_CHECKED}]`,
  ],
  [
    "33 parents",
    { parentRefs: times(33, (index) => ({ name: `p${index}` })) },
    `[spec.parentRefs: Too many: 33: must have at most 32 items, ${NOT_CHECKED}]`,
  ],
  [
    "65 matches of a rule",
    { rules: [{ matches: matches(65) }] },
    `[spec.rules[0].matches: Too many: 65: must have at most 64 items, ${NOT_CHECKED}]`,
  ],
  [
    "144 matches of a route",
    { rules: times(16, () => ({ matches: matches(9) })) },
    "spec.rules: Invalid value: While 16 rules and 64 matches per rule are allowed, the total number " +
    "of matches across all rules in a route must be less than 128",
  ],
  [
    "no rules",
    { rules: [] },
    "spec.rules: Invalid value: 0: spec.rules in body should have at least 1 items",
  ],
  [
    "a redirect with a backend",
    { rules: [{}, { filters: [REDIRECT], backendRefs: [BACKEND] }] },
    "spec.rules[1]: Invalid value: RequestRedirect filter must not be used together with backendRefs",
  ],
  [
    "a Service without a port",
    { rules: [{ backendRefs: [BACKEND, { name: "b" }] }] },
    "spec.rules[0].backendRefs[1]: Invalid value: Must have port for Service reference",
  ],
  [
    "the same parent twice",
    { parentRefs: [{ name: "a" }, { name: "a" }] },
    "spec.parentRefs: Invalid value: sectionName must be unique when parentRefs includes 2 or more " +
    "references to the same parent",
  ],
  [
    "a hostname in capitals",
    { hostnames: ["A.b"] },
    'spec.hostnames[0]: Invalid value: "A.b": spec.hostnames[0] in body should match ' +
    "'^(\\*\\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$'",
  ],
];

const PENDING = {
  status: "Unknown",
  reason: "Pending",
  message: "Waiting for controller",
  lastTransitionTime: "1970-01-01T00:00:00Z",
};

export const GATEWAY_KINDS: readonly KindBehaviour[] = [
  {
    name: "the definitions say of which release they are",
    check: async (subject) => {
      const { metadata } = await get(
        subject,
        `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/gateways.${GROUP}`,
      );
      const { annotations } = metadata as { annotations?: Record<string, string> };
      assert.equal(annotations?.["gateway.networking.k8s.io/bundle-version"], "v1.5.1");
      assert.equal(annotations?.["gateway.networking.k8s.io/channel"], "standard");
    },
  },
  {
    name: "a route is completed, and has no status",
    check: async (subject, namespace) => {
      const made = await post(
        subject,
        routesOf(namespace),
        typed("HTTPRoute", {
          spec: {
            parentRefs: [{ name: "g" }],
            rules: [
              { backendRefs: [BACKEND], matches: [{ path: { value: "/a" } }, {}] },
              { filters: [REDIRECT] },
            ],
          },
        }),
      );
      assert.deepEqual([made.metadata.generation, made["status"]], [1, undefined]);
      assert.deepEqual(made["spec"], {
        parentRefs: [{ group: GROUP, kind: "Gateway", name: "g" }],
        rules: [{
          backendRefs: [{ group: "", kind: "Service", name: "b", port: 80, weight: 1 }],
          matches: [
            { path: { type: "PathPrefix", value: "/a" } },
            { path: { type: "PathPrefix", value: "/" } },
          ],
        }, {
          filters: [{ type: "RequestRedirect", requestRedirect: { statusCode: 302 } }],
          matches: [{ path: { type: "PathPrefix", value: "/" } }],
        }],
      });
    },
  },
  {
    name: "a route without rules fits everything",
    check: async (subject, namespace) => {
      const { spec } = await post(subject, routesOf(namespace), typed("HTTPRoute", { spec: {} }));
      assert.deepEqual(spec, {
        rules: [{ matches: [{ path: { type: "PathPrefix", value: "/" } }] }],
      });
    },
  },
  {
    name: "128 matches are not too many",
    check: async (subject, namespace) => {
      const rules = times(16, () => ({ matches: matches(8) }));
      await post(subject, routesOf(namespace), typed("HTTPRoute", { spec: { rules } }));
    },
  },
  ...REFUSED.map(([what, spec, message]): KindBehaviour => ({
    name: `a route with ${what} is refused`,
    check: async (subject, namespace) => {
      const { status, body } = await ask(subject, routesOf(namespace), {
        method: "POST",
        body: typed("HTTPRoute", { spec: spec as Record<string, unknown> }),
      });
      assert.deepEqual([status, (body as { message: string }).message], [
        422,
        `HTTPRoute.${GROUP} "x" is invalid: ${message}`,
      ]);
    },
  })),
  {
    name: "a Gateway is completed, and its status waits for a controller, owned by nobody",
    check: async (subject, namespace) => {
      const listeners = [{ name: "http", port: 80, protocol: "HTTP" }];
      const made = await post(
        subject,
        `${API}/namespaces/${namespace}/gateways`,
        typed("Gateway", { spec: { gatewayClassName: "c", listeners } }),
      );
      assert.deepEqual(made["spec"], {
        gatewayClassName: "c",
        listeners: [{ ...listeners[0], allowedRoutes: { namespaces: { from: "Same" } } }],
      });
      assert.deepEqual(made["status"], {
        conditions: [{ type: "Accepted", ...PENDING }, { type: "Programmed", ...PENDING }],
      });
      assert.ok(!JSON.stringify(made.metadata.managedFields).includes("f:status"));
    },
  },
  {
    name: "a Gateway without listeners is refused",
    check: async (subject, namespace) => {
      const { body } = await ask(subject, `${API}/namespaces/${namespace}/gateways`, {
        method: "POST",
        body: typed("Gateway", { spec: { gatewayClassName: "c" } }),
      });
      assert.equal(
        (body as { message: string }).message,
        `Gateway.${GROUP} "x" is invalid: [spec.listeners: Required value, ${NOT_CHECKED}]`,
      );
    },
  },
  {
    name: "two listeners of a Gateway have two names",
    check: async (subject, namespace) => {
      const listeners = [80, 81].map((port) => ({ name: "http", port, protocol: "HTTP" }));
      const { body } = await ask(subject, `${API}/namespaces/${namespace}/gateways`, {
        method: "POST",
        body: typed("Gateway", { spec: { gatewayClassName: "c", listeners } }),
      });
      // The real server says besides that the list has a key twice.
      assert.match(
        (body as { message: string }).message,
        /spec\.listeners: Invalid value: Listener name must be unique within the Gateway\]?$/,
      );
    },
  },
  {
    name: "a class waits for its controller",
    check: async (subject, namespace) => {
      const made = await post(subject, `${API}/gatewayclasses`, {
        ...typed("GatewayClass", { spec: { controllerName: "example.com/c" } }) as Seen,
        metadata: { name: namespace },
      });
      assert.deepEqual(made["status"], { conditions: [{ type: "Accepted", ...PENDING }] });
    },
  },
  {
    name: "a grant is there under both versions",
    check: async (subject, namespace) => {
      const from = [{ group: GROUP, kind: "HTTPRoute", namespace: "a" }];
      const to = [{ group: "", kind: "Service" }];
      const beta = `/apis/${GROUP}/v1beta1/namespaces/${namespace}/referencegrants`;
      await post(subject, beta, {
        apiVersion: `${GROUP}/v1beta1`,
        kind: "ReferenceGrant",
        metadata: { name: "x" },
        spec: { from, to },
      });
      const path = `${API}/namespaces/${namespace}/referencegrants/x`;
      const { apiVersion, spec } = await get(subject, path);
      assert.deepEqual([apiVersion, spec], [`${GROUP}/v1`, { from, to }]);
    },
  },
  {
    name: "only a change of the spec is a new generation, and a status has its own path",
    check: async (subject, namespace) => {
      const path = `${routesOf(namespace)}/x`;
      await post(subject, routesOf(namespace), typed("HTTPRoute", { spec: {} }));
      const labelled = await patch(subject, path, {
        body: { metadata: { labels: { a: "b" } }, status: { parents: [] } },
      });
      assert.deepEqual([labelled.metadata.generation, labelled["status"]], [1, undefined]);
      const parents = [{
        parentRef: { name: "g" },
        controllerName: "example.com/c",
        conditions: [{ ...PENDING, type: "Accepted" }],
      }];
      const told = await patch(subject, `${path}/status`, { body: { status: { parents } } });
      assert.equal(told.metadata.generation, 1);
      assert.deepEqual(told["status"], {
        parents: [{ ...parents[0], parentRef: { group: GROUP, kind: "Gateway", name: "g" } }],
      });
      const changed = await patch(subject, path, { body: { spec: { hostnames: ["a.b"] } } });
      assert.equal(changed.metadata.generation, 2);
    },
  },
];
