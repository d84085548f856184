/** Two runs that have the operator make different backups at a time would judge each other's. @module */

import { CannotRunError } from "../../../core/errors.ts";
import type { Run } from "../../../core/run/run.ts";
import { NAME } from "../../../core/version.ts";
import { OPERATOR_CONFIGS } from "../../../kube/devworkspace/kinds.ts";
import { borrowersOf } from "../../../kube/owned/borrowed/borrowers.ts";
import { retrying } from "../../../kube/set_up_retry.ts";
import { globalConfigRef, type OperatorConfigOptions } from "./operator_config.ts";

/** @throws {CannotRunError} if another run, living or lost, has changed the operator's configuration */
export async function refuseBesideOtherRuns(
  { id, clock, rng, stopping: signal }: Pick<Run, "id" | "clock" | "rng" | "stopping">,
  { cluster, operatorNamespace }: OperatorConfigOptions,
): Promise<void> {
  const config = { resource: OPERATOR_CONFIGS, ref: globalConfigRef(operatorNamespace) };
  const look = () => borrowersOf([config], { cluster, signal });
  const runs = await retrying(look, { clock, rng: rng.fork("other runs"), signal });
  const [other] = runs.filter((run) => run !== id);
  if (other === undefined) return;
  throw new CannotRunError(
    `Run ${other} has changed the operator's configuration and not given it back: wait for it, or ` +
      `${NAME} backup restore-config --run-id ${other}`,
  );
}
