/**
 * A tick that works only once the next one has begun, which sees the workspaces as the first did: both
 * back them up.
 * @module
 */

import { withSettings } from "../settings.ts";
import { devWorkspaceFault } from "./dev_workspace_fault.ts";

export const tickOverlap = devWorkspaceFault({
  name: "tick-overlap",
  does: "a tick, one of them, lasts into the next one, which repeats it",
  concerns: "ticks",
  isOnce: true,
  change: (settings) => withSettings({ operator: { waitsForNextTick: true } }, settings),
});
