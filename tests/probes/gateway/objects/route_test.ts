import assert from "node:assert/strict";
import { isParentOf } from "../../../../kube/gateway_api/parent_ref.ts";
import {
  expectedOf,
  httpRoute,
  type RouteFields,
} from "../../../../probes/gateway/objects/route.ts";

const TO_BACKEND: RouteFields = {
  name: "r-1",
  namespace: "apps",
  labels: { a: "b" },
  hostnames: ["route-1.example.com"],
  path: "/route-1",
  parents: [{ namespace: "gw", name: "gw", sectionName: "http" }],
  to: { kind: "backend", service: "be", namespace: "backends", port: 80 },
};

const TO_REDIRECT: RouteFields = {
  ...TO_BACKEND,
  to: { kind: "redirect", host: "to.example.com", status: 302 },
};

Deno.test("a route to a backend is written with the defaults of the server", () => {
  assert.deepEqual(httpRoute(TO_BACKEND), {
    metadata: { name: "r-1", namespace: "apps", labels: { a: "b" } },
    spec: {
      parentRefs: [{
        group: "gateway.networking.k8s.io",
        kind: "Gateway",
        namespace: "gw",
        name: "gw",
        sectionName: "http",
      }],
      hostnames: ["route-1.example.com"],
      rules: [{
        matches: [{ path: { type: "PathPrefix", value: "/route-1" } }],
        backendRefs: [
          { group: "", kind: "Service", name: "be", namespace: "backends", port: 80, weight: 1 },
        ],
      }],
    },
  });
  assert.ok(isParentOf(httpRoute(TO_BACKEND), TO_BACKEND.parents[0]!));
});

Deno.test("a route that redirects has no backends, which the server would refuse", () => {
  assert.deepEqual(httpRoute({ ...TO_REDIRECT, hostnames: [] })["spec"], {
    parentRefs: [{
      group: "gateway.networking.k8s.io",
      kind: "Gateway",
      namespace: "gw",
      name: "gw",
      sectionName: "http",
    }],
    rules: [{
      matches: [{ path: { type: "PathPrefix", value: "/route-1" } }],
      filters: [{
        type: "RequestRedirect",
        requestRedirect: { hostname: "to.example.com", statusCode: 302 },
      }],
    }],
  });
});

Deno.test("a checked route can be asked about without its backend", () => {
  const { rules } = httpRoute({ ...TO_BACKEND, checked: true })["spec"] as { rules: unknown[] };
  assert.deepEqual(rules[0], (httpRoute(TO_BACKEND)["spec"] as { rules: unknown[] }).rules[0]);
  assert.deepEqual(rules[1], {
    matches: [{ path: { type: "Exact", value: "/route-1/served" } }],
    filters: [{
      type: "RequestRedirect",
      requestRedirect: { hostname: "served.example.com", statusCode: 302 },
    }],
  });
});

Deno.test("what is expected of a route is what it says", () => {
  assert.deepEqual(expectedOf(TO_BACKEND), { path: "/route-1", status: 200 });
  assert.deepEqual(expectedOf(TO_REDIRECT), {
    path: "/route-1",
    status: 302,
    location: "http://to.example.com/route-1",
  });
  assert.deepEqual(expectedOf({ ...TO_BACKEND, checked: true }), {
    path: "/route-1/served",
    status: 302,
    location: "http://served.example.com/route-1/served",
  });
  assert.equal(expectedOf({ ...TO_BACKEND, path: "/", checked: true }).path, "/served");
});
