/**
 * `scaletool flunder-driver` as the command line knows it. What it does is loaded when it is used.
 * @module
 */

import type { KubernetesCommand } from "../kube/kubernetes_command.ts";
import type { StartObserver } from "../kube/watch/start_observer.ts";
import { defineLoadCommand } from "../kube/load_command.ts";
import { OPEN_FLAGS } from "./flags.ts";

const DESCRIPTION =
  `Creates and deletes Flunders (wardle.example.com/v1alpha1, of the sample API server) at Poisson arrival times, as cmdriver does ConfigMaps:
load on an aggregated API server. Each carries the time of its create as annotation scaletest/createTimestamp.`;

/** @param startLogger what `--with-logger` starts beside the load */
export function flunderDriverCommand(startLogger: StartObserver): KubernetesCommand {
  return defineLoadCommand({
    name: "flunder-driver",
    summary: "Flunders that come and go through an aggregated API server (open loop)",
    description: DESCRIPTION,
    flags: OPEN_FLAGS,
    examples: [
      { line: "flunder-driver --lambda 5 --n 300 --maxpop 50", does: "300 objects, 50 at a time" },
      {
        line: "flunder-driver --lambda 20 --maxpop 100 --duration 1m --with-logger",
        does: "a minute of load, and what a watcher sees of it",
      },
    ],
    use: async (invocation) =>
      (await import("./open_driver.ts")).useFlunderDriver(invocation, startLogger),
  });
}
