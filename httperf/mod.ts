/** HTTP/2 block traffic: the commands of this folder and the tasks of its worker threads. @module */

import type { Command } from "../core/command/command.ts";
import type { WorkerTasks } from "../core/run/worker.ts";
import { httperfCommand } from "./command.ts";
import { CLIENT_TASK, SERVER_TASK } from "./worker_tasks.ts";

export const HTTPERF_COMMANDS: readonly Command[] = [httperfCommand];

export const HTTPERF_WORKER_TASKS: WorkerTasks = {
  [CLIENT_TASK]: async () => (await import("./client_role.ts")).clientTask,
  [SERVER_TASK]: async () => (await import("./server_role.ts")).serverTask,
};
