/** What a maas probe asks of a cluster: users, limits, and what it is to find the gateway by. @module */

import { sourceRights } from "../../../kube/component/usage_reader.ts";
import type { ClusterNeeds } from "../../../kube/kubernetes_command.ts";
import { FLOW_NAME_RIGHTS } from "../../../kube/http/flow_control.ts";
import { NAMESPACE_RIGHTS } from "../../../kube/owned/namespaces.ts";
import { recordRights } from "../../../kube/owned/run_record.ts";
import { parseGatewayRef } from "../../../kube/gateway_api/gateway_ref.ts";
import type { MaasValues } from "../flags.ts";
import { limitRights } from "../policies/raise_limits.ts";
import { TARGET_RIGHTS } from "../target/discover_target.ts";
import { userNeeds } from "../users/needs.ts";
import { partSources } from "./component_flags.ts";
import { REVIEW_RIGHTS } from "./direct_reviews.ts";
import type { MaasProbe } from "./maas_probe.ts";

/** Whoever may not use the model. */
export const STRANGER = { tier: "no-access", count: 1 } as const;
/** Of canaries and first answers. */
const FRAME_SOCKETS = 8;

/** See the module; the first namespace is that of the run's record. */
export function maasNeeds(
  values: MaasValues,
  probe: Pick<MaasProbe, "tiers" | "sockets" | "rights" | "objects" | "defaultThresholds">,
): ClusterNeeds {
  const { name } = parseGatewayRef(values.gateway);
  const users = userNeeds(probe.tiers, { tierNamespace: (tier) => `${name}-tier-${tier}` });
  const stranger = userNeeds([STRANGER], { tierNamespace: () => values.namespace });
  const namespaces = [...stranger.namespaces, ...users.namespaces];
  return {
    rights: [
      ...users.rights,
      ...stranger.rights,
      ...TARGET_RIGHTS,
      ...REVIEW_RIGHTS,
      ...sourceRights(partSources(values).map(({ source }) => source)),
      ...limitRights({ isRaising: values["raise-limits"] }),
      ...probe.rights ?? [],
      ...NAMESPACE_RIGHTS,
      ...recordRights(namespaces[0]!),
      ...FLOW_NAME_RIGHTS,
    ],
    namespaces,
    createsNamespaces: true,
    objects: [...users.objects, ...stranger.objects, ...probe.objects ?? []],
    requestsPerSec: null,
    connections: values.conns,
    otherSockets: probe.sockets + FRAME_SOCKETS,
    watches: 0,
    defaultThresholds: probe.defaultThresholds,
  };
}
