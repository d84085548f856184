/** A logger on a scripted cluster, and ConfigMaps as a driver makes them. @module */

import { CREATE_TIMESTAMP, UPDATE_TIMESTAMP } from "../../kube/sample_log/times.ts";
import type { KubeObject } from "../../kube/object.ts";
import { CONFIG_MAPS } from "../../kube/resource.ts";
import {
  type NotificationLoggerOptions,
  startNotificationLogger,
} from "../../watchers/notification_logger.ts";
import { object, ScriptedCluster, type ScriptStep } from "../support/scripted_cluster.ts";
import type { TestRun } from "./support.ts";

/** The fake clock says 2026-01-01 00:00:00 at 5,000 ms. */
function stamp(ms: number): string {
  const date = new Date(Date.parse("2026-01-01T00:00:00Z") + ms - 5_000);
  return `${date.toISOString().slice(0, 23).replace("T", " ")} +0000`;
}

interface Stamps {
  readonly created?: number;
  readonly updated?: number;
}

export function configMap(
  name: string,
  { rv, created, updated, namespace = "ns" }: Stamps & { rv: number; namespace?: string },
): KubeObject {
  const { metadata } = object(name, { rv, namespace });
  return {
    metadata: {
      ...metadata,
      creationTimestamp: "2026-01-01T00:00:00Z",
      annotations: {
        ...(created === undefined ? {} : { [CREATE_TIMESTAMP]: stamp(created) }),
        ...(updated === undefined ? {} : { [UPDATE_TIMESTAMP]: stamp(updated) }),
      },
    },
  };
}

export function start(
  { run, say, clock }: TestRun,
  steps: readonly ScriptStep[],
  options: Partial<NotificationLoggerOptions> = {},
) {
  const cluster = new ScriptedCluster(clock, steps);
  const logger = startNotificationLogger(cluster, { resource: CONFIG_MAPS, run, say, ...options });
  return { cluster, logger };
}
