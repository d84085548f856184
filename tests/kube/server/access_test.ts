import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { CannotRunError } from "../../../core/errors.ts";
import {
  formatPermission,
  grantCommand,
  isInSystemMasters,
  missingPermissions,
  type Permission,
  requirePermissions,
  systemMastersWarning,
  whoAmI,
} from "../../../kube/server/access.ts";
import { CONFIG_MAPS, ENDPOINT_SLICES, FLUNDERS, NAMESPACES } from "../../../kube/resource.ts";
import { MemoryCluster, statusError } from "../../support/memory_cluster.ts";

const SELF_REVIEW = "POST /apis/authentication.k8s.io/v1/selfsubjectreviews";
const ACCESS_REVIEW = "POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
const PODS = { ...CONFIG_MAPS, plural: "pods", kind: "Pod" };

interface Review {
  apiVersion: string;
  kind: string;
  spec: { resourceAttributes: Record<string, string> };
}

/** A cluster that allows what the predicate says, and the reviews that it was sent. */
function clusterAllowing(isAllowed: (attributes: Record<string, string>) => boolean) {
  const cluster = new MemoryCluster();
  const reviews: Review[] = [];
  cluster.answers.set(ACCESS_REVIEW, (review: Review) => {
    reviews.push(review);
    return { status: { allowed: isAllowed(review.spec.resourceAttributes) } };
  });
  return { cluster, reviews };
}

for (
  const [permission, text] of [
    [
      { verb: "create", resource: CONFIG_MAPS, namespace: "scaletest" },
      "create configmaps in namespace scaletest",
    ],
    [{ verb: "list", resource: FLUNDERS }, "list flunders.wardle.example.com in all namespaces"],
    [
      { verb: "get", resource: PODS, subresource: "log", namespace: "" },
      "get pods/log in all namespaces",
    ],
    [{ verb: "get", resource: NAMESPACES, name: "x" }, 'get namespaces "x"'],
    [{ verb: "create", resource: NAMESPACES, namespace: "x" }, "create namespaces"],
    [
      { verb: "get", resource: CONFIG_MAPS, namespace: "ns", name: "a" },
      'get configmaps "a" in namespace ns',
    ],
  ] as const
) {
  Deno.test(`formatPermission writes ${text}`, () => {
    assert.equal(formatPermission(permission), text);
  });
}

Deno.test("whoAmI is the user of the review, its uid only where there is one", async () => {
  const cluster = new MemoryCluster();
  const userInfo = { username: "load", groups: ["load-testers", "system:authenticated"] };
  cluster.answers.set(SELF_REVIEW, { status: { userInfo } });
  assert.deepEqual(await whoAmI(cluster), userInfo);
  cluster.answers.set(SELF_REVIEW, { status: { userInfo: { username: "a", uid: "7" } } });
  assert.deepEqual(await whoAmI(cluster), { username: "a", groups: [], uid: "7" });
});

Deno.test("whoAmI is undefined where reviews are not served or refused, and rejects for other failures", async () => {
  for (const [code, reason] of [[404, "NotFound"], [403, "Forbidden"]] as const) {
    const cluster = new MemoryCluster();
    cluster.fail("request", statusError(code, reason));
    assert.equal(await whoAmI(cluster), undefined);
  }
  const unauthorized = statusError(401, "Unauthorized");
  const cluster = new MemoryCluster();
  cluster.fail("request", unauthorized);
  await assert.rejects(whoAmI(cluster), unauthorized);
});

Deno.test("missingPermissions asks for each with its attributes and returns the refused ones in order", async () => {
  const permissions: Permission[] = [
    { verb: "delete", resource: CONFIG_MAPS, namespace: "a" },
    { verb: "watch", resource: FLUNDERS },
    { verb: "get", resource: PODS, subresource: "log", namespace: "a", name: "p" },
    { verb: "create", resource: NAMESPACES, namespace: "ignored" },
  ];
  const { cluster, reviews } = clusterAllowing(({ verb }) => verb === "watch");
  assert.deepEqual(await missingPermissions(cluster, permissions), [
    permissions[0],
    permissions[2],
    permissions[3],
  ]);
  assert.deepEqual(reviews[0]?.kind, "SelfSubjectAccessReview");
  assert.deepEqual(reviews[0]?.apiVersion, "authorization.k8s.io/v1");
  assert.deepEqual(reviews.map(({ spec }) => spec.resourceAttributes), [
    { verb: "delete", group: "", version: "v1", resource: "configmaps", namespace: "a" },
    { verb: "watch", group: "wardle.example.com", version: "v1alpha1", resource: "flunders" },
    {
      verb: "get",
      group: "",
      version: "v1",
      resource: "pods",
      subresource: "log",
      namespace: "a",
      name: "p",
    },
    { verb: "create", group: "", version: "v1", resource: "namespaces" },
  ]);
});

Deno.test("missingPermissions has at most 8 reviews under way", async () => {
  const { cluster, reviews } = clusterAllowing(() => true);
  cluster.onCall = () => setImmediate();
  const permissions = Array.from({ length: 30 }, (_, index) => ({
    verb: "get",
    resource: CONFIG_MAPS,
    namespace: `ns-${index}`,
  }));
  assert.deepEqual(await missingPermissions(cluster, permissions), []);
  assert.equal(reviews.length, 30);
  assert.equal(cluster.mostAtOnce, 8);
});

Deno.test("requirePermissions passes where nothing is missing", async () => {
  const { cluster, reviews } = clusterAllowing(() => true);
  await requirePermissions(cluster, [{ verb: "get", resource: NAMESPACES }]);
  assert.equal(reviews.length, 1);
});

Deno.test("requirePermissions names user, each missing permission and the command that grants them", async () => {
  const { cluster } = clusterAllowing(({ verb }) => verb === "get");
  const permissions = ["get", "create", "delete"].map((verb) => ({
    verb,
    resource: CONFIG_MAPS,
    namespace: "scaletest",
  }));
  const user = { username: "load", groups: [] };
  await assert.rejects(requirePermissions(cluster, permissions, { user }), (error: unknown) => {
    assert.ok(error instanceof CannotRunError);
    assert.equal(
      error.message,
      'User "load" may not create configmaps in namespace scaletest, delete configmaps in ' +
        "namespace scaletest; grant it with: kubectl create role " +
        "scaletool-create-delete-configmaps -n scaletest --verb=create,delete " +
        "--resource=configmaps && kubectl create rolebinding scaletool-create-delete-configmaps " +
        "-n scaletest --role=scaletool-create-delete-configmaps --user=load",
    );
    return true;
  });
});

Deno.test("requirePermissions never proposes to grant anything to the anonymous user", async () => {
  const { cluster } = clusterAllowing(() => false);
  const user = { username: "system:anonymous", groups: ["system:unauthenticated"] };
  await assert.rejects(
    requirePermissions(cluster, [{ verb: "create", resource: NAMESPACES }], { user }),
    {
      name: "CannotRunError",
      message: 'User "system:anonymous" may not create namespaces; the server took no ' +
        "credentials: log in again, or choose another user",
    },
  );
});

for (
  const { name, permissions, username, expected } of [
    {
      name: "a cluster role for all namespaces",
      permissions: [{ verb: "list", resource: ENDPOINT_SLICES }],
      username: "load",
      expected: [
        "kubectl create clusterrole scaletool-list-endpointslices --verb=list " +
        "--resource=endpointslices.discovery.k8s.io",
        "kubectl create clusterrolebinding scaletool-list-endpointslices " +
        "--clusterrole=scaletool-list-endpointslices --user=load",
      ],
    },
    {
      name: "a role in each namespace for a service account",
      permissions: ["a", "b"].map((namespace) => ({
        verb: "get",
        resource: CONFIG_MAPS,
        namespace,
      })),
      username: "system:serviceaccount:ci:runner",
      expected: ["a", "b"].flatMap((namespace) => [
        `kubectl create role scaletool-get-configmaps -n ${namespace} --verb=get --resource=configmaps`,
        `kubectl create rolebinding scaletool-get-configmaps -n ${namespace} ` +
        "--role=scaletool-get-configmaps --serviceaccount=ci:runner",
      ]),
    },
    {
      name: "a role for a subresource and one for a name, quoted for the shell",
      permissions: [
        { verb: "get", resource: PODS, namespace: "a", subresource: "log" },
        { verb: "get", resource: PODS, namespace: "a", name: "p" },
      ],
      username: "Jo O'Neil",
      expected: [
        "kubectl create role scaletool-get-pods-log -n a --verb=get --resource=pods/log",
        "kubectl create rolebinding scaletool-get-pods-log -n a --role=scaletool-get-pods-log " +
        `--user='Jo O'\\''Neil'`,
        "kubectl create role scaletool-get-pods-p -n a --verb=get --resource=pods --resource-name=p",
        "kubectl create rolebinding scaletool-get-pods-p -n a --role=scaletool-get-pods-p " +
        `--user='Jo O'\\''Neil'`,
      ],
    },
    {
      name: "a placeholder for an unknown user",
      permissions: [{ verb: "create", resource: NAMESPACES }],
      username: undefined,
      expected: [
        "kubectl create clusterrole scaletool-create-namespaces --verb=create --resource=namespaces",
        "kubectl create clusterrolebinding scaletool-create-namespaces " +
        "--clusterrole=scaletool-create-namespaces --user=USER",
      ],
    },
  ]
) {
  Deno.test(`grantCommand writes ${name}`, () => {
    const user = username === undefined ? undefined : { username, groups: [] };
    assert.deepEqual(grantCommand(permissions, user).split(" && "), expected);
  });
}

Deno.test("isInSystemMasters is about that one group", () => {
  const username = "system:masters";
  assert.equal(isInSystemMasters({ username, groups: ["dev", "system:masters"] }), true);
  assert.equal(isInSystemMasters({ username, groups: ["system:masters:x"] }), false);
});

Deno.test("the warning about system:masters says what is bypassed, what it means and what to do", () => {
  assert.deepEqual(systemMastersWarning({ username: "kubernetes-admin", groups: [] }), {
    code: "exempt-from-apf",
    message: 'User "kubernetes-admin" is in group system:masters: its requests match the flow ' +
      'schema "exempt" and bypass API Priority and Fairness, so this measures a path that no ' +
      "tenant uses; use another user's kubeconfig, or --as",
  });
});
