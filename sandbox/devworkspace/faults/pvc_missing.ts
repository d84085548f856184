/** Claims that somebody deletes before a tick: there is nothing left to back up. @module */

import { share } from "../../faults/fault_value.ts";
import { withSettings } from "../settings.ts";
import { valuedDevWorkspaceFault } from "./dev_workspace_fault.ts";

export const pvcMissing = valuedDevWorkspaceFault({
  name: "pvc-missing",
  does: "of the workspaces of a tick such a share has lost its claim",
  concerns: "ticks",
  value: { is: "SHARE", kind: share, default: 1 },
  change: (lostClaimsShare, settings) => withSettings({ operator: { lostClaimsShare } }, settings),
});
