/**
 * What must another process know of the DevWorkspace Operator in a cluster's directory?
 * @module
 */

import type { Component } from "../components.ts";
import type { RunDir } from "../run_dir.ts";
import type { OperatorName } from "./operator.ts";

/** An operator that was started, dead or alive. */
export interface DevWorkspaceState {
  /** Where its configuration is. */
  readonly namespace: string;
  readonly metricsUrl: string;
  readonly processes: readonly Component<OperatorName>[];
}

const STATE_FILE = "devworkspace.json";

export function writeDevWorkspace(dir: RunDir, state: DevWorkspaceState): void {
  Deno.writeTextFileSync(dir.path(STATE_FILE), JSON.stringify(state, null, 2), { mode: 0o600 });
}

/** The one that was started. */
export function devWorkspaceIn(dir: RunDir): DevWorkspaceState | undefined {
  try {
    return JSON.parse(Deno.readTextFileSync(dir.path(STATE_FILE)));
  } catch {
    return undefined;
  }
}

export function forgetDevWorkspace(dir: RunDir): void {
  try {
    Deno.removeSync(dir.path(STATE_FILE));
  } catch {
    // It went with the cluster's directory.
  }
}
