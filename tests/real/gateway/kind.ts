/**
 * What does a Gateway API controller consist of that runs beside a control plane of tests/real? The
 * table that contour.ts and traefik.ts fill in. Starts nothing.
 * @module
 */

import type { Component } from "../components.ts";
import type { Programs } from "../require_control_plane.ts";
import type { RunDir } from "../run_dir.ts";

export const GATEWAY_NAMES = ["contour", "traefik"] as const;
export type GatewayName = typeof GATEWAY_NAMES[number];
/** Its processes; the data plane of Traefik is Traefik. */
export type GatewayProcessName = GatewayName | "envoy" | `${GatewayName}-backend`;

/** How fast a controller may be; its own default where nothing is said. */
export interface GatewayPace {
  /** Requests to the API server, per s. */
  readonly qps?: number;
  /** From one change of Traefik's data plane to the next at least, ms; Contour has none. */
  readonly throttleMs?: number;
}

/** Where a controller is to run. */
export interface GatewaySite {
  readonly dir: RunDir;
  readonly kubeconfig: string;
  /** Of the Gateway. */
  readonly namespace: string;
  readonly gateway: string;
  /** A loopback address of its own, on which everything of it listens. */
  readonly address: string;
  /** As many as the kind asks for. */
  readonly ports: readonly number[];
  /** Path of a program by the name of its binary or wheel. */
  readonly program: (name: string) => string;
  readonly pace: GatewayPace;
}

/** How it runs there. */
export interface GatewayLayout {
  /** What the Gateway's listener has to say. */
  readonly listenerPort: number;
  /** Where the data plane then listens. */
  readonly dataPlanePort: number;
  /** In the order of start; the controller is the first. */
  readonly processes: readonly Component<GatewayProcessName>[];
  /** Prometheus text. */
  readonly metricsUrls: GatewayUrls;
}

/** The same where one process is both. */
export interface GatewayUrls {
  readonly controller: string;
  readonly dataPlane: string;
}

export interface GatewayKind {
  readonly name: GatewayName;
  /** As in GatewayClass. */
  readonly controllerName: string;
  /** What has to be had besides the control plane. */
  readonly programs: Programs;
  /** At most 9. */
  readonly portCount: number;
  /** Folders with resource definitions that it needs besides those of the Gateway API. */
  readonly ownDefinitions: () => Promise<readonly string[]>;
  /** Makes the files that it reads at its start. */
  readonly layout: (site: GatewaySite) => Promise<GatewayLayout>;
  /** The Service spec with which it finds a backend at a loopback address. */
  readonly backendSpec: (address: string) => Readonly<Record<string, unknown>>;
}
