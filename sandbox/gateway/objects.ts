/**
 * What the controller reads of the objects that it watches. The server has filled in the defaults, and
 * refuses what does not fit, so that nothing here is doubted.
 * Source: gateway-api v1.5.1, apis/v1.
 * @module
 */

import type { KubeObject } from "../../kube/object.ts";

export interface GatewayClass extends KubeObject {
  readonly spec: { readonly controllerName: string };
}

export interface Listener {
  readonly name: string;
  readonly port: number;
  readonly protocol: string;
  /** Absent: every host. */
  readonly hostname?: string;
  readonly allowedRoutes: { readonly namespaces: { readonly from: string } };
}

export interface Gateway extends KubeObject {
  readonly spec: { readonly gatewayClassName: string; readonly listeners: readonly Listener[] };
}

export interface ParentRef {
  readonly group: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly sectionName?: string;
  readonly port?: number;
}

export interface HeaderChange {
  readonly name: string;
  readonly value: string;
}

export interface HeaderFilter {
  readonly set?: readonly HeaderChange[];
  readonly add?: readonly HeaderChange[];
  readonly remove?: readonly string[];
}

export interface RedirectFilter {
  readonly scheme?: string;
  readonly hostname?: string;
  readonly port?: number;
  readonly path?: { readonly type: string; readonly replaceFullPath?: string };
  readonly statusCode: number;
}

export interface RouteFilter {
  readonly type: string;
  readonly responseHeaderModifier?: HeaderFilter;
  readonly requestRedirect?: RedirectFilter;
}

export interface BackendRef {
  readonly group: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly port?: number;
  readonly weight: number;
  readonly filters?: readonly RouteFilter[];
}

export interface RouteMatch {
  readonly path: { readonly type: string; readonly value: string };
  readonly method?: string;
  readonly headers?: readonly unknown[];
  readonly queryParams?: readonly unknown[];
}

export interface RouteRule {
  readonly matches: readonly RouteMatch[];
  readonly filters?: readonly RouteFilter[];
  readonly backendRefs?: readonly BackendRef[];
}

export interface HttpRoute extends KubeObject {
  readonly spec: {
    readonly hostnames?: readonly string[];
    readonly parentRefs?: readonly ParentRef[];
    readonly rules: readonly RouteRule[];
  };
  readonly status?: { readonly parents?: readonly ParentStatus[] };
}

export interface Condition {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration?: number;
  readonly lastTransitionTime: string;
}

export interface ParentStatus {
  readonly parentRef: ParentRef;
  readonly controllerName: string;
  readonly conditions: readonly Condition[];
}

export interface Service extends KubeObject {
  readonly spec: {
    readonly type: string;
    readonly ports?: readonly { readonly port: number }[];
  };
}

export interface EndpointSlice extends KubeObject {
  readonly endpoints?: readonly { readonly conditions: { readonly ready?: boolean } }[] | null;
}

export interface ReferenceGrant extends KubeObject {
  readonly spec: {
    readonly from: readonly {
      readonly group: string;
      readonly kind: string;
      readonly namespace: string;
    }[];
    readonly to: readonly {
      readonly group: string;
      readonly kind: string;
      readonly name?: string;
    }[];
  };
}
