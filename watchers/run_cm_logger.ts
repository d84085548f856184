/** cm-logger: flags -> plan. @module */

import type { ExitCode } from "../core/exit_code.ts";
import type { Invocation } from "../core/run/command.ts";
import { CONFIG_MAPS } from "../kube/resource.ts";
import type { CmLoggerFlags } from "./flags.ts";
import { loggerPlan } from "./run_logger.ts";
import type { ConductWatcher } from "./watcher_plan.ts";

/** Runs the command. */
export function runCmLogger(
  invocation: Invocation<CmLoggerFlags>,
  conduct: ConductWatcher,
): Promise<ExitCode> {
  const { values } = invocation;
  const compare = !values["no-compare"];
  return conduct(invocation, loggerPlan(values, { resource: CONFIG_MAPS, compare, hasDiff: true }));
}
