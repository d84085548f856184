/**
 * Gateways and routes as an API server gives them, after controllers have written their statuses.
 * @module
 */

import type { KubeObject } from "../../../kube/object.ts";

export const NOW = "2026-11-03T10:00:00Z";

interface ConditionFields {
  readonly status?: string;
  readonly reason?: string;
  readonly message?: string;
  /** Null: none. */
  readonly generation?: number | null;
  readonly at?: string;
}

export function condition(type: string, fields: ConditionFields = {}): Record<string, unknown> {
  const { status = "True", reason = type, message = "", generation = 1, at = NOW } = fields;
  const observed = generation === null ? {} : { observedGeneration: generation };
  return { type, status, reason, message, lastTransitionTime: at, ...observed };
}

/** As the definition of Gateways fills it in. */
export function unwritten(type: string): Record<string, unknown> {
  return condition(type, {
    status: "Unknown",
    reason: "Pending",
    message: "Waiting for controller",
    generation: null,
    at: "1970-01-01T00:00:00Z",
  });
}

interface GatewayFields {
  readonly generation?: number;
  readonly conditions?: readonly unknown[];
  readonly listeners?: readonly unknown[];
  readonly addresses?: readonly unknown[];
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** With the listeners http, on port 80, and other, on port 8081. */
export function gateway(fields: GatewayFields = {}): KubeObject {
  const { generation = 1, conditions = [], listeners = [], addresses, metadata } = fields;
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "Gateway",
    metadata: { name: "gw", namespace: "gw", resourceVersion: "1", generation, ...metadata },
    spec: {
      gatewayClassName: "contour",
      listeners: [
        { name: "http", port: 80, protocol: "HTTP" },
        { name: "other", port: 8081, protocol: "HTTP" },
      ],
    },
    status: { conditions, listeners, ...(addresses === undefined ? {} : { addresses }) },
  };
}

export function listener(name: string, fields: Record<string, unknown> = {}) {
  return { name, supportedKinds: [], conditions: [], ...fields };
}

interface RouteFields {
  readonly generation?: number;
  readonly parentRefs?: readonly unknown[];
  readonly parents?: readonly unknown[];
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** In namespace apps, for Gateway gw/gw. */
export function route(fields: RouteFields = {}): KubeObject {
  const { generation = 1, parentRefs = [TO_GW], parents, metadata } = fields;
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: { name: "r", namespace: "apps", resourceVersion: "1", generation, ...metadata },
    spec: { parentRefs, rules: [] },
    ...(parents === undefined ? {} : { status: { parents } }),
  };
}

/** As the server completes it. */
export const TO_GW = {
  group: "gateway.networking.k8s.io",
  kind: "Gateway",
  namespace: "gw",
  name: "gw",
};

export function entry(
  controllerName: string,
  conditions: readonly unknown[] = [],
  parentRef: unknown = TO_GW,
) {
  return { controllerName, parentRef, conditions };
}
