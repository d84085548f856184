/** To which listeners of which Gateways is a route attached? @module */

import type { ParentRef } from "../../../kube/gateway_api/parent_ref.ts";
import { listenerFor } from "../objects/placement.ts";
import type { ReadyGateway } from "./ready_gateway.ts";

/** The parent that is this listener. */
export function parentOf({ ref }: Pick<ReadyGateway, "ref">, listener: string): ParentRef {
  return { ...ref, sectionName: listener };
}

/** Of route `index`, from 1, which is for all these Gateways: their listeners take turns. */
export function parentsOf(
  gateways: readonly Pick<ReadyGateway, "ref" | "listeners">[],
  index: number,
): ParentRef[] {
  return gateways.map((gateway) => parentOf(gateway, listenerFor(index, gateway.listeners)));
}
