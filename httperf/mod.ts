/** HTTP/2 block traffic: the commands of this folder and the tasks of its worker threads. @module */

import type { Command } from "../core/run/command.ts";
import { httperfCommand } from "./command.ts";

export { HTTPERF_WORKER_TASKS } from "./worker_tasks.ts";

export const HTTPERF_COMMANDS: readonly Command[] = [httperfCommand];
