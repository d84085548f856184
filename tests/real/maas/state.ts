/**
 * What must another process know of the chain in a cluster's directory?
 * @module
 */

import type { Component } from "../components.ts";
import type { RunDir } from "../run_dir.ts";
import { maasFile, type MaasProcessName } from "./parts.ts";

/** A chain that was started, dead or alive. */
export interface MaasState {
  /** As clients name the gateway. */
  readonly host: string;
  /** Where it answers with and without TLS. */
  readonly address: string;
  readonly port: number;
  readonly tlsPort: number;
  /** From its first slash to the model's `/v1`. */
  readonly modelPath: string;
  readonly model: string;
  /** Whether there is a limiter. */
  readonly hasLimits: boolean;
  /** Where the parts tell of themselves. */
  readonly urls: {
    /** Envoy's admin pages. */
    readonly gateway: string;
    readonly auth: string;
    readonly limits: string;
    readonly model: string;
  };
  /** In the order of start. */
  readonly processes: readonly Component<MaasProcessName>[];
}

export function writeMaas(dir: RunDir, state: MaasState): void {
  Deno.writeTextFileSync(stateFile(dir), JSON.stringify(state, null, 2), { mode: 0o600 });
}

/** The one that was started. */
export function maasIn(dir: RunDir): MaasState | undefined {
  try {
    return JSON.parse(Deno.readTextFileSync(dir.path("maas/maas.json")));
  } catch {
    return undefined;
  }
}

export function forgetMaas(dir: RunDir): void {
  try {
    Deno.removeSync(stateFile(dir));
  } catch {
    // It went with the cluster's directory.
  }
}

function stateFile(dir: RunDir): string {
  return maasFile(dir, "maas.json");
}
