/**
 * How is a controller restarted in the middle of a run? Each way resolves when whoever does it says
 * that it is done. Never decides when.
 * @module
 */

import { CannotRunError } from "../../../core/errors.ts";
import type { Run } from "../../../core/run/run.ts";
import type { ClusterReader } from "../../../kube/cluster.ts";
import type { ObjectRef } from "../../../kube/object.ts";
import { DEPLOYMENTS } from "../../../kube/resource.ts";
import { restartDeployment } from "../../../kube/rollout/restart_deployment.ts";
import type { Restart } from "../../../kube/rollout/restart_failed.ts";
import { retrying } from "../../../kube/set_up_retry.ts";
import { isNotFound } from "../../../kube/status_error.ts";
import type { Scene } from "../frame/gateway_probe.ts";
import type { ChurnPlan } from "./churn_plan.ts";
import { restartByCommand } from "./restart_command.ts";

/** Undefined: none is asked for. */
export function restartOf(
  { cluster }: Pick<Scene, "cluster">,
  { restart }: Pick<ChurnPlan, "restart">,
): Restart | undefined {
  if (restart === undefined) return undefined;
  return restart.kind === "command"
    ? (context) => restartByCommand(restart.words, context)
    : (context) => restartDeployment(cluster, restart.ref, context);
}

/** @throws {CannotRunError} if there is nothing to restart, before anything is made */
export async function requireRestartable(
  { run, cluster }: Pick<Scene, "run" | "cluster">,
  { restart }: Pick<ChurnPlan, "restart">,
): Promise<void> {
  if (restart?.kind === "deployment") await requireDeployment(run, cluster, restart.ref);
}

/** @throws {CannotRunError} if there is none */
async function requireDeployment(
  { clock, rng, stopping: signal }: Run,
  cluster: ClusterReader,
  ref: Required<ObjectRef>,
): Promise<void> {
  const context = { clock, rng: rng.fork("deployment"), signal };
  try {
    await retrying(() => cluster.get(DEPLOYMENTS, ref, { signal }), context);
  } catch (thrown) {
    if (!isNotFound(thrown)) throw thrown;
    throw new CannotRunError(
      `--restart-deployment: there is no Deployment ${ref.namespace}/${ref.name}`,
      { cause: thrown },
    );
  }
}
