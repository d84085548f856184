/**
 * The Gateway API controller that the conformance suite asks, with its data plane: a real one or a
 * stand-in. What they have in common, so that no behaviour can tell which one it is; where real ones
 * differ, a subject says which of them it is like.
 * @module
 */

import type { Cluster } from "../../../kube/cluster.ts";
import type { Asker } from "../subject.ts";
import type { Scene } from "./scene.ts";

/** Asks the API server as one who may do everything. */
export interface GatewaySubject extends Asker {
  /** The same API server, for watches. */
  readonly cluster: Cluster;
  readonly traits: GatewayTraits;
  /** As in GatewayClass and in the status of routes. */
  readonly controllerName: string;
  readonly className: string;
  /**
   * Programmed, without routes, with one listener of this name, which is open to all namespaces. Its
   * routes are all made by the suite.
   */
  readonly gateway: { readonly namespace: string; readonly name: string };
  readonly listener: string;
  /** Of the listener in the spec. */
  readonly listenerPort: number;
  /** Where the data plane listens. */
  readonly address: string;
  readonly port: number;
  /** A Service in the Gateway's namespace, both ports of which answer with 200. */
  readonly backend: { readonly name: string; readonly ports: readonly [number, number] };
  /** How the body of its answer begins at this port of it. */
  bodyOf(port: number): string;
  /** Spec of a Service that leads to this loopback address, at which nobody has to listen. */
  backendSpec(address: string): Readonly<Record<string, unknown>>;
  /** Ends the controller, does this, and starts it again. */
  restartController(whileDown?: () => Promise<void>): Promise<void>;
}

/** In what Contour 1.33.8 and Traefik 3.7.15 differ. */
export interface GatewayTraits {
  /** What managedFields call it: the name of its binary. */
  readonly manager: string;
  /** What is said of the younger of two routes that are the same. */
  readonly twin: "refused" | "accepted";
  /** What is said of a backend that exists and has no endpoints, and what the data plane answers. */
  readonly noEndpoints: { readonly refs: string; readonly outcome: number };
  /** What the data plane answers for a backend at which nobody listens. */
  readonly deadBackend: number;
  /** What a client meets where there is no route at all. */
  readonly noRoutes: number | string;
  /** Body of the answer to a host name that no route has. */
  readonly unknownHost: string;
  /** What a route's host answers while the controller is down. */
  readonly withoutController: number | string;
  /** Whether requests fail for a moment when a route is the first to use a port of its Service. */
  readonly failsOnNewPort: boolean;
  /** Whether the status is written before the data plane changes; otherwise either may be first. */
  readonly statusLeads: boolean;
  /** Whether a route is counted that has no host name of the listener's. */
  readonly countsOtherHosts: boolean;
  /**
   * Whether it writes the conditions of a Gateway in an order by chance, and so every now and then a
   * Gateway of which nothing else is new but times.
   */
  readonly shufflesConditions: boolean;
  /** Whether it takes Gateways of its class as they come; otherwise it is told of a single one. */
  readonly takesAnyGateway: boolean;
}

export const CONTOUR_TRAITS: GatewayTraits = {
  manager: "contour",
  twin: "refused",
  noEndpoints: { refs: "True/ResolvedRefs", outcome: 503 },
  deadBackend: 503,
  noRoutes: "ECONNREFUSED",
  unknownHost: "",
  withoutController: 200,
  failsOnNewPort: true,
  statusLeads: false,
  countsOtherHosts: true,
  shufflesConditions: true,
  takesAnyGateway: false,
};

export const TRAEFIK_TRAITS: GatewayTraits = {
  manager: "traefik",
  twin: "accepted",
  noEndpoints: { refs: "False/BackendNotFound", outcome: 500 },
  deadBackend: 502,
  noRoutes: 404,
  unknownHost: "404 page not found\n",
  withoutController: "ECONNREFUSED",
  failsOnNewPort: false,
  statusLeads: true,
  countsOtherHosts: false,
  shufflesConditions: false,
  takesAnyGateway: true,
};

/** Names a behaviour, and fails unless the subject has it. */
export interface GatewayBehaviour {
  /** Where real controllers differ it names what each of them does. */
  readonly name: string;
  /** Whether it is about connections from the data plane to a backend. @default {false} */
  readonly connects?: boolean;
  readonly check: (scene: Scene, subject: GatewaySubject) => Promise<void>;
}
