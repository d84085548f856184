/**
 * Who is somebody for the server, and what may they do?
 * @module
 */

import assert from "node:assert/strict";
import { ask, configMapsOf, eventually, post } from "./asking.ts";
import type { Behaviour, Subject } from "./subject.ts";

const AUTHORIZATION = "/apis/authorization.k8s.io/v1";
const RBAC = "/apis/rbac.authorization.k8s.io/v1";

async function isAllowed(
  subject: Subject,
  attributes: Readonly<Record<string, string>>,
  as: "admin" | "nobody",
): Promise<boolean> {
  const { status, body } = await ask(subject, `${AUTHORIZATION}/selfsubjectaccessreviews`, {
    method: "POST",
    as,
    body: {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SelfSubjectAccessReview",
      spec: { resourceAttributes: attributes },
    },
  });
  assert.equal(status, 201, JSON.stringify(body));
  return (body as { status: { allowed: boolean } }).status.allowed;
}

/** What nobody is told. */
const REFUSED: readonly (readonly [string, string, string, Readonly<Record<string, string>>])[] = [
  [
    "GET",
    "CM",
    'configmaps is forbidden: User "nobody" cannot list resource "configmaps" in API group "" in the ' +
    'namespace "NS"',
    { kind: "configmaps" },
  ],
  [
    "GET",
    "CM/x",
    'configmaps "x" is forbidden: User "nobody" cannot get resource "configmaps" in API group "" in the ' +
    'namespace "NS"',
    { name: "x", kind: "configmaps" },
  ],
  [
    "GET",
    "CM?watch=1",
    'configmaps is forbidden: User "nobody" cannot watch resource "configmaps" in API group "" in the ' +
    'namespace "NS"',
    { kind: "configmaps" },
  ],
  [
    "POST",
    "CM",
    'configmaps is forbidden: User "nobody" cannot create resource "configmaps" in API group "" in the ' +
    'namespace "NS"',
    { kind: "configmaps" },
  ],
  [
    "DELETE",
    "CM",
    'configmaps is forbidden: User "nobody" cannot deletecollection resource "configmaps" in API group ' +
    '"" in the namespace "NS"',
    { kind: "configmaps" },
  ],
  [
    "GET",
    "/api/v1/nodes",
    'nodes is forbidden: User "nobody" cannot list resource "nodes" in API group "" at the cluster scope',
    { kind: "nodes" },
  ],
  [
    "PATCH",
    "/apis/apps/v1/namespaces/default/deployments/d/status",
    'deployments.apps "d" is forbidden: User "nobody" cannot patch resource "deployments/status" in API ' +
    'group "apps" in the namespace "default"',
    { name: "d", group: "apps", kind: "deployments" },
  ],
  ["GET", "/metrics", 'forbidden: User "nobody" cannot get path "/metrics"', {}],
];

export const ACCESS: readonly Behaviour[] = [
  ...REFUSED.map(([method, path, message, details]): Behaviour => ({
    name: `${method} ${path} is forbidden to somebody without rights`,
    check: async (subject, namespace) => {
      const { status, body } = await ask(subject, path.replace("CM", configMapsOf(namespace)), {
        method,
        as: "nobody",
      });
      const { code, reason, ...rest } = body as Record<string, unknown>;
      assert.deepEqual({ status, code, reason }, { status: 403, code: 403, reason: "Forbidden" });
      assert.equal(rest["message"], message.replace("NS", namespace));
      assert.deepEqual(rest["details"], details);
    },
  })),
  {
    name: "anybody may ask for versions and for themselves",
    check: async (subject) => {
      assert.equal((await ask(subject, "/version", { as: "nobody" })).status, 200);
      assert.equal((await ask(subject, "/apis", { as: "nobody" })).status, 200);
      const { status, body } = await ask(
        subject,
        "/apis/authentication.k8s.io/v1/selfsubjectreviews",
        {
          method: "POST",
          as: "nobody",
          body: { kind: "SelfSubjectReview", apiVersion: "authentication.k8s.io/v1" },
        },
      );
      const { userInfo } = (body as { status: { userInfo: Record<string, unknown> } }).status;
      assert.equal(status, 201);
      assert.equal(userInfo["username"], "nobody");
      assert.deepEqual(userInfo["groups"], ["system:authenticated"]);
    },
  },
  {
    name: "a review without a question is refused",
    check: async (subject) => {
      const { body } = await ask(subject, `${AUTHORIZATION}/selfsubjectaccessreviews`, {
        method: "POST",
        body: { spec: {} },
      });
      assert.equal(
        (body as { message: string }).message,
        '.authorization.k8s.io "" is invalid: spec.resourceAttributes: Invalid value: null: exactly one of ' +
          "nonResourceAttributes or resourceAttributes must be specified",
      );
    },
  },
  {
    name: "a role and its binding allow what they say, there and nowhere else",
    check: async (subject, namespace) => {
      const attributes = { verb: "list", resource: "configmaps", namespace };
      assert.equal(await isAllowed(subject, attributes, "admin"), true);
      assert.equal(await isAllowed(subject, attributes, "nobody"), false);
      await post(subject, `${RBAC}/namespaces/${namespace}/roles`, {
        metadata: { name: "reader" },
        rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["list"] }],
      });
      await post(subject, `${RBAC}/namespaces/${namespace}/rolebindings`, {
        metadata: { name: "reader" },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "reader" },
        subjects: [{ kind: "User", name: "nobody" }],
      });
      await eventually("the grant", () => isAllowed(subject, attributes, "nobody"));
      assert.equal((await ask(subject, configMapsOf(namespace), { as: "nobody" })).status, 200);
      for (
        const other of [
          { ...attributes, verb: "watch" },
          { ...attributes, resource: "secrets" },
          { ...attributes, namespace: "default" },
          { ...attributes, group: "apps" },
          { ...attributes, subresource: "status" },
        ]
      ) assert.equal(await isAllowed(subject, other, "nobody"), false, JSON.stringify(other));
    },
  },
  {
    name: "a cluster role can be bound to one object's name",
    check: async (subject, namespace) => {
      const name = `${namespace}-one`;
      await post(subject, `${RBAC}/clusterroles`, {
        metadata: { name },
        rules: [{
          apiGroups: ["*"],
          resources: ["configmaps", "*/status"],
          resourceNames: ["x"],
          verbs: ["*"],
        }],
      });
      await post(subject, `${RBAC}/clusterrolebindings`, {
        metadata: { name },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
        subjects: [{ kind: "Group", name: "system:authenticated" }],
      });
      const attributes = { verb: "get", resource: "configmaps", namespace, name: "x" };
      await eventually("the grant", () => isAllowed(subject, attributes, "nobody"));
      assert.equal(await isAllowed(subject, { ...attributes, name: "y" }, "nobody"), false);
      const status = { ...attributes, resource: "pods", subresource: "status" };
      assert.equal(await isAllowed(subject, status, "nobody"), true);
      await subject.ask(`${RBAC}/clusterrolebindings/${name}`, { method: "DELETE" });
    },
  },
  {
    name: "one may ask for others",
    check: async (subject, namespace) => {
      const { body } = await ask(subject, `${AUTHORIZATION}/subjectaccessreviews`, {
        method: "POST",
        body: {
          apiVersion: "authorization.k8s.io/v1",
          kind: "SubjectAccessReview",
          spec: {
            user: "bob",
            groups: ["g"],
            resourceAttributes: { verb: "get", resource: "configmaps", namespace },
          },
        },
      });
      assert.equal((body as { status: { allowed: boolean } }).status.allowed, false);
    },
  },
];
