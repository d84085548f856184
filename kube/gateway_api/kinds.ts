/**
 * The kinds of the Gateway API that the probes use.
 * Source: gateway-api, config/crd/standard.
 * @module
 */

import type { Resource } from "../resource.ts";

export const GATEWAY_GROUP = "gateway.networking.k8s.io";

export const GATEWAY_CLASSES: Resource = {
  group: GATEWAY_GROUP,
  version: "v1",
  plural: "gatewayclasses",
  kind: "GatewayClass",
  namespaced: false,
};

export const GATEWAYS: Resource = {
  group: GATEWAY_GROUP,
  version: "v1",
  plural: "gateways",
  kind: "Gateway",
  namespaced: true,
};

export const HTTP_ROUTES: Resource = {
  group: GATEWAY_GROUP,
  version: "v1",
  plural: "httproutes",
  kind: "HTTPRoute",
  namespaced: true,
};

/** v1beta1: every bundle from 1.0 to 1.6 serves it; v1 only those since 1.5. */
export const REFERENCE_GRANTS: Resource = {
  group: GATEWAY_GROUP,
  version: "v1beta1",
  plural: "referencegrants",
  kind: "ReferenceGrant",
  namespaced: true,
};
