/**
 * The objects that the suite makes, and the parts of them that it looks at. Pure.
 * @module
 */

import { GATEWAY_GROUP } from "../../../kube/gateway_api/kinds.ts";

export const GATEWAY_API = `/apis/${GATEWAY_GROUP}/v1`;
const API_VERSION = `${GATEWAY_GROUP}/v1`;

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly lastTransitionTime: string;
  readonly observedGeneration?: number;
}

export interface ListenerStatus {
  readonly name: string;
  readonly attachedRoutes: number;
  readonly supportedKinds: readonly unknown[];
  readonly conditions: readonly Condition[];
}

export interface GatewayStatus {
  readonly addresses?: readonly { readonly value: string }[];
  readonly conditions?: readonly Condition[];
  readonly listeners?: readonly ListenerStatus[];
}

export interface SeenGateway {
  readonly status?: GatewayStatus;
}

export interface ParentStatus {
  readonly controllerName: string;
  readonly parentRef: { readonly name: string };
  readonly conditions: readonly Condition[];
}

export interface SeenRoute {
  readonly metadata: { readonly generation: number };
  readonly spec: { readonly rules: readonly Readonly<Record<string, unknown>>[] };
  readonly status?: { readonly parents: readonly ParentStatus[] };
}

export interface Parent {
  readonly name: string;
  readonly namespace: string;
  readonly sectionName?: string;
}

export interface RouteSpec {
  readonly parents: readonly Parent[];
  readonly hosts: readonly string[];
  readonly backend: {
    readonly name: string;
    readonly port: number;
    readonly namespace?: string;
  };
}

export function routeObject(name: string, spec: RouteSpec) {
  return {
    apiVersion: API_VERSION,
    kind: "HTTPRoute",
    metadata: { name },
    spec: {
      parentRefs: spec.parents,
      hostnames: spec.hosts,
      rules: [{
        matches: [{ path: { type: "PathPrefix", value: "/" } }],
        backendRefs: [spec.backend],
      }],
    },
  };
}

export interface ListenerSpec {
  readonly name: string;
  readonly port: number;
  readonly hostname?: string;
  /** "All" unless given. */
  readonly from?: "All" | "Same";
}

export function listenerObject({ name, port, hostname, from = "All" }: ListenerSpec) {
  return {
    name,
    port,
    protocol: "HTTP",
    ...(hostname === undefined ? {} : { hostname }),
    allowedRoutes: { namespaces: { from } },
  };
}

export function gatewayObject(
  name: string,
  { className, listener }: { className: string; listener: ListenerSpec },
) {
  return {
    apiVersion: API_VERSION,
    kind: "Gateway",
    metadata: { name },
    spec: { gatewayClassName: className, listeners: [listenerObject(listener)] },
  };
}

export function routesOf(namespace: string): string {
  return `${GATEWAY_API}/namespaces/${namespace}/httproutes`;
}

export function gatewaysOf(namespace: string): string {
  return `${GATEWAY_API}/namespaces/${namespace}/gateways`;
}

/** "True/Accepted"; undefined: there is no such condition. */
export function said(conditions: readonly Condition[] | undefined, type: string) {
  const found = conditions?.find((condition) => condition.type === type);
  return found === undefined ? undefined : `${found.status}/${found.reason}`;
}
