/**
 * An observer that notes when it is used, instead of observing.
 * @module
 */

import type { ObserverOptions, StartObserver } from "../../kube/watch/start_observer.ts";
import { ownerLabels } from "../../kube/owned/ownership.ts";

export const LABELS_OF_R1 = ownerLabels({ runId: "r1", command: "cmdriver" });

export function observing() {
  const events: string[] = [];
  const options: ObserverOptions[] = [];
  const startLogger: StartObserver = (_, given) => {
    const { run } = given;
    options.push(given);
    events.push(`started, begun ${run.hasBegun}`);
    return Promise.resolve({
      population: 0,
      ended: new Promise<void>(() => {}),
      untilQuiet(quietMs) {
        events.push(`quiet for ${quietMs} ms, ended ${run.end?.reason}`);
        return run.clock.sleepUntil(run.clock.now() + quietMs);
      },
      stop() {
        events.push("stopped");
        return Promise.resolve();
      },
    });
  };
  return { startLogger, events, options };
}
