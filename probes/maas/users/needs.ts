/** What provisioning asks of a cluster. @module */

import type { NeededObjects, NeededRight } from "../../../kube/kubernetes_command.ts";
import { writeRights } from "../../../kube/owned/write_rights.ts";
import { SERVICE_ACCOUNTS } from "../../../kube/resource.ts";
import type { MaasTarget } from "../target/target.ts";
import type { TierCount } from "./account_users.ts";

export interface UserNeeds {
  /** Made if they are missing. */
  readonly namespaces: readonly string[];
  readonly rights: readonly NeededRight[];
  readonly objects: readonly NeededObjects[];
}

/** Of making these users and of deleting them again. */
export function userNeeds(
  tiers: readonly TierCount[],
  { tierNamespace }: Pick<MaasTarget, "tierNamespace">,
): UserNeeds {
  const kind = SERVICE_ACCOUNTS;
  const namespaces = [...new Set(tiers.map(({ tier }) => tierNamespace(tier)))];
  const rights = [
    ...writeRights(kind, namespaces),
    ...namespaces.map((namespace) => ({ verb: "create", kind, subresource: "token", namespace })),
  ];
  const objects = tiers.map(({ tier, count }) => ({
    kind,
    mostAtOnce: count,
    namespaces: [tierNamespace(tier)],
  }));
  return { namespaces, rights, objects };
}
