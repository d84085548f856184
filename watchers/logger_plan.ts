/**
 * Flags -> the plan of a logger, whichever objects it watches. Of several generators each is a whole
 * one, as the replicas of a controller are.
 * @module
 */

import { generatorCount } from "../core/command/command.ts";
import { given } from "../core/given.ts";
import { pathOfShare } from "../core/path_of_share.ts";
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
  type Given,
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
  /** How many there are, each of which sees all. */
  readonly loggers: number;
}

/** Without `retarget`, which only one logger has. */
function loggerPlan(
  values: LoggerValues,
  { resource, compare, hasDiff, loggers }: LoggerPlanOptions,
): WatcherPlan {
  const namespaces = watchedNamespaces(values);
  const metrics = new ScaletestMetrics({
    plural: resource.plural,
    logger: loggerAddress(Deno.networkInterfaces().map(({ address }) => address)),
    compat: values["compat-metrics"],
  });
  const { selector, threads, v: verbosity } = values;
  return {
    model: (loggers === 1 ? "" : `${loggers} loggers, each `) +
      `an informer of ${scopeText(resource, namespaces)}, a queue and ${threads} worker` +
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
      const asked = values["data-filename"].replaceAll(RUN_ID_PLACE, run.id);
      const path = asked === "" ? "" : pathOfShare(asked, run.share);
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
    await run.begin();
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

export function cmLoggerPlan(values: CmLoggerValues, given: Given): WatcherPlan {
  const compare = !values["no-compare"];
  const loggers = generatorCount(given);
  return loggerPlan(values, { resource: CONFIG_MAPS, compare, hasDiff: true, loggers });
}

/** @throws {UsageError} if --override-server is no server */
export function flunderLoggerPlan(values: FlunderLoggerValues, given: Given): WatcherPlan {
  const override = { server: values["override-server"] || undefined, insecure: values.insecure };
  // As the original: it never compared, and its file has nine columns.
  const loggers = generatorCount(given);
  const plan = loggerPlan(values, { resource: FLUNDERS, compare: false, hasDiff: false, loggers });
  return {
    ...plan,
    warnings: [...plan.warnings, ...overrideWarnings(override)],
    retarget: (target) => overrideTarget(target, override),
  };
}
