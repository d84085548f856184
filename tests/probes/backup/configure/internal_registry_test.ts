import assert from "node:assert/strict";
import type { Cluster } from "../../../../kube/cluster.ts";
import type { KubeObject } from "../../../../kube/object.ts";
import { StatusError } from "../../../../kube/status_error.ts";
import { withInternalRegistry } from "../../../../probes/backup/configure/internal_registry.ts";
import { OperatorWorld } from "./operator_world.ts";

async function registry(
  world: OperatorWorld,
  get: () => Promise<KubeObject>,
  type: "correct" | "openshift-internal" = "openshift-internal",
) {
  const asked: string[] = [];
  const cluster: Pick<Cluster, "get"> = {
    get: ({ plural }, { namespace, name }) => {
      asked.push(`${plural} ${namespace}/${name}`);
      return get();
    },
  };
  const { configuration } = await world.options({ "dwoc-config-type": type });
  const found = await world.advance(withInternalRegistry(world.run, { cluster, configuration }));
  return { asked, registry: found.backupCronJob.registry, warnings: world.warnings };
}

Deno.test("OpenShift's registry is reached by its route", async () => {
  await using world = await OperatorWorld.with();
  const host = "default-route-openshift-image-registry.apps.test";
  assert.deepEqual(
    await registry(world, () => Promise.resolve({ metadata: {}, spec: { host } })),
    {
      asked: ["routes openshift-image-registry/default-route"],
      registry: { path: host },
      warnings: [],
    },
  );
});

for (const code of [404, 403]) {
  Deno.test(`without a route that can be seen (${code}) it is reached by its service`, async () => {
    await using world = await OperatorWorld.with();
    const reason = code === 404 ? "NotFound" : "Forbidden";
    const refuse = () =>
      Promise.reject(new StatusError({ kind: "Status", reason, message: "no" }, { code }));
    const { registry: { path }, warnings } = await registry(world, refuse);
    assert.equal(path, "image-registry.openshift-image-registry.svc:5000");
    assert.match(warnings.join(), /^no-registry-route: No route to the registry is to be seen/);
  });
}

Deno.test("any other registry is nothing that the cluster is asked about", async () => {
  await using world = await OperatorWorld.with();
  const never = () => Promise.reject(new Error("not to be asked"));
  const { asked, registry: { path } } = await registry(world, never, "correct");
  assert.deepEqual([asked, path], [[], "quay.io/me"]);
});
