/**
 * `scaletool steve-watch` as the command line knows it. What it does is loaded when it is used.
 * @module
 */

import { defineLoadCommand } from "../../kube/load_command.ts";
import { STEVE_WATCH_FLAGS } from "./flags.ts";

const DESCRIPTION =
  `Thousands of WebSocket watchers on Rancher's Steve (/v1/subscribe) while objects come and go and the columns of a
custom resource change: proves that no event was lost, that light reads stay fast and that SQLite's WAL stays bounded.
Every watcher subscribes to every type and parses every message; a subscription that Steve stops is begun again, after a
new list where its version is too old, and a socket that closes or falls silent is opened again. What was written is
known from the API server's own watch, so that each event is accounted for: told, late, missed or lost.
The variables of the original test count too: STEVE_URL, KUBE_API_URL, CONTEXT, USERNAME, PASSWORD, TOKEN, NAMESPACE,
COUNT, WATCH_DURATION, RANCHER_NAMESPACE, RANCHER_POD_LABEL.`;

export const steveWatchCommand = defineLoadCommand({
  name: "steve-watch",
  summary: "thousands of watchers on Rancher Steve, under churn and CRD changes",
  description: DESCRIPTION,
  flags: STEVE_WATCH_FLAGS,
  examples: [
    {
      line: "steve-watch --profile smoke --steve-url http://localhost:9080 " +
        "--wal-source file:/tmp/steve/informer_object_cache.db-wal",
      does: "50 watchers for 50 s on a Steve of its own",
    },
    {
      line: "steve-watch --steve-url https://rancher.example.com --username admin",
      does: "the whole test; the password is in the variable PASSWORD",
    },
    {
      line: "steve-watch --count 10000 --connect-rate 500 --workers 4 --read-exclude data",
      does: "more watchers, over four threads, and really light reads",
    },
  ],
  use: async (invocation) => (await import("./use_steve_watch.ts")).useSteveWatch(invocation),
});
