/**
 * `scaletool flunder-watch` as the command line knows it. What it does is loaded when it is used.
 * @module
 */

import { FLUNDER_WATCH_FLAGS } from "./flags.ts";
import { watcherCommand } from "./watcher_command.ts";

const DESCRIPTION =
  `Puts watch load on an aggregated server: LIST all Flunders, WATCH them for 300 to 599 s, and begin anew.
Every watcher lists again after each watch, as the original did, so the lists are part of the load.
Counted are events, bytes, lists and openings of watches with their times, and what changed without an event:
missedBetweenWatches are objects whose state in a list is not what the events before it told; lostEvents are those
of them that an unbroken watch should have told, and there must be none.
A first list that fails ends the command with exit code 1 (the original: 10); every later failure, also of a watch
(the original: 12), is counted and tried again with a back-off. Runs for --duration, or until it is stopped.`;

export const flunderWatchCommand = watcherCommand({
  name: "flunder-watch",
  summary: "many LIST and WATCH loops over Flunders",
  description: DESCRIPTION,
  flags: FLUNDER_WATCH_FLAGS,
  examples: [
    { line: "flunder-watch", does: "one watcher of all namespaces, until stopped" },
    {
      line: "flunder-watch --watches 100 --duration 30m --threshold 'list.response.p99 < 2s'",
      does: "a hundred independent watchers, with a limit on the time of their lists",
    },
  ],
  plan: async () => (await import("./flunder_watch_plan.ts")).flunderWatchPlan,
});
