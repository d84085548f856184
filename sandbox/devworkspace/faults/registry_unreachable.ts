/** A registry that a share of the backups does not reach: their pods fail, and are tried again. @module */

import { share } from "../../faults/fault_value.ts";
import { withSettings } from "../settings.ts";
import { valuedDevWorkspaceFault } from "./dev_workspace_fault.ts";

export const registryUnreachable = valuedDevWorkspaceFault({
  name: "registry-unreachable",
  does: "of the backup pods such a share does not find the registry",
  concerns: "backup pods",
  value: { is: "SHARE", kind: share, default: 1 },
  change: (unreachableShare, settings) =>
    withSettings({ registry: { unreachableShare } }, settings),
});
