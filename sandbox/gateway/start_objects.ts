/**
 * What is in the sandbox of the Gateway API before anybody has used it: the definitions, a class, two
 * Gateways with a port each, and a backend.
 * @module
 */

import { GATEWAY_CLASSES, GATEWAYS } from "../../kube/gateway_api/kinds.ts";
import type { KubeObject } from "../../kube/object.ts";
import {
  CUSTOM_RESOURCE_DEFINITIONS,
  ENDPOINT_SLICES,
  type Resource,
  SERVICES,
} from "../../kube/resource.ts";
import type { ApiHandler } from "../faults/fault.ts";
import { createObject } from "../start_object.ts";
import { DEFINITIONS } from "./definitions/mod.ts";
import { CONTROLLER_NAME } from "./options.ts";

export const START_NAMESPACE = "gateways";
/** In the namespace; the second is there for what goes to several at once. */
export const START_GATEWAYS = ["sandbox", "other"] as const;
export const START_BACKEND = { name: "backend", ports: [80, 8080] } as const;
export const CLASS = "sandbox";
/** The only one of each Gateway. */
export const LISTENER = "http";

/** @param ports of the Gateways */
export async function createStartObjects(
  kube: ApiHandler,
  ports: readonly number[],
): Promise<void> {
  const post = (resource: Resource, object: KubeObject) => createObject(kube, resource, object);
  await createDefinitions(kube);
  await post(GATEWAY_CLASSES, {
    metadata: { name: CLASS },
    spec: { controllerName: CONTROLLER_NAME },
  });
  for (const [index, name] of START_GATEWAYS.entries()) {
    await post(GATEWAYS, gatewayOf(name, ports[index]!));
  }
  await post(SERVICES, {
    metadata: { name: START_BACKEND.name, namespace: START_NAMESPACE },
    spec: { ports: START_BACKEND.ports.map((port) => ({ name: `http-${port}`, port })) },
  });
  await post(ENDPOINT_SLICES, {
    metadata: {
      name: START_BACKEND.name,
      namespace: START_NAMESPACE,
      labels: { "kubernetes.io/service-name": START_BACKEND.name },
    },
    addressType: "IPv4",
    // Of the range for documentation (RFC 5737): it is the data plane itself that answers for it.
    endpoints: [{ addresses: ["192.0.2.1"], conditions: { ready: true } }],
    ports: START_BACKEND.ports.map((port) => ({ name: `http-${port}`, port })),
  });
}

export async function createDefinitions(kube: ApiHandler): Promise<void> {
  for (const one of DEFINITIONS) await createObject(kube, CUSTOM_RESOURCE_DEFINITIONS, one);
}

function gatewayOf(name: string, port: number): KubeObject {
  return {
    metadata: { name, namespace: START_NAMESPACE },
    spec: {
      gatewayClassName: CLASS,
      listeners: [{
        name: LISTENER,
        protocol: "HTTP",
        port,
        allowedRoutes: { namespaces: { from: "All" } },
      }],
    },
  };
}
