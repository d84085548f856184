/** `scaletool maas restore`: gives back the limits that lost runs had raised. @module */

import { flag, listOf, readable, text, toggle, type Values } from "../../../core/command/flags.ts";
import { DRY_RUN_FLAG } from "../../../core/command/run_flags.ts";
import { parseRunId } from "../../../core/command/run_id.ts";
import { CLEANUP_COMMAND_FLAGS, type CleanupCommandValues } from "../../../kube/cleanup/mod.ts";
import { CLUSTER_FLAGS } from "../../../kube/cluster_flags.ts";
import {
  defineKubernetesCommand,
  type KubernetesCommand,
} from "../../../kube/kubernetes_command.ts";

const RESTORE_FLAGS = {
  "run-id": flag(readable("id", parseRunId), {
    help:
      "give back what this run has raised, also if it seems to be alive; default: all lost runs",
    aliases: ["runid"],
  }),
  "dry-run": DRY_RUN_FLAG,
  yes: flag(toggle, {
    help: "without --run-id on a terminal: give back, and not only show what would be",
    short: "y",
    default: false,
  }),
  force: flag(toggle, {
    help: "without --run-id: also what living runs have raised",
    default: false,
  }),
  "force-borrowed": flag(toggle, {
    help: "give limits back also where somebody else has changed them since",
    default: false,
  }),
  namespace: flag(listOf(text("name")), {
    help:
      "look only for limits in this namespace, for a user who may not look elsewhere; repeatable",
    short: "n",
    default: [],
  }),
  timeout: CLEANUP_COMMAND_FLAGS.timeout,
  output: CLEANUP_COMMAND_FLAGS.output,
  quiet: CLEANUP_COMMAND_FLAGS.quiet,
  ...CLUSTER_FLAGS,
};

export type RestoreValues = Values<typeof RESTORE_FLAGS>;

/** What was raised by other programs, or by other commands, is not this one's business. */
export function isMaasCommand(command: string): boolean {
  return command.startsWith("maas-");
}

/** As `scaletool cleanup` has them. */
export function cleanupValues(values: RestoreValues): CleanupCommandValues {
  return {
    ...values,
    "older-than": undefined,
    all: values["run-id"] === undefined,
    "only-borrowed": true,
  };
}

export const restoreCommand: KubernetesCommand = defineKubernetesCommand({
  name: "restore",
  summary: "give back the limits that runs had raised and lost",
  description:
    `Gives rate limits back that runs of scaletool maas had raised and could not give back themselves: after kill -9, or
a lost machine. Each rate gets the value that it had, unless somebody else has changed it since, and a look at the
object shows that it has it. Users and namespaces that such a run left go with scaletool cleanup --run-id ID, which
gives limits back first, too.`,
  flags: RESTORE_FLAGS,
  examples: [
    { line: "maas restore --dry-run", does: "which limits are raised by whom" },
    { line: "maas restore --yes", does: "give back what all lost runs had raised" },
    { line: "maas restore --run-id nightly", does: "give back what this run had raised" },
  ],
  needs: async ({ values }) => (await import("./needs.ts")).restoreNeeds(values),
  run: async (invocation) => {
    const { runCleanup } = await import("../../../kube/cleanup/run_cleanup.ts");
    const values = cleanupValues(invocation.values);
    return await runCleanup({ ...invocation, values }, isMaasCommand);
  },
});
