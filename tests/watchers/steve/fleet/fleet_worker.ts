/** The program's worker thread as far as fleets need it. @module */

import { runWorkerTask } from "../../../../core/run/worker.ts";
import { STEVE_FLEET_TASK } from "../../../../watchers/steve/worker_tasks.ts";

if ("WorkerGlobalScope" in globalThis) {
  runWorkerTask({
    [STEVE_FLEET_TASK]: async () =>
      (await import("../../../../watchers/steve/fleet/fleet_task.ts")).fleetTask,
  });
}

export function spawnFleetWorker(): Worker {
  return new Worker(import.meta.url, { type: "module" });
}
