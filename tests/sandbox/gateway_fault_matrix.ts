/**
 * What does every gateway probe say of every fault of the Gateway API implementation? A command comes
 * in with its line here and with what is expected of it in gateway_fault_matrix_test.ts.
 * @module
 */

import { changedTree } from "../../core/command/command_tree.ts";
import { gatewayCommands } from "../../probes/mod.ts";
import { withGatewaySandbox } from "../../sandbox/mod.ts";
import type { FaultMatrix } from "./fault_matrix.ts";

/** Every fault; values are such that a run of a few seconds shows them. */
export const GATEWAY_FAULT_SWITCHES = [
  "delay",
  "over-count",
  "under-count",
  "flapping",
  "residue",
  "missing-status=1",
  "foreign-rewrite=replace,share=1",
  "lost-update=1",
  "unserved",
  "stale-data-plane",
  "restart-gap",
] as const;
export type GatewayFaultSwitch = typeof GATEWAY_FAULT_SWITCHES[number];

export const GATEWAY_COMMAND_LINES = {
  "gateway attached-routes": [
    "--routes=20",
    "--repeat=6",
    "--simulate=none",
    "--hold=1s",
    // Longer than a tick of `delay`.
    "--timeout=3s",
  ],
  // Long enough for the second restart, which comes after 3 s.
  "gateway propagation": ["--routes=20", "--rate=5/s", "--limit=1s", "--timeout=2500ms"],
  "gateway route-change": ["--changes=20", "--connection=kept", "--limit=1s", "--timeout=2500ms"],
  "gateway route-load": [
    "--routes=20",
    "--sample=10",
    "--idle=4s",
    // Longer than the count stays as it is with `flapping`.
    "--hold=600ms",
    "--churn-rate=normal:10/s",
    "--endpoint-churn-rate=5/s",
    "--duration=2s",
    "--timeout=1500ms",
  ],
  "gateway churn": [
    "--routes=10",
    "--checkpoints=3",
    "--checkpoint-period=1500ms",
    "--cycle-period=300ms",
    "--serve-within=700ms",
    "--ready-timeout=4s",
  ],
  "gateway traffic": ["--rate=50/s", "--duration=4s", "--connections=4", "--ready-timeout=4s"],
} as const;
export type GatewayCommandName = keyof typeof GATEWAY_COMMAND_LINES;

export const GATEWAY_MATRIX: FaultMatrix<GatewayCommandName, GatewayFaultSwitch> = {
  commands: changedTree([gatewayCommands], { command: withGatewaySandbox }),
  lines: GATEWAY_COMMAND_LINES,
  faults: GATEWAY_FAULT_SWITCHES,
};
