/** An operator whose ticks take long, one workspace after the other. @module */

import { duration } from "../../../core/command/flags.ts";
import { withSettings } from "../settings.ts";
import { valuedDevWorkspaceFault } from "./dev_workspace_fault.ts";

export const slowSync = valuedDevWorkspaceFault({
  name: "slow-sync",
  does: "a tick spends so long on each workspace",
  concerns: "ticks",
  value: { is: "DURATION", kind: duration({ minMs: 1 }), default: 2_000 },
  change: (backupMs, settings) => withSettings({ operator: { backupMs } }, settings),
});
