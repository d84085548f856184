/**
 * The status of a Gateway, and of a GatewayClass, as this controller writes them. A write renews the
 * times of all conditions, also of those that say the same: that is how real ones do it.
 * Source: gateway-api v1.5.1, apis/v1/gateway_types.go; the words of Contour.
 * @module
 */

import { isDeepStrictEqual } from "node:util";
import { HTTP_ROUTES } from "../../../kube/gateway_api/kinds.ts";
import type { KubeObject } from "../../../kube/object.ts";
import type { Condition, Gateway, Listener } from "../objects.ts";
import { conditionOf, type Verdict, verdict } from "./verdict.ts";

export interface GatewayStatus {
  readonly addresses: readonly { readonly type: string; readonly value: string }[];
  readonly conditions: readonly Condition[];
  readonly listeners: readonly {
    readonly name: string;
    readonly attachedRoutes: number;
    readonly supportedKinds: readonly unknown[];
    readonly conditions: readonly Condition[];
  }[];
}

interface Surroundings {
  /** The address of the data plane. */
  readonly address: string;
  /** Whether the data plane listens there. */
  readonly isServed: (port: number) => boolean;
  /** By name of the listener. */
  readonly attachedRoutes: (listener: string) => number;
  /** RFC 3339. */
  readonly now: string;
}

const ROUTE_KINDS = [{ group: HTTP_ROUTES.group, kind: HTTP_ROUTES.kind }];

export function gatewayStatus(
  { metadata: { generation = 0 }, spec: { listeners } }: Gateway,
  { address, isServed, attachedRoutes, now }: Surroundings,
): GatewayStatus {
  const at = { generation, now };
  const areValid = listeners.every(({ port }) => isServed(port));
  return {
    addresses: [{ type: "IPAddress", value: address }],
    conditions: [
      verdict("Accepted", "True", "Accepted", "Gateway is accepted"),
      areValid
        ? verdict("Programmed", "True", "Programmed", "Gateway is programmed")
        : verdict("Programmed", "False", "Invalid", "Listeners are not valid"),
    ].map((one) => conditionOf(one, at)),
    listeners: listeners.map((listener) => {
      const isValid = isServed(listener.port);
      return {
        name: listener.name,
        attachedRoutes: attachedRoutes(listener.name),
        supportedKinds: isValid ? ROUTE_KINDS : [],
        conditions: listenerVerdicts(listener, isValid).map((one) => conditionOf(one, at)),
      };
    }),
  };
}

/** Of one that is not valid nothing is said of Programmed, as with real ones. */
function listenerVerdicts({ port }: Listener, isValid: boolean): Verdict[] {
  if (!isValid) {
    const why = `the data plane has no port ${port}`;
    return [verdict("Accepted", "False", "PortUnavailable", why)];
  }
  return [
    verdict("Accepted", "True", "Accepted", "Listener accepted"),
    verdict("ResolvedRefs", "True", "ResolvedRefs", "Listener references resolved"),
    verdict("Programmed", "True", "Programmed", "Valid listener"),
  ];
}

export function classStatus(
  { metadata: { generation = 0 } }: KubeObject,
  now: string,
): { readonly conditions: readonly Condition[] } {
  const accepted = verdict("Accepted", "True", "Accepted", "Valid GatewayClass");
  return { conditions: [conditionOf(accepted, { generation, now })] };
}

/** Whether two statuses differ in times at most. */
export function saysTheSame(one: unknown, other: unknown): boolean {
  return isDeepStrictEqual(withoutTimes(one), withoutTimes(other));
}

function withoutTimes(status: unknown): unknown {
  return JSON.parse(
    JSON.stringify(
      status ?? null,
      (name, value) => name === "lastTransitionTime" ? undefined : value,
    ),
  );
}
