/** The definitions that the sandbox of the DevWorkspace Operator has. @module */

import type { KubeObject } from "../../../kube/object.ts";
import type { OperatorProfile } from "../profile.ts";
import { DEV_WORKSPACE_DEFINITION } from "./dev_workspaces.ts";
import { operatorConfigDefinition } from "./operator_configs.ts";
import { POD_METRICS_DEFINITION } from "./pod_metrics.ts";

export function definitionsOf(
  profile: OperatorProfile,
  { hasMetrics }: { readonly hasMetrics: boolean },
): KubeObject[] {
  return [
    DEV_WORKSPACE_DEFINITION,
    operatorConfigDefinition(profile),
    ...(hasMetrics ? [POD_METRICS_DEFINITION] : []),
  ];
}
