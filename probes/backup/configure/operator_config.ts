/**
 * The operator's configuration as it has to be before anything of it is changed: there, and complete.
 * @module
 */

import { CannotRunError } from "../../../core/errors.ts";
import type { Run } from "../../../core/run/run.ts";
import type { Cluster } from "../../../kube/cluster.ts";
import { GLOBAL_CONFIG_NAME, OPERATOR_CONFIGS } from "../../../kube/devworkspace/kinds.ts";
import { fieldsOf } from "../../../kube/fields.ts";
import type { KubeObject } from "../../../kube/object.ts";
import type { Footprint } from "../../../kube/owned/footprint.ts";
import { makeObjects } from "../../../kube/owned/make_objects.ts";
import { ownerLabels, type RunIdentity } from "../../../kube/owned/ownership.ts";
import { getIfThere } from "./get_if_there.ts";

export interface OperatorConfigOptions {
  readonly cluster: Cluster;
  readonly operatorNamespace: string;
}

export function globalConfigRef(operatorNamespace: string) {
  return { namespace: operatorNamespace, name: GLOBAL_CONFIG_NAME };
}

/**
 * Undefined: there is none, which is as one that says nothing.
 * @throws {CannotRunError} for one that no change may be made to
 */
export async function globalConfig(
  run: Run,
  { cluster, operatorNamespace }: OperatorConfigOptions,
): Promise<KubeObject | undefined> {
  const ref = globalConfigRef(operatorNamespace);
  const found = await getIfThere(run, { cluster, resource: OPERATOR_CONFIGS, ref });
  if (found === undefined || isComplete(found)) return found;
  throw new CannotRunError(
    `${OPERATOR_CONFIGS.kind} ${ref.namespace}/${ref.name} has no config.workspace, which operators up ` +
      "to 0.43 need: delete it, and create it again with config.workspace: {}",
  );
}

/** Makes it for the time of the run if there is none. @throws as {@link globalConfig} */
export async function ensureGlobalConfig(
  run: Run,
  options: OperatorConfigOptions & {
    readonly identity: RunIdentity;
    readonly footprint: Footprint;
  },
): Promise<void> {
  if (await globalConfig(run, options) !== undefined) return;
  const { cluster, footprint, identity, operatorNamespace } = options;
  const config = {
    metadata: { ...globalConfigRef(operatorNamespace), labels: ownerLabels(identity) },
    config: { routing: {}, webhook: {}, workspace: {} },
  };
  const objectsOf = () => footprint.objects(OPERATOR_CONFIGS, [operatorNamespace]);
  await makeObjects(run, { cluster, objectsOf, kind: OPERATOR_CONFIGS, objects: [config] });
}

function isComplete(config: KubeObject): boolean {
  const { workspace } = fieldsOf(config["config"]);
  return typeof workspace === "object" && workspace !== null;
}
