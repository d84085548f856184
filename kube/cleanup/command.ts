/**
 * `scaletool cleanup` as the command line knows it. What it does is loaded when it is used.
 * @module
 */

import { defineCommand } from "../../core/command/command.ts";
import { CLEANUP_COMMAND_FLAGS } from "./flags.ts";

const DESCRIPTION =
  `Deletes what runs left on a cluster: after kill -9, a lost machine, or --keep. Works from any machine, by the labels
that every object of a run carries and nothing else. A run's record (a Lease) tells which kinds and namespaces to
look in; without one, every kind that the server can list and delete is looked through.
What a run has borrowed of others is given back before anything is deleted, unless somebody else has changed it since.
Objects go first, then the namespaces that the run made (if no other run is in them), and the record last.
With --older-than and --all, runs that are still alive are left alone: their records are watched for up to 20 s.`;

export const cleanupCommand = defineCommand({
  name: "cleanup",
  summary: "delete what runs left behind",
  description: DESCRIPTION,
  flags: CLEANUP_COMMAND_FLAGS,
  examples: [
    { line: "cleanup --run-id 20261121-103151-4821", does: "what one run left" },
    { line: "cleanup --all --dry-run", does: "what there is of any run, and which ones are alive" },
    { line: "cleanup --older-than 1d --yes", does: "for a nightly job" },
    {
      line: "cleanup --run-id nightly --only-borrowed",
      does: "give back what it changed of others', and leave its objects",
    },
    { line: "cleanup --run-id nightly -n perf", does: "with rights in one namespace only" },
  ],
  run: async (invocation) => (await import("./run_cleanup.ts")).runCleanup(invocation),
});
