/** flunder-logger: flags -> plan. @module */

import type { ExitCode } from "../core/exit_code.ts";
import type { Invocation } from "../core/run/command.ts";
import { FLUNDERS } from "../kube/resource.ts";
import type { FlunderLoggerFlags } from "./flags.ts";
import { overrideTarget, overrideWarnings } from "./override_server.ts";
import { loggerPlan } from "./run_logger.ts";
import type { ConductWatcher } from "./watcher_plan.ts";

/** Runs the command. @throws {UsageError} if --override-server is no server */
export async function runFlunderLogger(
  invocation: Invocation<FlunderLoggerFlags>,
  conduct: ConductWatcher,
): Promise<ExitCode> {
  const { values } = invocation;
  const override = { server: values["override-server"] || undefined, insecure: values.insecure };
  // As the original: it never compared, and its file has nine columns.
  const plan = loggerPlan(values, { resource: FLUNDERS, compare: false, hasDiff: false });
  return await conduct(invocation, {
    ...plan,
    warnings: [...plan.warnings, ...overrideWarnings(override)],
    retarget: (target) => overrideTarget(target, override),
  });
}
