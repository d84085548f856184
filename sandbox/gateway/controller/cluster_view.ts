/**
 * What the controller knows of the cluster: all objects that decide about a route, and which of what
 * routes depend on has changed.
 * @module
 */

import {
  GATEWAY_CLASSES,
  GATEWAYS,
  HTTP_ROUTES,
  REFERENCE_GRANTS,
} from "../../../kube/gateway_api/kinds.ts";
import { type KubeObject, objectKey } from "../../../kube/object.ts";
import { ENDPOINT_SLICES, SERVICES } from "../../../kube/resource.ts";
import type { KubeFeed } from "../../kube_feed.ts";
import type {
  EndpointSlice,
  Gateway,
  GatewayClass,
  HttpRoute,
  ReferenceGrant,
  Service,
} from "../objects.ts";
import { ObjectCache, type ObjectChange } from "./object_cache.ts";

interface ViewListener {
  onClass(change: ObjectChange<GatewayClass>): void;
  onGateway(change: ObjectChange<Gateway>): void;
  onRoute(change: ObjectChange<HttpRoute>): void;
  /** @param dependency as {@link DEPENDENCY} makes them */
  onDependency(dependency: string): void;
}

/** What a route may depend on, by name. */
export const DEPENDENCY = {
  gateway: (key: string) => `gateway ${key}`,
  service: (key: string) => `service ${key}`,
  grants: (namespace: string) => `grants ${namespace}`,
};

const SERVICE_LABEL = "kubernetes.io/service-name";

export class ClusterView {
  readonly classes: ObjectCache<GatewayClass>;
  readonly gateways: ObjectCache<Gateway>;
  readonly routes: ObjectCache<HttpRoute>;
  readonly services: ObjectCache<Service>;
  readonly #grants: ObjectCache<ReferenceGrant>;
  readonly #slices: ObjectCache<EndpointSlice>;
  /** By service and slice: whether it has a ready endpoint. */
  readonly #readySlices = new Map<string, Map<string, boolean>>();

  constructor(
    { feed, signal, listener }: {
      readonly feed: KubeFeed;
      readonly signal: AbortSignal;
      readonly listener: ViewListener;
    },
  ) {
    const around = { feed, signal };
    const depends = (dependency: string) => listener.onDependency(dependency);
    this.classes = new ObjectCache(GATEWAY_CLASSES, {
      ...around,
      onChange: (change) => listener.onClass(change),
    });
    this.gateways = new ObjectCache(GATEWAYS, {
      ...around,
      onChange: (change) => listener.onGateway(change),
    });
    this.routes = new ObjectCache(HTTP_ROUTES, {
      ...around,
      onChange: (change) => listener.onRoute(change),
    });
    this.services = new ObjectCache(SERVICES, {
      ...around,
      onChange: ({ key }) => depends(DEPENDENCY.service(key)),
    });
    this.#grants = new ObjectCache(REFERENCE_GRANTS, {
      ...around,
      onChange: ({ before, after }) =>
        depends(DEPENDENCY.grants((after ?? before)!.metadata.namespace ?? "")),
    });
    this.#slices = new ObjectCache(ENDPOINT_SLICES, {
      ...around,
      onChange: (change) => this.#onSlice(change, depends),
    });
  }

  /** Resolves when all is known that was there from the start. */
  async ready(): Promise<void> {
    const { classes, gateways, routes, services } = this;
    const caches = [classes, gateways, routes, services, this.#grants, this.#slices];
    await Promise.all(caches.map(({ ready }) => ready));
  }

  hasReadyEndpoint(service: string): boolean {
    return [...this.#readySlices.get(service)?.values() ?? []].includes(true);
  }

  /** Whether routes of one namespace may send to a Service of another. */
  isGranted(from: string, service: { readonly namespace: string; readonly name: string }): boolean {
    return [...this.#grants.values()].some(({ metadata, spec }) =>
      metadata.namespace === service.namespace &&
      spec.from.some(({ group, kind, namespace }) =>
        group === HTTP_ROUTES.group && kind === HTTP_ROUTES.kind && namespace === from
      ) &&
      spec.to.some(({ group, kind, name = service.name }) =>
        group === SERVICES.group && kind === SERVICES.kind && name === service.name
      )
    );
  }

  #onSlice(
    { key, before, after }: ObjectChange<EndpointSlice>,
    depends: (dependency: string) => void,
  ): void {
    const [old, young] = [before, after].map((slice) => slice && serviceOf(slice));
    if (old !== undefined && old !== young) {
      this.#readySlices.get(old)?.delete(key);
      depends(DEPENDENCY.service(old));
    }
    if (young === undefined) return;
    const slices = this.#readySlices.get(young) ?? new Map<string, boolean>();
    this.#readySlices.set(young, slices);
    const isReady = (after?.endpoints ?? []).some(({ conditions }) => conditions.ready !== false);
    if (slices.get(key) === isReady) return;
    slices.set(key, isReady);
    depends(DEPENDENCY.service(young));
  }
}

/** Key of the Service that a slice belongs to; undefined: to none. */
function serviceOf({ metadata }: KubeObject): string | undefined {
  const name = metadata.labels?.[SERVICE_LABEL];
  return name === undefined ? undefined : objectKey({ metadata: { ...metadata, name } });
}
