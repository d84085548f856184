/** `scaletool cleanup`, which deletes what runs left behind, as the command line knows it. @module */

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
import { checkRunId } from "../../core/command/run_id.ts";
import { UsageError } from "../../core/errors.ts";
import { CLUSTER_FLAGS } from "../cluster_flags.ts";

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
  "only-borrowed": flag(toggle, {
    help: "only give back what the run has changed of what belongs to others; delete nothing",
    default: false,
  }),
  "force-borrowed": flag(toggle, {
    help: "give that back also where somebody else has changed it since",
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

/** One run by its id, those that started at least so long ago, or all. */
export type RunChoice =
  | { readonly kind: "run"; readonly runId: string }
  | { readonly kind: "older"; readonly olderThanMs: number }
  | { readonly kind: "all" };

/** @throws {UsageError} unless exactly one of the three flags is given, and with a use */
export function runChoice(
  values: Pick<CleanupCommandValues, "run-id" | "older-than" | "all">,
): RunChoice {
  const { "run-id": runId, "older-than": olderThanMs, all } = values;
  const given = [runId !== undefined, olderThanMs !== undefined, all].filter(Boolean).length;
  if (given !== 1) {
    const what = given === 0 ? "none of them" : `${given} of them`;
    throw new UsageError(
      `cleanup takes exactly one of --run-id ID, --older-than DURATION and --all, not ${what}`,
    );
  }
  if (runId !== undefined) return { kind: "run", runId: checkRunId(runId) };
  return olderThanMs === undefined ? { kind: "all" } : { kind: "older", olderThanMs };
}

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
