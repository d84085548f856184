/**
 * Lays the cluster that is simulated behind the routes, as a stage that is recorded and not judged.
 * Everything is registered to be deleted by itself.
 * @module
 */

import type { Run } from "../../../core/run/run.ts";
import { runStage } from "../../../core/run/run_stage.ts";
import { REFERENCE_GRANTS } from "../../../kube/gateway_api/kinds.ts";
import type { KubeObject } from "../../../kube/object.ts";
import { ownerLabels } from "../../../kube/owned/ownership.ts";
import { ENDPOINT_SLICES, NODES, type Resource, SERVICES } from "../../../kube/resource.ts";
import { referenceGrants } from "../objects/reference_grant.ts";
import { simulatedNode, simulatedService, simulatedSlice } from "../objects/simulated_cluster.ts";
import type { Scene } from "./gateway_probe.ts";
import { makeObjects } from "../../../kube/owned/make_objects.ts";
import type { RouteScale } from "./route_scale.ts";

/** @throws what the server refuses it for */
export async function laySimulated(
  run: Run,
  place: Pick<Scene, "cluster" | "identity" | "objectsOf">,
  scale: RouteScale,
): Promise<void> {
  const stage = {
    name: "simulate",
    kind: "preparing",
    level: null,
    targetRatePerSec: null,
  } as const;
  await runStage(run, stage, async (stage) => {
    await stage.begin();
    for (const [kind, objects] of simulatedObjects(place, scale)) {
      // Cleaning up looks for every kind that was named, which takes a right to do so.
      if (objects.length === 0) continue;
      await makeObjects(stage, { ...place, kind, objects });
    }
  });
}

function simulatedObjects(
  { identity }: Pick<Scene, "identity">,
  { simulated, routeNamespaces, hasGrants, hasNodes }: RouteScale,
): [Resource, KubeObject[]][] {
  const { namespace, size } = simulated!;
  const labels = ownerLabels(identity);
  const place = { namespace, labels };
  const many = <T>(count: number, make: (index: number) => T) =>
    Array.from({ length: count }, (_, index) => make(index + 1));
  const onNodes = hasNodes ? { servicesPerNode: size.servicesPerNode } : {};
  // Grants first: a route without one is refused its backend until it is looked at again.
  const grants = hasGrants ? referenceGrants({ namespace, routeNamespaces, labels }) : [];
  const nodes = hasNodes ? many(size.nodes, (index) => simulatedNode(index, labels)) : [];
  return [
    [REFERENCE_GRANTS, grants],
    [NODES, nodes],
    [SERVICES, many(size.services, (index) => simulatedService(index, place))],
    [
      ENDPOINT_SLICES,
      many(size.services, (index) => simulatedSlice(index, { ...place, ...onNodes })),
    ],
  ];
}
