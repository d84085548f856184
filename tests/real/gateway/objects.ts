/**
 * Which objects make a gateway? Its class, itself and a Service to route to, in a namespace of its
 * own. Pure values; sends nothing.
 * @module
 */

import type { GatewayKind } from "./kind.ts";
import type { GatewayState } from "./state.ts";

const API_VERSION = "gateway.networking.k8s.io/v1";
const GATEWAY_API = `/apis/${API_VERSION}`;

/** Where the objects of a gateway are, and what they are called. */
export const GATEWAY_NAME = "gateway";
export const LISTENER_NAME = "http";
export const BACKEND_NAME = "backend";

/** An object to create, and in which collection. */
export interface Creation {
  readonly path: string;
  readonly body: { readonly metadata: { readonly name: string } } & Record<string, unknown>;
}

/** In the order of creation. */
export function gatewayObjects(kind: GatewayKind, state: GatewayState): readonly Creation[] {
  const { namespace, listenerPort, backend } = state;
  const metadata = { name: kind.name };
  return [
    { path: "/api/v1/namespaces", body: { metadata: { name: namespace } } },
    {
      path: `/api/v1/namespaces/${namespace}/services`,
      body: {
        metadata: { name: BACKEND_NAME },
        spec: {
          ...kind.backendSpec(backend.address),
          ports: backend.ports.map((port, index) => ({ name: `http-${index}`, port })),
        },
      },
    },
    {
      path: `${GATEWAY_API}/gatewayclasses`,
      body: {
        apiVersion: API_VERSION,
        kind: "GatewayClass",
        metadata,
        spec: { controllerName: kind.controllerName },
      },
    },
    {
      path: `${GATEWAY_API}/namespaces/${namespace}/gateways`,
      body: {
        apiVersion: API_VERSION,
        kind: "Gateway",
        metadata: { name: GATEWAY_NAME },
        spec: {
          gatewayClassName: kind.name,
          listeners: [{
            name: LISTENER_NAME,
            port: listenerPort,
            protocol: "HTTP",
            allowedRoutes: { namespaces: { from: "All" } },
          }],
        },
      },
    },
  ];
}

/** A route from a host name to the backend, to see that the gateway serves. */
export function pilotRoute(options: {
  readonly namespace: string;
  readonly host: string;
  readonly port: number;
}): Creation {
  const { namespace, host, port } = options;
  return {
    path: `${GATEWAY_API}/namespaces/${namespace}/httproutes`,
    body: {
      apiVersion: API_VERSION,
      kind: "HTTPRoute",
      metadata: { name: "pilot" },
      spec: {
        parentRefs: [{ name: GATEWAY_NAME }],
        hostnames: [host],
        rules: [{ backendRefs: [{ name: BACKEND_NAME, port }] }],
      },
    },
  };
}

/** The Gateway's own path. */
export function gatewayPath(namespace: string): string {
  return `${GATEWAY_API}/namespaces/${namespace}/gateways/${GATEWAY_NAME}`;
}
