/**
 * OpenShift's own registry, and how it is reached: by its default route where there is one.
 * Source: OpenShift, "Exposing the registry".
 * @module
 */

import type { Run } from "../../../core/run/run.ts";
import type { Cluster } from "../../../kube/cluster.ts";
import { fieldsOf, textOf } from "../../../kube/fields.ts";
import type { Resource } from "../../../kube/resource.ts";
import { retrying } from "../../../kube/set_up_retry.ts";
import { isForbidden, isNotFound } from "../../../kube/status_error.ts";
import type { Configuration } from "./configuration.ts";

export const ROUTES: Resource = {
  group: "route.openshift.io",
  version: "v1",
  plural: "routes",
  kind: "Route",
  namespaced: true,
};
/** Route that the registry's operator makes when it is told to. */
export const REGISTRY_ROUTE = { namespace: "openshift-image-registry", name: "default-route" };
/** From inside of the cluster. */
export const INTERNAL_REGISTRY = "image-registry.openshift-image-registry.svc:5000";

/**
 * The configuration with the registry as the cluster has it; any other as it is.
 * @throws what the server refuses it for, but for a route that is not there or not for this user's eyes
 */
export async function withInternalRegistry(
  run: Run,
  { cluster, configuration }: {
    readonly cluster: Pick<Cluster, "get">;
    readonly configuration: Configuration;
  },
): Promise<Configuration> {
  if (configuration.type !== "openshift-internal") return configuration;
  const path = await routeHost(run, cluster);
  if (path === undefined) {
    run.warn(
      "no-registry-route",
      `No route to the registry is to be seen (${REGISTRY_ROUTE.namespace}/${REGISTRY_ROUTE.name}): ` +
        `backups go to ${INTERNAL_REGISTRY}`,
    );
    return configuration;
  }
  const { backupCronJob } = configuration;
  const registry = { ...backupCronJob.registry, path };
  return { ...configuration, backupCronJob: { ...backupCronJob, registry } };
}

async function routeHost(run: Run, cluster: Pick<Cluster, "get">): Promise<string | undefined> {
  const { clock, rng, stopping: signal } = run;
  try {
    const call = () => cluster.get(ROUTES, REGISTRY_ROUTE, { signal });
    return textOf(fieldsOf((await retrying(call, { clock, rng, signal }))["spec"])["host"]);
  } catch (thrown) {
    if (isNotFound(thrown) || isForbidden(thrown)) return undefined;
    throw thrown;
  }
}
