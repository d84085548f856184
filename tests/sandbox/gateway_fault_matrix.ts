/**
 * What does every gateway probe say of every fault of the Gateway API implementation? A command comes
 * in with its line here and with what is expected of it in gateway_fault_matrix_test.ts.
 * @module
 */

import type { FaultMatrix } from "./fault_matrix.ts";

/** Every fault; values are such that a run of a few seconds shows them. */
export const GATEWAY_FAULT_SWITCHES = [
  "delay",
  "over-count",
  "under-count",
  "flapping",
  "residue",
  "missing-status",
  "foreign-rewrite",
  "lost-update",
  "unserved",
  "stale-data-plane",
  "restart-gap",
] as const;

export const GATEWAY_MATRIX: FaultMatrix<string, typeof GATEWAY_FAULT_SWITCHES[number]> = {
  commands: [],
  lines: {},
  faults: GATEWAY_FAULT_SWITCHES,
};
