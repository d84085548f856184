/** Claims that somebody deletes when their workspaces are stopped: there is nothing left to back up. @module */

import { share } from "../../faults/fault_value.ts";
import { withSettings } from "../settings.ts";
import { valuedDevWorkspaceFault } from "./dev_workspace_fault.ts";

export const pvcMissing = valuedDevWorkspaceFault({
  name: "pvc-missing",
  does: "of the workspaces that are stopped such a share loses its claim",
  concerns: "stopped workspaces",
  value: { is: "SHARE", kind: share, default: 1 },
  change: (lostClaimsShare, settings) => withSettings({ cluster: { lostClaimsShare } }, settings),
});
