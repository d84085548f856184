import assert from "node:assert/strict";
import { type RequestKind, seen } from "../../sandbox/request_kind.ts";

const NS = "/api/v1/namespaces/ns";
const FLUNDERS = "/apis/wardle.example.com/v1alpha1";

const KINDS: readonly [string, string, RequestKind, verb: string, resource: string][] = [
  ["POST", `${NS}/configmaps`, "creates", "create", "configmaps"],
  ["POST", `${NS}/configmaps?dryRun=All`, "preparation", "create", "configmaps"],
  ["PUT", `${NS}/configmaps/a`, "updates", "update", "configmaps"],
  ["PATCH", `${NS}/configmaps/a?fieldManager=x`, "updates", "patch", "configmaps"],
  ["DELETE", `${NS}/configmaps/a`, "deletes", "delete", "configmaps"],
  ["DELETE", `${NS}/configmaps?labelSelector=a`, "deletes", "deletecollection", "configmaps"],
  ["GET", `${NS}/configmaps/a`, "gets", "get", "configmaps"],
  ["GET", "/api/v1/configmaps", "lists", "list", "configmaps"],
  ["GET", "/api/v1/configmaps?watch=true", "watches", "watch", "configmaps"],
  ["GET", "/api/v1/configmaps?watch=0", "lists", "list", "configmaps"],
  ["GET", `${FLUNDERS}/flunders?watch=1`, "watches", "watch", "flunders.wardle.example.com"],
  ["POST", "/api/v1/namespaces", "preparation", "create", "namespaces"],
  ["GET", NS, "preparation", "get", "namespaces"],
  [
    "POST",
    "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
    "preparation",
    "create",
    "selfsubjectaccessreviews.authorization.k8s.io",
  ],
  [
    "GET",
    "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas",
    "preparation",
    "list",
    "flowschemas.flowcontrol.apiserver.k8s.io",
  ],
  [
    "GET",
    "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices",
    "preparation",
    "list",
    "endpointslices.discovery.k8s.io",
  ],
  [
    "POST",
    "/apis/coordination.k8s.io/v1/namespaces/ns/leases",
    "preparation",
    "create",
    "leases.coordination.k8s.io",
  ],
  ["GET", "/version", "preparation", "get", "/version"],
  ["GET", "/apis/apps/v1", "preparation", "get", "/apis/apps/v1"],
  ["OPTIONS", `${NS}/configmaps`, "preparation", "", "configmaps"],
];

for (const [method, path, kind, verb, resource] of KINDS) {
  Deno.test(`${method} ${path} is one of the ${kind}`, () => {
    const found = seen({ method, path });
    assert.deepEqual([found.kind, found.verb, found.resource], [kind, verb, resource]);
  });
}
