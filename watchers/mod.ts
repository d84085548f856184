/** Who watches a cluster: the commands of this folder, and a logger for drivers. @module */

import type { WorkerTasks } from "../core/run/worker.ts";
import type { KubernetesCommand } from "../kube/kubernetes_command.ts";
import type { StartObserver } from "../kube/watch/start_observer.ts";
import { cmLoggerCommand } from "./cm_logger.ts";
import { flunderLoggerCommand } from "./flunder_logger.ts";
import { flunderWatchCommand } from "./flunder_watch.ts";
import { LOGGER_MEASURES } from "./logger_measures.ts";
import { STEVE_FLEET_TASK, STEVE_LIGHT_READ_TASK } from "./steve/worker_tasks.ts";

export const WATCHER_COMMANDS: readonly KubernetesCommand[] = [
  cmLoggerCommand,
  flunderLoggerCommand,
  flunderWatchCommand,
];

export { steveWatchCommand } from "./steve/steve_watch.ts";

/** What worker threads can be asked to do. */
export const WATCHER_WORKER_TASKS: WorkerTasks = {
  [STEVE_FLEET_TASK]: async () => (await import("./steve/fleet/fleet_task.ts")).fleetTask,
  [STEVE_LIGHT_READ_TASK]: async () =>
    (await import("./steve/load/light_read_task.ts")).lightReadTask,
};

/** A logger in the process of a driver; loaded when it is used. */
export const startObserver: StartObserver = Object.assign(
  async (...[cluster, options]: Parameters<StartObserver>) => {
    const { startNotificationLogger } = await import("./notification_logger.ts");
    return await startNotificationLogger(cluster, options);
  },
  { measures: LOGGER_MEASURES },
);
