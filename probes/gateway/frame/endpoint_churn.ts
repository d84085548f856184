/**
 * Endpoints of simulated Services that move: each write gives an EndpointSlice addresses that none of
 * them ever had. Decides neither when nor which.
 * @module
 */

import { given } from "../../../core/given.ts";
import { timed, type TimedContext } from "../../../core/load/timed.ts";
import type { Cluster } from "../../../kube/cluster.ts";
import type { NeededRight } from "../../../kube/kubernetes_command.ts";
import { ENDPOINT_SLICES } from "../../../kube/resource.ts";
import {
  simulatedEndpoints,
  simulatedNodeName,
  simulatedServiceName,
} from "../objects/simulated_cluster.ts";
import type { RouteScale } from "./route_scale.ts";
import type { Due } from "./route_writes.ts";

/** A write of an EndpointSlice. */
export const UPDATE_ENDPOINTS = "updateEndpoints";

type Simulated = NonNullable<RouteScale["simulated"]> & Pick<RouteScale, "hasNodes">;

/** See the module. */
export class EndpointChurn {
  readonly #cluster: Pick<Cluster, "patch">;
  readonly #simulated: Simulated;
  /** Numbers of endpoints that were given away. */
  #given: number;

  constructor(cluster: Pick<Cluster, "patch">, simulated: Simulated) {
    this.#cluster = cluster;
    this.#simulated = simulated;
    this.#given = simulated.size.services;
  }

  /** Slices that there are. */
  get slices(): number {
    return this.#simulated.size.services;
  }

  /** @param slice its number, from 1 @throws {OperationFailedError} */
  async rewrite(context: TimedContext, slice: number, { dueMs }: Due = {}): Promise<void> {
    const { namespace, size: { servicesPerNode }, hasNodes } = this.#simulated;
    const ref = { namespace, name: simulatedServiceName(slice) };
    const onNode = hasNodes
      ? { nodeName: simulatedNodeName(Math.ceil(slice / servicesPerNode)) }
      : {};
    const moved = simulatedEndpoints(++this.#given).map((one) => ({ ...one, ...onNode }));
    const body = { endpoints: moved };
    const signal = context.aborted;
    await timed(
      context,
      () => this.#cluster.patch(ENDPOINT_SLICES, ref, { body, options: { type: "merge", signal } }),
      {
        op: UPDATE_ENDPOINTS,
        ...given({ dueMs }),
      },
    );
  }
}

/** What {@link EndpointChurn} asks of a cluster. */
export function endpointChurnRights(
  { namespace }: Pick<Simulated, "namespace">,
): NeededRight[] {
  return [{ verb: "patch", kind: ENDPOINT_SLICES, namespace }];
}
