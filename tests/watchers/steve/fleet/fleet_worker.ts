/** The program's worker thread as far as watchers and light reads need it. @module */

import { runWorkerTask } from "../../../../core/run/worker.ts";
import { WATCHER_WORKER_TASKS } from "../../../../watchers/mod.ts";

if ("WorkerGlobalScope" in globalThis) runWorkerTask(WATCHER_WORKER_TASKS);

export function spawnFleetWorker(): Worker {
  return new Worker(import.meta.url, { type: "module" });
}
