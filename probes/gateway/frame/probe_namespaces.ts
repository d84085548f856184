/** Where does a probe make what? @module */

import { HTTP_ROUTES, REFERENCE_GRANTS } from "../../../kube/gateway_api/kinds.ts";
import type { NeededObjects } from "../../../kube/kubernetes_command.ts";
import type { Resource } from "../../../kube/resource.ts";
import type { GatewayValues } from "../flags.ts";
import { grantNamespaces } from "./backend.ts";
import type { GatewayProbe } from "./gateway_probe.ts";

export interface ProbeNamespaces {
  /** Each once; those of routes first. */
  readonly all: readonly string[];
  readonly ofRoutes: readonly string[];
  /** What is made, and where. */
  readonly objects: readonly (NeededObjects & Required<Pick<NeededObjects, "namespaces">>)[];
  /** Where objects of a kind are made. */
  readonly of: (kind: Resource) => string[];
}

export function namespacesOf(
  values: Pick<GatewayValues, "namespace" | "backend">,
  { namespaces = [], objects, scale }: Pick<GatewayProbe, "namespaces" | "objects" | "scale">,
): ProbeNamespaces {
  const { simulated, routeNamespaces = [] } = scale ?? {};
  const ofRoutes = [...new Set([values.namespace, ...routeNamespaces])];
  // Of a Service that routes may use by a grant there: it has to be there already.
  const granting = grantNamespaces(values, ofRoutes);
  const behind = simulated === undefined ? [] : [simulated.namespace];
  const all = [...new Set([...ofRoutes, ...namespaces, ...behind, ...granting])];
  const pilots = { kind: HTTP_ROUTES, mostAtOnce: 1, namespaces: [values.namespace] };
  const grants = { kind: REFERENCE_GRANTS, mostAtOnce: 1, namespaces: granting };
  const made = [
    pilots,
    ...objects.map((one) => ({ namespaces: ofRoutes, ...one })),
    ...(granting.length === 0 ? [] : [grants]),
  ];
  const of = (kind: Resource) => [
    ...new Set(made.filter((one) => one.kind === kind).flatMap(({ namespaces }) => namespaces)),
  ];
  return { all, ofRoutes, objects: made, of };
}
