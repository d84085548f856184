/**
 * `scaletool cm-logger` as the command line knows it. What it does is loaded when it is used.
 * @module
 */

import { CM_LOGGER_FLAGS } from "./flags.ts";
import { watcherCommand } from "./watcher_command.ts";

const DESCRIPTION =
  `Watches ConfigMaps with an informer and a work queue, as a controller does, and measures how late it knows of a change.
Drivers write the time of each request into the object (annotations scaletest/createTimestamp and
scaletest/updateTimestamp). createLatency and updateLatency run from there to the turn in which the object is
taken from the queue; notificationDelay to the first notification; queueDelay is the wait in the queue. The clocks
of both machines must be in step: negative latencies are counted and shown.
Each turn is a row of the CSV. Objects that are there at the start have a row, but count as nothing.
Runs for --duration, or until it is stopped.`;

export const cmLoggerCommand = watcherCommand({
  name: "cm-logger",
  summary: "how late an informer knows of changed ConfigMaps",
  description: DESCRIPTION,
  flags: CM_LOGGER_FLAGS,
  examples: [
    { line: "cm-logger", does: "all namespaces, until stopped" },
    {
      line: "cm-logger -n scaletest -l purpose=scaletest --duration 10m " +
        "--threshold 'createLatency.p99 < 200ms'",
      does: "what drivers make, with a limit on how late it is known",
    },
    {
      line: "cm-logger -data-filname /tmp/obj-log.csv --csv-dialect go --compat-metrics",
      does: "file and metrics as the original has them",
    },
  ],
  plan: async () => (await import("./logger_plan.ts")).cmLoggerPlan,
});
