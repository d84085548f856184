/** HTTP/2 block traffic: the commands of this folder and the tasks of its worker threads. @module */

import type { Command } from "../core/run/command.ts";
import type { WorkerTasks } from "../core/run/worker.ts";
import { CLIENT_TASK, clientTask } from "./client_role.ts";
import { httperfCommand } from "./command.ts";
import { SERVER_TASK, serverTask } from "./server_role.ts";

export const HTTPERF_COMMANDS: readonly Command[] = [httperfCommand];

export const HTTPERF_WORKER_TASKS: WorkerTasks = {
  [CLIENT_TASK]: clientTask,
  [SERVER_TASK]: serverTask,
};
