/** Who watches a cluster: the commands of this folder, and a logger for drivers. @module */

import type { KubernetesCommand } from "../kube/kubernetes_command.ts";
import type { StartObserver } from "../kube/watch/observer.ts";
import { cmLoggerCommand } from "./cm_logger.ts";
import { flunderLoggerCommand } from "./flunder_logger.ts";
import { flunderWatchCommand } from "./flunder_watch.ts";

export const WATCHER_COMMANDS: readonly KubernetesCommand[] = [
  cmLoggerCommand,
  flunderLoggerCommand,
  flunderWatchCommand,
];

/** A logger in the process of a driver; loaded when it is used. */
export const startObserver: StartObserver = async (cluster, options) => {
  const { startNotificationLogger } = await import("./notification_logger.ts");
  return await startNotificationLogger(cluster, options);
};
