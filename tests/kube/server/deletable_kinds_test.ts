import assert from "node:assert/strict";
import { deletableKinds } from "../../../kube/server/deletable_kinds.ts";
import { resourceName } from "../../../kube/resource.ts";
import { statusError } from "../../support/memory_cluster.ts";
import { worldWithRuns } from "../cleanup/cluster_with_runs.ts";

Deno.test("kinds are those of all groups that can be listed and deleted, subresources apart", async () => {
  const world = worldWithRuns();
  const { resources, notLookedAt } = await deletableKinds(world.cluster, world);
  assert.deepEqual(resources.map(resourceName), [
    "configmaps",
    "events",
    "flunders.wardle.example.com",
    "leases.coordination.k8s.io",
    "namespaces",
  ]);
  assert.deepEqual(notLookedAt, []);
});

Deno.test("of a kind in two versions the preferred one counts, and one of a lesser version is found too", async () => {
  const world = worldWithRuns();
  world.cluster.answers.set("GET /apis", {
    groups: [{
      name: "example.com",
      versions: [{ version: "v1beta1" }, { version: "v1" }],
      preferredVersion: { version: "v1" },
    }],
  });
  const kind = (name: string) => ({
    name,
    kind: name,
    namespaced: true,
    verbs: ["delete", "get", "list"],
  });
  world.cluster.answers.set("GET /apis/example.com/v1", { resources: [kind("a")] });
  world.cluster.answers.set("GET /apis/example.com/v1beta1", { resources: [kind("a"), kind("b")] });
  const { resources } = await deletableKinds(world.cluster, world);
  const versions = resources.filter(({ group }) => group !== "")
    .map(({ plural, version }) => [plural, version]);
  assert.deepEqual(versions, [["a", "v1"], ["b", "v1beta1"]]);
});

Deno.test("a group that does not answer is told, and one that is gone is not missed", async () => {
  const world = worldWithRuns();
  world.cluster.fail("request", statusError(501, "NotImplemented"), { on: "wardle" });
  world.cluster.fail("request", statusError(404, "NotFound"), { on: "coordination" });
  const { resources, notLookedAt } = await deletableKinds(world.cluster, world);
  assert.deepEqual(resources.map(resourceName), ["configmaps", "events", "namespaces"]);
  assert.deepEqual(notLookedAt, [
    { what: "apis/wardle.example.com/v1alpha1", why: "NotImplemented" },
  ]);
});
