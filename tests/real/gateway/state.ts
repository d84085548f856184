/**
 * What must another process know of the gateways in a cluster's directory? One file for each.
 * @module
 */

import { join } from "node:path";
import type { Component } from "../components.ts";
import type { RunDir } from "../run_dir.ts";
import {
  GATEWAY_NAMES,
  type GatewayName,
  type GatewayProcessName,
  type GatewayUrls,
} from "./kind.ts";

/** A gateway that was started, dead or alive. */
export interface GatewayState {
  readonly name: GatewayName;
  readonly controllerName: string;
  readonly namespace: string;
  /** Name of the Gateway. */
  readonly gateway: string;
  /** Name of its only listener. */
  readonly listener: string;
  /** That of the listener in the Gateway's spec, to which Contour adds 8000. */
  readonly listenerPort: number;
  /** Where the data plane listens. */
  readonly address: string;
  readonly port: number;
  /** A Service in the namespace, both ports of which answer. */
  readonly backend: {
    readonly name: string;
    readonly address: string;
    readonly ports: readonly [number, number];
  };
  readonly metricsUrls: GatewayUrls;
  /** In the order of start: the backend, the controller, and the data plane if it is another. */
  readonly processes: readonly Component<GatewayProcessName>[];
}

/** Makes the folder for files of gateways, too. */
export function gatewayDir(dir: RunDir): string {
  const path = dir.path("gateway");
  Deno.mkdirSync(path, { recursive: true });
  return path;
}

export function writeGateway(dir: RunDir, state: GatewayState): void {
  const text = JSON.stringify(state, null, 2);
  Deno.writeTextFileSync(stateFile(dir, state.name), text, { mode: 0o600 });
}

/** Those that were started, in a fixed order. */
export function gatewaysIn(dir: RunDir): GatewayState[] {
  return GATEWAY_NAMES.flatMap((name) => {
    try {
      return [JSON.parse(Deno.readTextFileSync(stateFile(dir, name))) as GatewayState];
    } catch {
      return [];
    }
  });
}

export function forgetGateway(dir: RunDir, name: GatewayName): void {
  try {
    Deno.removeSync(stateFile(dir, name));
  } catch {
    // It went with the cluster's directory.
  }
}

function stateFile(dir: RunDir, name: GatewayName): string {
  return join(dir.path("gateway"), `${name}.json`);
}
