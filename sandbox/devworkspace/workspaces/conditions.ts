/**
 * What does the operator say of a workspace in each phase?
 * Source: devfile/devworkspace-operator, controllers/workspace/status.go and condition.go.
 * @module
 */

import { conditionIn, conditionsOf } from "../../../kube/condition.ts";
import type { WorkspacePhase } from "../../../kube/devworkspace/workspace.ts";
import type { KubeObject } from "../../../kube/object.ts";

/** In the order in which they are written. */
const STEPS = [
  "DevWorkspaceResolved",
  "StorageReady",
  "RoutingReady",
  "ServiceAccountReady",
  "PullSecretsReady",
  "DeploymentReady",
  "Ready",
];

interface Said {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly message: string;
}

/** The whole status, with the times of conditions that stay as they were. @param now RFC 3339 */
export function statusIn(
  phase: WorkspacePhase,
  { object, message, now }: {
    readonly object: KubeObject;
    readonly message: string;
    readonly now: string;
  },
): unknown {
  const before = conditionsOf(object["status"]);
  const conditions = saidIn(phase, message).map((said) => {
    const last = conditionIn(before, said.type);
    const isSame = last?.status === said.status && last.message === said.message;
    return { reason: "", ...said, lastTransitionTime: isSame ? last.lastTransitionTime : now };
  });
  return { phase, message, conditions };
}

function saidIn(phase: WorkspacePhase, message: string): Said[] {
  const steps = (status: Said["status"]) => STEPS.map((type) => ({ type, status, message: "" }));
  const started = (status: Said["status"], text: string): Said => ({
    type: "Started",
    status,
    message: text,
  });
  switch (phase) {
    case "Starting":
      return [started("True", "DevWorkspace is starting"), ...steps("Unknown")];
    case "Running":
      return [started("True", "DevWorkspace is starting"), ...steps("True")];
    case "Failing":
      return [
        started("True", "DevWorkspace is starting"),
        ...steps("Unknown"),
        { type: "FailedStart", status: "True", message },
      ];
    case "Failed":
      return [
        started("False", "Workspace stopped due to error"),
        ...steps("Unknown"),
        { type: "FailedStart", status: "True", message },
      ];
    case "Stopped":
      return [started("False", "Workspace is stopped"), ...steps("Unknown")];
    default:
      return [started("Unknown", ""), ...steps("Unknown")];
  }
}
