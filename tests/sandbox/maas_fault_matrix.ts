/**
 * What does every maas probe say of every fault of a Models-as-a-Service installation? A command comes
 * in with its line here and with what is expected of it in maas_fault_matrix_test.ts.
 * @module
 */

import { changedTree } from "../../core/command/command_tree.ts";
import { maasCommands } from "../../probes/mod.ts";
import { withMaasSandbox } from "../../sandbox/mod.ts";
import type { FaultMatrix } from "./fault_matrix.ts";

/** Every fault; values are such that a run of a few seconds shows them. */
export const MAAS_FAULT_SWITCHES = [
  "limiter-dry",
  "auth-slow",
  "cache-off",
  "fail-open",
  "limit-on",
  "policy-reverted=3s",
  "stream-cut",
  "model-slow=1200ms",
  "model-full",
] as const;
export type MaasFaultSwitch = typeof MAAS_FAULT_SWITCHES[number];

const SHORT = [
  // Enough answers to tell 1 % from none, even of a slow model.
  "--stage-duration=8s",
  "--settle=1s",
  "--pause=0s",
  "--stream",
  "--max-tokens=4",
  "--canary-rate=5",
  // It takes a window of two minutes.
  "--prove-restore=0s",
];

export const MAAS_COMMAND_LINES = {
  "maas users": ["--ladder=15", ...SHORT],
  "maas rate": ["--ladder=60", "--accounts=20", ...SHORT],
} as const;
export type MaasCommandName = keyof typeof MAAS_COMMAND_LINES;

export const MAAS_MATRIX: FaultMatrix<MaasCommandName, MaasFaultSwitch> = {
  commands: changedTree([maasCommands], { command: withMaasSandbox }),
  lines: MAAS_COMMAND_LINES,
  faults: MAAS_FAULT_SWITCHES,
};
