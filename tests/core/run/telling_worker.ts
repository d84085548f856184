/** A worker thread that tells, whenever it is asked, how fast its run goes and which stretch is its last. @module */

import { runWorkerTask, type WorkerTask } from "../../../core/run/worker.ts";

const telling: WorkerTask = async (run, _options, channel) => {
  channel.onValue(() => {
    const { phase, stage, lap } = run.recorder.timeline.at(-1)!;
    channel.publish({ ...run.tempo.state, phase, stage, lap });
  });
  run.begin();
  await run.begun;
  await run.clock.sleepUntil(Infinity, run.stopping);
};

if ("WorkerGlobalScope" in globalThis) {
  runWorkerTask({ telling: () => Promise.resolve(telling) });
}

export function spawnTelling(): Worker {
  return new Worker(import.meta.url, { type: "module" });
}
