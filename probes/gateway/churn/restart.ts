/**
 * How is a controller restarted in the middle of a run? Each way resolves when whoever does it says
 * that it is done. Never decides when.
 * @module
 */

import type { Scene } from "../frame/gateway_probe.ts";
import type { ChurnPlan } from "./churn_plan.ts";
import { restartByCommand } from "./restart_command.ts";
import { requireDeployment, restartDeployment } from "./restart_deployment.ts";
import type { Restart } from "./restart_failed.ts";

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
