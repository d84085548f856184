/** Is the operator where it is said to be, as far as its configuration tells? @module */

import { CannotRunError } from "../../../core/errors.ts";
import type { Run } from "../../../core/run/run.ts";
import { GLOBAL_CONFIG_NAME, OPERATOR_CONFIGS } from "../../../kube/devworkspace/kinds.ts";
import { backupCronJobOf } from "../../../kube/devworkspace/operator_config.ts";
import type { KubeObject } from "../../../kube/object.ts";
import { NAMESPACES } from "../../../kube/resource.ts";
import { isForbidden, isNotFound } from "../../../kube/status_error.ts";
import { getIfThere } from "./get_if_there.ts";
import { inOneLine } from "./in_one_line.ts";
import { listedIn } from "./listed_in.ts";
import { globalConfig, type OperatorConfigOptions } from "./operator_config.ts";
import { refuseBesideOtherRuns } from "./other_runs.ts";

/**
 * See the module: before anything is created. Where it is not and may be made, nothing is said.
 * @throws {CannotRunError} in one line
 */
export async function checkOperator(run: Run, options: OperatorConfigOptions): Promise<void> {
  await inOneLine(run, "look for the operator's configuration", () => look(run, options));
}

async function look(run: Run, options: OperatorConfigOptions): Promise<void> {
  const { cluster, operatorNamespace } = options;
  const ref = { name: operatorNamespace };
  const isThere = await getIfThere(run, { cluster, resource: NAMESPACES, ref })
    .then((found) => found !== undefined)
    .catch(whereForbidden(true));
  if (!isThere) {
    throw new CannotRunError(
      `There is no namespace "${operatorNamespace}": name that of the DevWorkspace Operator with --dwo-namespace`,
    );
  }
  const config = await globalConfig(run, options);
  await refuseBesideOtherRuns(run, options);
  if (config !== undefined) return warnIfOn(run, config);
  const others = await listedIn(run, { cluster, resource: OPERATOR_CONFIGS, namespaces: "all" })
    .catch(whereForbidden<KubeObject[]>([]))
    .catch(notInstalled);
  const elsewhere = others.filter(({ metadata: { name } }) => name === GLOBAL_CONFIG_NAME);
  if (elsewhere.length === 0) return;
  const [{ metadata: { namespace } }] = elsewhere as [KubeObject];
  throw new CannotRunError(
    `The operator's configuration is not in "${operatorNamespace}", but in "${namespace}": is it ` +
      `--dwo-namespace ${namespace}?`,
  );
}

function warnIfOn(run: Run, config: KubeObject): void {
  const backups = backupCronJobOf(config);
  if (!backups?.enable) return;
  run.warn(
    "backups-on-already",
    `Backups are on already, to ${backups.registry.path}: workspaces that come to be stopped while a tick ` +
      "runs are not backed up",
  );
}

/** The server has no such kind. */
function notInstalled(thrown: unknown): never {
  if (!isNotFound(thrown)) throw thrown;
  throw new CannotRunError(
    `The cluster has no ${OPERATOR_CONFIGS.kind}: the DevWorkspace Operator is not installed`,
    { cause: thrown },
  );
}

function whereForbidden<T>(instead: T): (thrown: unknown) => T {
  return (thrown) => {
    if (isForbidden(thrown)) return instead;
    throw thrown;
  };
}
