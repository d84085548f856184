/**
 * What will a driver ask of the cluster? From its flags alone.
 * @module
 */

import type { ClusterNeeds, NeededRight } from "../kube/kubernetes_command.ts";
import { FLOW_NAME_RIGHTS } from "../kube/http/flow_control.ts";
import { recordRights } from "../kube/owned/run_record.ts";
import { NAMESPACES, type Resource } from "../kube/resource.ts";
import type { Permission } from "../kube/server/access.ts";
import { ENDPOINT_RIGHTS } from "../kube/server/endpoints.ts";
import type { DriverValues } from "./flags.ts";
import type { Driver } from "./run_driver.ts";

const VERBS = { create: "create", update: "patch", delete: "delete" } as const;

export function driverNeeds(driver: Driver, values: DriverValues): ClusterNeeds {
  const { kind, mostAtOnce, targetRatePerSec, writes, connections } = driver;
  return {
    rights: [
      ...objectRights(driver, values.namespace),
      ...(values["create-namespace"] ? NAMESPACE_RIGHTS : []),
      ...(connections.spread === "endpoints" ? ENDPOINT_RIGHTS : []),
      ...recordRights(values.namespace[0] ?? "default"),
      ...FLOW_NAME_RIGHTS,
    ],
    namespaces: values.namespace,
    createsNamespaces: values["create-namespace"],
    objects: [{ kind, mostAtOnce }],
    requestsPerSec: targetRatePerSec === null ? null : targetRatePerSec * writes.length,
    connections: Math.max(1, connections.count ?? values.conns),
    watches: driver.startLogger === undefined ? 0 : values.namespace.length,
    defaultThresholds: driverThresholds(driver),
  };
}

/** Every write must succeed. */
export function driverThresholds({ writes }: Pick<Driver, "writes">): string[] {
  return writes.map((op) => `${op}.failed.count <= 0`);
}

/** Without which no run can take place; those of a cluster-scoped kind have no namespace. */
export function objectRights(
  { kind, writes, startLogger }: Pick<Driver, "kind" | "writes" | "startLogger">,
  namespaces: readonly string[],
): NeededRight[] {
  const verbs = new Set<string>(writes.map((op) => VERBS[op]));
  // Cleaning up lists what is left, and deletes it, whatever the load does.
  verbs.add("delete").add("list");
  if (startLogger !== undefined) verbs.add("watch");
  return namespaces.flatMap((namespace) => [...verbs].map((verb) => ({ verb, kind, namespace })));
}

/** The rights on objects once their kind is known. */
export function objectPermissions(
  rights: readonly NeededRight[],
  resource: Resource,
): Permission[] {
  if (resource.namespaced) return rights.map(({ kind: _, ...right }) => ({ ...right, resource }));
  return [...new Set(rights.map(({ verb }) => verb))].map((verb) => ({ verb, resource }));
}

const NAMESPACE_RIGHTS: readonly NeededRight[] = ["get", "create", "delete"].map((verb) => ({
  verb,
  kind: NAMESPACES,
  onlyFor: "a namespace that is missing",
}));
