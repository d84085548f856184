/**
 * A command that gives back what lost runs of a group of commands had changed of others' objects: `scaletool
 * cleanup` that touches nothing else.
 * @module
 */

import { flag, listOf, readable, text, toggle, type Values } from "../../core/command/flags.ts";
import { DRY_RUN_FLAG } from "../../core/command/run_flags.ts";
import { parseRunId } from "../../core/command/run_id.ts";
import type { CommandSpec } from "../../core/command/command.ts";
import { CLUSTER_FLAGS } from "../cluster_flags.ts";
import {
  defineKubernetesCommand,
  type KubernetesCommand,
  type NeededRight,
} from "../kubernetes_command.ts";
import { LEASES } from "../resource.ts";
import { CLEANUP_COMMAND_FLAGS, type CleanupCommandValues } from "./mod.ts";

export const GIVE_BACK_FLAGS = {
  "run-id": flag(readable("id", parseRunId), {
    help:
      "give back what this run has changed, also if it seems to be alive; default: all lost runs",
    aliases: ["runid"],
  }),
  "dry-run": DRY_RUN_FLAG,
  yes: flag(toggle, {
    help: "without --run-id on a terminal: give back, and not only show what would be",
    short: "y",
    default: false,
  }),
  force: flag(toggle, {
    help: "without --run-id: also what living runs have changed",
    default: false,
  }),
  "force-borrowed": flag(toggle, {
    help: "give back also what somebody else has changed since",
    default: false,
  }),
  namespace: flag(listOf(text("name")), {
    help:
      "look only for what is changed in this namespace, for a user who may not look elsewhere; repeatable",
    short: "n",
    default: [],
  }),
  timeout: CLEANUP_COMMAND_FLAGS.timeout,
  output: CLEANUP_COMMAND_FLAGS.output,
  quiet: CLEANUP_COMMAND_FLAGS.quiet,
  ...CLUSTER_FLAGS,
};
export type GiveBackValues = Values<typeof GIVE_BACK_FLAGS>;

/** As `scaletool cleanup` has them. */
export function cleanupValues(values: GiveBackValues): CleanupCommandValues {
  return {
    ...values,
    "older-than": undefined,
    all: values["run-id"] === undefined,
    "only-borrowed": true,
  };
}

interface GiveBackSpec
  extends Pick<CommandSpec<never>, "name" | "summary" | "description" | "examples"> {
  /** Whether runs of this command are concerned, by the name in their labels: `maas-users`. */
  readonly isOfGroup: (command: string) => boolean;
  /** To what may have been changed. */
  readonly rights: readonly NeededRight[];
}

export function defineGiveBackCommand(
  { isOfGroup, rights, ...spec }: GiveBackSpec,
): KubernetesCommand {
  return defineKubernetesCommand({
    ...spec,
    flags: GIVE_BACK_FLAGS,
    needs: ({ values: { namespace, conns } }) =>
      Promise.resolve({
        rights: [...["list", "delete"].map((verb) => ({ verb, kind: LEASES })), ...rights],
        namespaces: namespace,
        createsNamespaces: false,
        requestsPerSec: null,
        connections: conns,
        watches: 0,
      }),
    run: async (invocation) => {
      const { runCleanup } = await import("./run_cleanup.ts");
      const values = cleanupValues(invocation.values);
      return await runCleanup({ ...invocation, values }, isOfGroup);
    },
  });
}
