import assert from "node:assert/strict";
import { accountRights, handedOn, hostingRights } from "../../../kube/generators/host_rights.ts";
import { CONFIG_MAPS, LEASES, NAMESPACES } from "../../../kube/resource.ts";
import { formatPermission, permissionsOf } from "../../../kube/server/access.ts";
import { MemoryCluster } from "../../support/memory_cluster.ts";
import type { NeededRight } from "../../../kube/kubernetes_command.ts";
import type { Resource } from "../../../kube/resource.ts";

type KnownRight = NeededRight & { readonly kind: Resource };

const NEEDED: KnownRight = { verb: "create", kind: CONFIG_MAPS, namespace: "load" };
const USEFUL: KnownRight = {
  verb: "create",
  kind: LEASES,
  namespace: "load",
  onlyFor: "the run record",
};

/** A user who may do what these say: `create configmaps`. */
function userWho(...allowed: readonly string[]): MemoryCluster {
  const cluster = new MemoryCluster();
  cluster.answers.set(
    "POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
    ({ spec: { resourceAttributes } }: {
      spec: { resourceAttributes: { verb: string; resource: string } };
    }) => {
      const { verb, resource } = resourceAttributes;
      return { status: { allowed: allowed.includes(`${verb} ${resource}`) } };
    },
  );
  return cluster;
}

function told(rights: readonly NeededRight[]): string[] {
  return permissionsOf(rights, (kind) => kind as Resource).map(formatPermission);
}

Deno.test("hosting takes the Job, its pods and what it is told by, in one namespace", () => {
  const rights = told(hostingRights("pods"));
  assert.ok(rights.includes("create jobs.batch in namespace pods"));
  assert.ok(rights.includes("get pods/log in namespace pods"));
  assert.ok(rights.includes("patch configmaps in namespace pods"));
  // As what is in the Job's namespace has it for its owner, by its uid.
  assert.ok(rights.includes("get jobs.batch in namespace pods"));
  assert.ok(rights.every((right) => right.endsWith("in namespace pods")));
});

Deno.test("an account takes roles wherever rights are handed on, of the cluster only for such rights", () => {
  assert.deepEqual(
    told(accountRights("pods", [NEEDED])).filter((right) => right.startsWith("create")),
    [
      "create serviceaccounts in namespace pods",
      "create roles.rbac.authorization.k8s.io in namespace load",
      "create rolebindings.rbac.authorization.k8s.io in namespace load",
    ],
  );
  const cluster = told(accountRights("pods", [{ verb: "get", kind: NAMESPACES }]));
  assert.ok(cluster.includes("create clusterroles.rbac.authorization.k8s.io"));
});

Deno.test("nobody hands on what he may not do, and what is only useful is left out", async () => {
  const { rights, missing } = await handedOn(userWho("create leases"), [NEEDED, USEFUL]);
  // Needed ones stay: whoever grants them is told in the same line which roles that takes.
  assert.deepEqual(rights, [NEEDED, USEFUL]);
  assert.deepEqual(missing.map(formatPermission), ["create configmaps in namespace load"]);
  const other = await handedOn(userWho("create configmaps"), [NEEDED, USEFUL]);
  assert.deepEqual(other, { rights: [NEEDED], missing: [] });
});

Deno.test("who may escalate and bind hands on anything", async () => {
  const user = userWho("escalate roles", "bind roles");
  assert.deepEqual(await handedOn(user, [NEEDED, USEFUL]), {
    rights: [NEEDED, USEFUL],
    missing: [],
  });
});
