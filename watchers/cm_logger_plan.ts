/** cm-logger: flags -> plan. @module */

import { CONFIG_MAPS } from "../kube/resource.ts";
import type { CmLoggerValues } from "./flags.ts";
import { loggerPlan } from "./logger_plan.ts";
import type { WatcherPlan } from "./watcher_plan.ts";

export function cmLoggerPlan(values: CmLoggerValues): WatcherPlan {
  const compare = !values["no-compare"];
  return loggerPlan(values, { resource: CONFIG_MAPS, compare, hasDiff: true });
}
