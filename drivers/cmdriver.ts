/**
 * `scaletool cmdriver` as the command line knows it. What it does is loaded when it is used.
 * @module
 */

import type { KubernetesCommand } from "../kube/kubernetes_command.ts";
import type { StartObserver } from "../kube/watch/start_observer.ts";
import { defineLoadCommand } from "../kube/load_command.ts";
import { CMDRIVER_FLAGS } from "./flags.ts";

const DESCRIPTION =
  `Creates and deletes ConfigMaps, or objects of any kind, at arrival times that do not wait for the server (open loop).
Arrivals are a Poisson process of --lambda a second; each object lives maxpop / lambda seconds from the end of its create,
so that by Little's law about --maxpop exist at a time. Response time counts from when a write was due, service time from when it was sent.
Each object carries the time of its create as annotation scaletest/createTimestamp; cm-logger turns that into notification latency.`;

/** @param startLogger what `--with-logger` starts beside the load */
export function cmdriverCommand(startLogger: StartObserver): KubernetesCommand {
  return defineLoadCommand({
    name: "cmdriver",
    summary: "ConfigMaps that come and go, Poisson arrivals (open loop)",
    description: DESCRIPTION,
    flags: CMDRIVER_FLAGS,
    examples: [
      { line: "cmdriver --dry-run", does: "what it would do, and the permissions that takes" },
      {
        line: "cmdriver --lambda 5 --n 300 --maxpop 50",
        does: "300 objects, 50 at a time, in about 70 s",
      },
      {
        line:
          "cmdriver --lambda 100 --maxpop 200 --duration 1m --with-logger --threshold 'create.response.p99 < 200ms'",
        does: "a minute of load, and what a watcher sees of it",
      },
      {
        line: "cmdriver --rate ramp:10/s..200/s@2m --ttl 5s --duration 2m --conns 4",
        does: "a growing load over 4 connections",
      },
      {
        line: "cmdriver --kind widget.yaml --namespace a --namespace b",
        does: "objects made from a manifest, in two namespaces",
      },
    ],
    use: async (invocation) =>
      (await import("./open_driver.ts")).useCmdriver(invocation, startLogger),
  });
}
