/**
 * A tick that waits between its list of the workspaces and the first of them, past the beginning of the
 * next one, which sees the workspaces as the first did.
 * @module
 */

import { duration } from "../../../core/command/flags.ts";
import { withSettings } from "../settings.ts";
import { valuedDevWorkspaceFault } from "./dev_workspace_fault.ts";

export const tickOverlap = valuedDevWorkspaceFault({
  name: "tick-overlap",
  does: "a tick begins its work so late that the next one repeats it",
  concerns: "ticks",
  value: { is: "DURATION", kind: duration({ minMs: 1 }), default: 90_000 },
  change: (tickPauseMs, settings) => withSettings({ operator: { tickPauseMs } }, settings),
});
