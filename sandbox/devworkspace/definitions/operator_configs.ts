/**
 * DevWorkspaceOperatorConfig, as far as commands meet it. `config` is at its top: it has no spec.
 * Source: devfile/devworkspace-operator, deploy/templates/crd/bases.
 * @module
 */

import { OPERATOR_CONFIGS } from "../../../kube/devworkspace/kinds.ts";
import type { KubeObject } from "../../../kube/object.ts";
import { customDefinition } from "../../custom_definition.ts";
import type { OperatorProfile } from "../profile.ts";

export function operatorConfigDefinition(
  { defaultSchedule, defaultBackoffLimit }: OperatorProfile,
): KubeObject {
  const backupCronJob = {
    type: "object",
    required: ["registry"],
    properties: {
      enable: {},
      schedule: { default: defaultSchedule },
      backoffLimit: { default: defaultBackoffLimit, minimum: 0 },
      registry: {
        type: "object",
        required: ["path"],
        properties: { path: {}, authSecret: {} },
      },
      oras: { type: "object", properties: { extraArgs: {} } },
    },
  } as const;
  return customDefinition(OPERATOR_CONFIGS, {
    shortNames: ["dwoc"],
    schema: {
      properties: {
        config: { properties: { workspace: { properties: { backupCronJob } } } },
        status: { type: "object", properties: { lastBackupTime: {} } },
      },
    },
  });
}
