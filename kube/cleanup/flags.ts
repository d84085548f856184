/**
 * Which runs does the user mean, and what is to come of them? Flags only; looks at no cluster.
 * @module
 */

import { DRY_RUN_FLAG } from "../../core/command/run_flags.ts";
import {
  choice,
  duration,
  flag,
  listOf,
  text,
  toggle,
  type Values,
} from "../../core/command/flags.ts";
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
