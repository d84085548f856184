/**
 * The grants by which routes may use Services of another namespace.
 * Source: gateway-api, apis/v1beta1/referencegrant_types.go.
 * @module
 */

import { GATEWAY_GROUP, HTTP_ROUTES } from "../../../kube/gateway_api/kinds.ts";
import type { KubeObject } from "../../../kube/object.ts";
import { SERVICES } from "../../../kube/resource.ts";

/** Of one grant, by its definition. */
const MOST_NAMESPACES = 16;

export interface GrantFields {
  /** Of the Services, and so of the grants. */
  readonly namespace: string;
  /** Where the routes are; for their own namespace none is needed, and none is made. */
  readonly routeNamespaces: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/** As many as it takes: `routes-to-services-1` and so on. */
export function referenceGrants(
  { namespace, routeNamespaces, labels }: GrantFields,
): KubeObject[] {
  const others = routeNamespaces.filter((one) => one !== namespace);
  const count = Math.ceil(others.length / MOST_NAMESPACES);
  return Array.from({ length: count }, (_, index) => ({
    metadata: { name: `routes-to-services-${index + 1}`, namespace, labels },
    spec: {
      from: others.slice(index * MOST_NAMESPACES, (index + 1) * MOST_NAMESPACES).map((from) => ({
        group: GATEWAY_GROUP,
        kind: HTTP_ROUTES.kind,
        namespace: from,
      })),
      to: [{ group: SERVICES.group, kind: SERVICES.kind }],
    },
  }));
}
