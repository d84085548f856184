/** Where do probes make what? @module */

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
  probes: readonly Pick<GatewayProbe, "namespaces" | "scale">[],
): ProbeNamespaces {
  const further = probes.flatMap(({ namespaces = [] }) => namespaces);
  const simulated = probes.flatMap(({ scale }) => scale?.simulated?.namespace ?? []);
  const ofRoutes = [
    ...new Set([values.namespace, ...probes.flatMap(({ scale }) => scale?.routeNamespaces ?? [])]),
  ];
  const granting = grantNamespaces(values, ofRoutes);
  const all = [...new Set([...ofRoutes, ...further, ...simulated, ...granting])];
  return { all, ofRoutes, granting };
}
