/** Where a tier's users are: the gateway's name tells, before anything is contacted. @module */

import { parseGatewayRef } from "../../../kube/gateway_api/gateway_ref.ts";
import type { TargetValues } from "./flags.ts";
import type { MaasTarget } from "./target.ts";

/** Source: opendatahub-io/models-as-a-service, maas-api/internal/token, `<gateway>-tier-<tier>`. */
export function tierNamespaces(
  { gateway }: Pick<TargetValues, "gateway">,
): Pick<MaasTarget, "tierNamespace"> {
  const { name } = parseGatewayRef(gateway);
  return { tierNamespace: (tier) => `${name}-tier-${tier}` };
}
