/** What making users asks of a cluster, known before it is contacted. */
import assert from "node:assert/strict";
import { formatPermission, permissionOf } from "../../../../kube/server/access.ts";
import type { Resource } from "../../../../kube/resource.ts";
import { userNeeds } from "../../../../probes/maas/users/needs.ts";
import { TARGET } from "./provisioning.ts";

Deno.test("accounts and their tokens in the namespaces of the tiers, and nothing beyond them", () => {
  const tiers = [{ tier: "free", count: 30 }, { tier: "premium", count: 10 }];
  const { namespaces, rights, objects } = userNeeds(tiers, TARGET);
  assert.deepEqual(namespaces, ["gw-tier-free", "gw-tier-premium"]);
  const asked = rights.map((right) =>
    formatPermission(permissionOf(right, right.kind as Resource))
  );
  const of = (namespace: string) => asked.filter((text) => text.endsWith(` ${namespace}`)).sort();
  assert.deepEqual(of("gw-tier-free"), [
    "create serviceaccounts in namespace gw-tier-free",
    "create serviceaccounts/token in namespace gw-tier-free",
    "delete serviceaccounts in namespace gw-tier-free",
    "deletecollection serviceaccounts in namespace gw-tier-free",
    "list serviceaccounts in namespace gw-tier-free",
  ]);
  assert.equal(of("gw-tier-premium").length, 5);
  assert.equal(asked.length, 10);
  assert.deepEqual(objects.map(({ mostAtOnce }) => mostAtOnce), [30, 10]);
});
