/**
 * `scaletool cleanup` as the command line knows it. What it does is loaded when it is used.
 * @module
 */

import { defineCommand } from "../../core/command/command.ts";
import {
  choice,
  duration,
  flag,
  listOf,
  text,
  toggle,
  type Values,
} from "../../core/command/flags.ts";
import { DRY_RUN_FLAG } from "../../core/command/run_flags.ts";
import { CLUSTER_FLAGS } from "../cluster_flags.ts";

const DESCRIPTION =
  `Deletes what runs left on a cluster: after kill -9, a lost machine, or --keep. Works from any machine, by the labels
that every object of a run carries and nothing else. A run's record (a Lease) tells which kinds and namespaces to
look in; without one, every kind that the server can list and delete is looked through.
Objects go first, then the namespaces that the run made (if no other run is in them), and the record last.
With --older-than and --all, runs that are still alive are left alone: their records are watched for up to 20 s.`;

export const CLEANUP_COMMAND_FLAGS = {
  "run-id": flag(text("id"), { help: "delete what this run left", aliases: ["runid"] }),
  "older-than": flag(duration(), {
    help: "delete what all runs left that started before so long ago",
  }),
  all: flag(toggle, { help: "delete what all runs left", default: false }),
  "dry-run": DRY_RUN_FLAG,
  yes: flag(toggle, {
    help: "with --older-than or --all on a terminal: delete, and not only show what would be",
    short: "y",
    default: false,
  }),
  force: flag(toggle, {
    help: "with --older-than or --all: delete what living runs have, too",
    default: false,
  }),
  namespace: flag(listOf(text("name")), {
    help: "look only in this namespace, for a user who may not look elsewhere; repeatable",
    short: "n",
    default: [],
  }),
  timeout: flag(duration({ minMs: 1 }), {
    help: "how long it may take in all",
    default: 300_000,
  }),
  output: flag(choice(["text", "json"]), {
    help: "format of the result on stdout",
    short: "o",
    default: "text",
  }),
  quiet: flag(toggle, { help: "no progress on stderr", short: "q", default: false }),
  ...CLUSTER_FLAGS,
};
export type CleanupCommandFlags = typeof CLEANUP_COMMAND_FLAGS;
export type CleanupCommandValues = Values<CleanupCommandFlags>;

export const cleanupCommand = defineCommand({
  name: "cleanup",
  summary: "delete what runs left behind",
  description: DESCRIPTION,
  flags: CLEANUP_COMMAND_FLAGS,
  examples: [
    { line: "cleanup --run-id 20261121-103151-4821", does: "what one run left" },
    { line: "cleanup --all --dry-run", does: "what there is of any run, and which ones are alive" },
    { line: "cleanup --older-than 1d --yes", does: "for a nightly job" },
    { line: "cleanup --run-id nightly -n perf", does: "with rights in one namespace only" },
  ],
  run: async (invocation) => (await import("./run_cleanup.ts")).runCleanup(invocation),
});
