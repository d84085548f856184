/** What worker threads of this folder can be asked to do, loaded when it is. @module */

import type { WorkerTasks } from "../core/run/worker.ts";

export const CLIENT_TASK = "httperf-client";
export const SERVER_TASK = "httperf-server";

export const HTTPERF_WORKER_TASKS: WorkerTasks = {
  [CLIENT_TASK]: async () => (await import("./client_role.ts")).clientTask,
  [SERVER_TASK]: async () => (await import("./server_role.ts")).serverTask,
};
