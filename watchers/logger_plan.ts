/**
 * Flags -> the plan of a logger, whichever objects it watches.
 * @module
 */

import { given } from "../core/given.ts";
import type { Run } from "../core/run/run.ts";
import type { ClusterReader } from "../kube/cluster.ts";
import { CONFIG_MAPS, FLUNDERS, type Resource } from "../kube/resource.ts";
import {
  type CmLoggerValues,
  type FlunderLoggerValues,
  type LoggerValues,
  RUN_ID_PLACE,
} from "./flags.ts";
import { LOGGER_MEASURES } from "./logger_measures.ts";
import { type NotificationLoggerOptions, startNotificationLogger } from "./notification_logger.ts";
import { overrideTarget, overrideWarnings } from "./override_server.ts";
import { loggerAddress, ScaletestMetrics } from "./scaletest_metrics.ts";
import {
  connectionsFor,
  protobufWarnings,
  scopeText,
  watchedNamespaces,
  type WatcherPlan,
  watchPermissions,
} from "./watcher_plan.ts";

interface LoggerPlanOptions {
  readonly resource: Resource;
  readonly compare: boolean;
  /** Whether the file has the tenth column. */
  readonly hasDiff: boolean;
}

/** Without `retarget`, which only one logger has. */
function loggerPlan(
  values: LoggerValues,
  { resource, compare, hasDiff }: LoggerPlanOptions,
): WatcherPlan {
  const namespaces = watchedNamespaces(values);
  const metrics = new ScaletestMetrics({
    plural: resource.plural,
    logger: loggerAddress(Deno.networkInterfaces().map(({ address }) => address)),
    compat: values["compat-metrics"],
  });
  const { selector, threads, v: verbosity } = values;
  return {
    model: `an informer of ${scopeText(resource, namespaces)}, a queue and ${threads} worker` +
      (threads === 1 ? "" : "s"),
    mainOperation: "rows",
    defaultThresholds: ["rows.total > 0"],
    measures: LOGGER_MEASURES,
    permissions: watchPermissions(resource, namespaces),
    watches: Math.max(1, namespaces.length),
    connections: connectionsFor(Math.max(1, namespaces.length), values),
    warnings: protobufWarnings(values),
    metrics: () => metrics.render(),
    work: async (cluster, { run, say }) => {
      const path = values["data-filename"].replaceAll(RUN_ID_PLACE, run.id);
      await observe(cluster, {
        resource,
        namespaces,
        ...given({ labelSelector: selector }),
        threads,
        compare,
        ...(path === "" ? {} : {
          csv: { path, dialect: values["csv-dialect"], hasDiff, overwrite: values.overwrite },
        }),
        metrics,
        run,
        verbosity,
        say,
      });
    },
  };
}

/** Begins the run when all that was there is worked off, and logs until the run is stopped. */
async function observe(cluster: ClusterReader, options: NotificationLoggerOptions): Promise<void> {
  const { run, csv, say } = options;
  const logger = await unlessStopped(run, startNotificationLogger(cluster, options));
  if (logger === undefined) return;
  try {
    if (csv !== undefined) say(`rows go to ${csv.path}`);
    run.begin();
    await Promise.race([logger.ended, run.clock.sleepUntil(Infinity, run.stopping)]);
  } finally {
    await logger.stop();
  }
}

/** The result, or undefined if the run was stopped before there was one. */
async function unlessStopped<T>(run: Run, starting: Promise<T>): Promise<T | undefined> {
  try {
    return await starting;
  } catch (error) {
    if (run.stopping.aborted) return undefined;
    throw error;
  }
}

export function cmLoggerPlan(values: CmLoggerValues): WatcherPlan {
  const compare = !values["no-compare"];
  return loggerPlan(values, { resource: CONFIG_MAPS, compare, hasDiff: true });
}

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
