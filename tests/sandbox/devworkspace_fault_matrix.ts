/**
 * What does the backup probe say of every fault around the DevWorkspace Operator? Simulated, so that
 * minutes of it take none.
 * @module
 */

import { changedTree } from "../../core/command/command_tree.ts";
import { backupCommands } from "../../probes/mod.ts";
import { withDevWorkspaceSandbox } from "../../sandbox/mod.ts";
import type { FaultMatrix } from "./fault_matrix.ts";

/** Every fault; values are such that a run of some minutes shows them. */
export const DEV_WORKSPACE_FAULT_SWITCHES = [
  "registry-unreachable",
  "secret-unlabelled",
  "operator-crash",
  "tick-overlap",
  "slow-sync=30s",
  "pvc-missing",
] as const;
export type DevWorkspaceFaultSwitch = typeof DEV_WORKSPACE_FAULT_SWITCHES[number];

export const DEV_WORKSPACE_COMMAND_LINES = {
  "backup run": [
    "--simulate",
    // As many as a percentile needs.
    "--max-devworkspaces=20",
    "--backup-wait-minutes=6",
    "--max-restore-samples=2",
  ],
} as const;
export type DevWorkspaceCommandName = keyof typeof DEV_WORKSPACE_COMMAND_LINES;

export const DEV_WORKSPACE_MATRIX: FaultMatrix<DevWorkspaceCommandName, DevWorkspaceFaultSwitch> = {
  commands: changedTree([backupCommands], {
    command: (one, fullName) => one.name === "run" ? withDevWorkspaceSandbox(one, fullName) : one,
  }),
  lines: DEV_WORKSPACE_COMMAND_LINES,
  faults: DEV_WORKSPACE_FAULT_SWITCHES,
  runsAtOnce: 1,
};
