/** flunder-logger: flags -> plan. @module */

import { FLUNDERS } from "../kube/resource.ts";
import type { FlunderLoggerValues } from "./flags.ts";
import { loggerPlan } from "./logger_plan.ts";
import { overrideTarget, overrideWarnings } from "./override_server.ts";
import type { WatcherPlan } from "./watcher_plan.ts";

/** @throws {UsageError} if --override-server is no server */
export function flunderLoggerPlan(values: FlunderLoggerValues): WatcherPlan {
  const override = { server: values["override-server"] || undefined, insecure: values.insecure };
  // As the original: it never compared, and its file has nine columns.
  const plan = loggerPlan(values, { resource: FLUNDERS, compare: false, hasDiff: false });
  return {
    ...plan,
    warnings: [...plan.warnings, ...overrideWarnings(override)],
    retarget: (target) => overrideTarget(target, override),
  };
}
