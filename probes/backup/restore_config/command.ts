/** `scaletool backup restore-config`: gives back what lost runs had changed of an operator. @module */

import { flag, listOf, readable, text, toggle, type Values } from "../../../core/command/flags.ts";
import { DRY_RUN_FLAG } from "../../../core/command/run_flags.ts";
import { parseRunId } from "../../../core/command/run_id.ts";
import { CLEANUP_COMMAND_FLAGS, type CleanupCommandValues } from "../../../kube/cleanup/mod.ts";
import { CLUSTER_FLAGS } from "../../../kube/cluster_flags.ts";
import {
  defineKubernetesCommand,
  type KubernetesCommand,
} from "../../../kube/kubernetes_command.ts";

const RESTORE_CONFIG_FLAGS = {
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
      "look only in this namespace, which is the operator's, for a user who may not look elsewhere; " +
      "repeatable",
    short: "n",
    default: [],
  }),
  timeout: CLEANUP_COMMAND_FLAGS.timeout,
  output: CLEANUP_COMMAND_FLAGS.output,
  quiet: CLEANUP_COMMAND_FLAGS.quiet,
  ...CLUSTER_FLAGS,
};

export type RestoreConfigValues = Values<typeof RESTORE_CONFIG_FLAGS>;

/** What other commands have changed is not this one's business. */
export function isBackupCommand(command: string): boolean {
  return command.startsWith("backup-");
}

/** As `scaletool cleanup` has them. */
export function cleanupValues(values: RestoreConfigValues): CleanupCommandValues {
  return {
    ...values,
    "older-than": undefined,
    all: values["run-id"] === undefined,
    "only-borrowed": true,
  };
}

export const restoreConfigCommand: KubernetesCommand = defineKubernetesCommand({
  name: "restore-config",
  summary: "give back what runs had changed of the operator's configuration and lost",
  description:
    `Gives back what runs of scaletool backup had changed of the DevWorkspace Operator's configuration and could not give
back themselves: after kill -9, or a lost machine. Each field gets the value that it had, or goes if it was not there,
unless somebody else has changed it since, and a look at the object shows that it is so. Workspaces and namespaces that
such a run left go with scaletool cleanup --run-id ID, which gives the configuration back first, too.`,
  flags: RESTORE_CONFIG_FLAGS,
  examples: [
    { line: "backup restore-config --dry-run", does: "what is changed, and by which run" },
    { line: "backup restore-config --yes", does: "give back what all lost runs had changed" },
    { line: "backup restore-config --run-id nightly", does: "give back what this run had changed" },
  ],
  needs: async ({ values }) => (await import("./needs.ts")).restoreConfigNeeds(values),
  run: async (invocation) => {
    const { runCleanup } = await import("../../../kube/cleanup/run_cleanup.ts");
    const values = cleanupValues(invocation.values);
    return await runCleanup({ ...invocation, values }, isBackupCommand);
  },
});
