/** Where does a probe make what? @module */

import type { GatewayValues } from "../flags.ts";
import { grantNamespaces } from "./backend.ts";
import type { GatewayProbe } from "./gateway_probe.ts";

export interface ProbeNamespaces {
  /** Each once; those of routes first. */
  readonly all: readonly string[];
  readonly ofRoutes: readonly string[];
  /** Of a Service that routes may use by a grant there: it has to be there already. */
  readonly granting: readonly string[];
}

export function namespacesOf(
  values: Pick<GatewayValues, "namespace" | "backend">,
  { namespaces = [], scale }: Pick<GatewayProbe, "namespaces" | "scale">,
): ProbeNamespaces {
  const { simulated, routeNamespaces = [] } = scale ?? {};
  const ofRoutes = [...new Set([values.namespace, ...routeNamespaces])];
  const granting = grantNamespaces(values, ofRoutes);
  const behind = simulated === undefined ? [] : [simulated.namespace];
  const all = [...new Set([...ofRoutes, ...namespaces, ...behind, ...granting])];
  return { all, ofRoutes, granting };
}
