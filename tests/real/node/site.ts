/**
 * Where do the parts of one node lie and listen? Starts nothing.
 * @module
 */

import { join } from "node:path";
import type { NodeCgroups } from "./cgroups.ts";

/** Ports that a node listens on. */
export const NODE_PORT_COUNT = 2;

/** Paths of the programs. */
export interface NodePrograms {
  /** The folder of containerd, its shim, ctr and runc. */
  readonly runtimeDir: string;
  /** The folder of the CNI plugins. */
  readonly pluginsDir: string;
  readonly kubelet: string;
  readonly pause: string;
}

/** All that a node's configuration is made of. */
export interface NodeSite {
  /** Absolute, without symbolic links. */
  readonly dir: string;
  /** A loopback address, and the node's name. */
  readonly address: string;
  /** {@link NODE_PORT_COUNT} of them, of this machine's 127.0.0.1. */
  readonly ports: readonly number[];
  readonly programs: NodePrograms;
  readonly cgroups: NodeCgroups;
  /** What the API server is to pods, as `10.0.0.1:443`, and where it is. */
  readonly api: { readonly clusterAddress: string; readonly address: string };
  /** Of the kubelet's configuration. */
  readonly kubelet: Readonly<Record<string, unknown>>;
}

/** What writes a log; the first process writes to containerd's. */
export type NodePart = "containerd" | "kubelet";

export function logFile(dir: string, part: NodePart): string {
  return join(dir, "log", `${part}.log`);
}

export function pidFile(dir: string): string {
  return join(dir, "pid", "node");
}

export function socketOf(dir: string): string {
  return join(dir, "containerd.sock");
}

/** Appears when the images are there, and lets the kubelet start. */
export function startFile(dir: string): string {
  return join(dir, "start-kubelet");
}

/** Answers 2xx as soon as the kubelet works. */
export function healthUrl({ ports }: Pick<NodeSite, "ports">): string {
  return `http://127.0.0.1:${ports[0]}/healthz`;
}

/** Addresses of 198.18.0.0/15, for benchmarking networks (RFC 2544): nobody routes them. */
const POD_RANGE_START = (198 << 24 | 18 << 16) >>> 0;
const ADDRESSES_PER_NODE = 128;

/**
 * The addresses of a node's pods. No two nodes of a machine have the same, because no two listen on the
 * same port: there are a thousand rows of ports to claim, and a thousand and more ranges.
 */
export function podRange({ ports }: Pick<NodeSite, "ports">): { subnet: string; gateway: string } {
  const first = POD_RANGE_START + Math.floor(ports[0]! / 10) % 1_000 * ADDRESSES_PER_NODE;
  return { subnet: `${dotted(first)}/25`, gateway: dotted(first + 1) };
}

function dotted(address: number): string {
  return [24, 16, 8, 0].map((bits) => address >>> bits & 0xff).join(".");
}
