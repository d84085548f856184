/** Every fault around the DevWorkspace Operator, in the order of the help: registry, operator, volumes. @module */

import type { DevWorkspaceFaultKind } from "./dev_workspace_fault.ts";
import { operatorCrash } from "./operator_crash.ts";
import { pvcMissing } from "./pvc_missing.ts";
import { registryUnreachable } from "./registry_unreachable.ts";
import { secretUnlabelled } from "./secret_unlabelled.ts";
import { slowSync } from "./slow_sync.ts";
import { tickOverlap } from "./tick_overlap.ts";

export const DEV_WORKSPACE_FAULTS: readonly DevWorkspaceFaultKind[] = [
  registryUnreachable,
  secretUnlabelled,
  operatorCrash,
  tickOverlap,
  slowSync,
  pvcMissing,
];
