/**
 * What has to be allowed to a user who puts a load on from pods: to make and remove what they consist
 * of, to read what they tell, and to hand on the rights that the load takes. Asks, and grants nothing.
 * Source: Kubernetes, "Using RBAC Authorization", privilege escalation prevention.
 * @module
 */

import type { Cluster } from "../cluster.ts";
import type { NeededRight } from "../kubernetes_command.ts";
import { scopesOf } from "../manifests/rbac.ts";
import { writeRights } from "../owned/write_rights.ts";
import {
  CLUSTER_ROLE_BINDINGS,
  CLUSTER_ROLES,
  CONFIG_MAPS,
  JOBS,
  PODS,
  type Resource,
  ROLE_BINDINGS,
  ROLES,
  SECRETS,
  SERVICE_ACCOUNTS,
} from "../resource.ts";
import { missingPermissions, type Permission, permissionsOf } from "../server/access.ts";

/** What hosting pods asks of a cluster, beside the rights that are handed on. */
export function hostingRights(namespace: string): NeededRight[] {
  const inPlace = (verb: string, kind: Resource, subresource?: string): NeededRight => ({
    verb,
    kind,
    namespace,
    ...(subresource === undefined ? {} : { subresource }),
  });
  return [
    ...[JOBS, SECRETS, CONFIG_MAPS].flatMap((kind) => writeRights(kind, [namespace])),
    ...["get", "patch"].map((verb) => inPlace(verb, JOBS)),
    inPlace("patch", CONFIG_MAPS),
    ...["list", "watch", "delete"].map((verb) => inPlace(verb, PODS)),
    inPlace("get", PODS, "log"),
  ];
}

/** What making a service account with these rights asks of a cluster. */
export function accountRights(
  namespace: string,
  handedOn: readonly NeededRight[],
): NeededRight[] {
  const places = scopesOf(handedOn);
  const inside = places.filter((place) => place !== "");
  const clusterWide = places.includes("") ? [CLUSTER_ROLES, CLUSTER_ROLE_BINDINGS] : [];
  return [
    ...writeRights(SERVICE_ACCOUNTS, [namespace]),
    ...[ROLES, ROLE_BINDINGS].flatMap((kind) => writeRights(kind, inside)),
    ...clusterWide.flatMap((kind) => writeRights(kind, [])),
  ];
}

/** Of the rights that are to be handed on, what this user may and may not. */
interface HandedOn {
  /** Those that the load needs, be they missing, and those of the others that can be had. */
  readonly rights: readonly NeededRight[];
  /** What stands against those that it needs. */
  readonly missing: readonly Permission[];
}

/**
 * Nobody can hand on what he may not do himself, unless he may escalate and bind. What a load only
 * makes use of is left out where it cannot be handed on.
 * @param rights of kinds that are known
 */
export async function handedOn(
  cluster: Cluster,
  rights: readonly (NeededRight & { readonly kind: Resource })[],
  options: { readonly signal?: AbortSignal } = {},
): Promise<HandedOn> {
  const permissionOf = (right: NeededRight) => permissionsOf([right], () => right.kind as Resource);
  const asked = rights.map((right) => ({ right, permission: permissionOf(right)[0]! }));
  const missing = new Set(
    await missingPermissions(cluster, asked.map(({ permission }) => permission), options),
  );
  if (missing.size === 0 || await mayEscalate(cluster, rights, options)) {
    return { rights, missing: [] };
  }
  const isNeeded = ({ right }: typeof asked[number]) => right.onlyFor === undefined;
  const isMissing = ({ permission }: typeof asked[number]) => missing.has(permission);
  return {
    rights: asked.filter((one) => isNeeded(one) || !isMissing(one)).map(({ right }) => right),
    missing: asked.filter((one) => isNeeded(one) && isMissing(one))
      .map(({ permission }) => permission),
  };
}

async function mayEscalate(
  cluster: Cluster,
  rights: readonly NeededRight[],
  options: { readonly signal?: AbortSignal },
): Promise<boolean> {
  const permissions = scopesOf(rights).flatMap((namespace) =>
    (["escalate", "bind"] as const).map((verb): Permission =>
      namespace === "" ? { verb, resource: CLUSTER_ROLES } : { verb, resource: ROLES, namespace }
    )
  );
  return (await missingPermissions(cluster, permissions, options)).length === 0;
}
