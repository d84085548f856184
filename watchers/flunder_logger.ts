/**
 * `scaletool flunder-logger` as the command line knows it. What it does is loaded when it is used.
 * @module
 */

import { FLUNDER_LOGGER_FLAGS } from "./flags.ts";
import { watcherCommand } from "./watcher_command.ts";

const DESCRIPTION =
  `cm-logger for the Flunders of the sample API server (wardle.example.com): how late an informer behind the
aggregation layer knows of a change. With --override-server it goes straight to the aggregated server, and the
difference of both is what aggregation costs. Duplicates are not told from changes, and the CSV has nine columns.
Runs for --duration, or until it is stopped.`;

export const flunderLoggerCommand = watcherCommand({
  name: "flunder-logger",
  summary: "how late an informer knows of changed Flunders of an aggregated server",
  description: DESCRIPTION,
  flags: FLUNDER_LOGGER_FLAGS,
  examples: [
    { line: "flunder-logger --duration 10m", does: "through the API server" },
    {
      line: "flunder-logger --override-server api.wardle.svc:443 --insecure --duration 10m",
      does: "straight to the aggregated server, with the same credentials",
    },
  ],
  plan: async () => (await import("./logger_plan.ts")).flunderLoggerPlan,
});
