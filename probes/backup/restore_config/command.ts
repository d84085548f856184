/** `scaletool backup restore-config`: gives back what lost runs had changed of an operator. @module */

import { defineGiveBackCommand } from "../../../kube/cleanup/give_back_command.ts";
import { OPERATOR_CONFIGS } from "../../../kube/devworkspace/kinds.ts";
import { SECRETS } from "../../../kube/resource.ts";

/** What other commands have changed is not this one's business. */
export function isBackupCommand(command: string): boolean {
  return command.startsWith("backup-");
}

const CHANGE = ["get", "patch"];

export const restoreConfigCommand = defineGiveBackCommand({
  name: "restore-config",
  summary: "give back what runs had changed of the operator's configuration and lost",
  description:
    `Gives back what runs of scaletool backup had changed of the DevWorkspace Operator's configuration and could not give
back themselves: after kill -9, or a lost machine. Each field gets the value that it had, or goes if it was not there,
unless somebody else has changed it since, and a look at the object shows that it is so. Workspaces and namespaces that
such a run left go with scaletool cleanup --run-id ID, which gives the configuration back first, too.`,
  examples: [
    { line: "backup restore-config --dry-run", does: "what is changed, and by which run" },
    { line: "backup restore-config --yes", does: "give back what all lost runs had changed" },
    { line: "backup restore-config --run-id nightly", does: "give back what this run had changed" },
  ],
  isOfGroup: isBackupCommand,
  rights: [
    ...CHANGE.map((verb) => ({ verb, kind: OPERATOR_CONFIGS })),
    ...CHANGE.map((verb) => ({ verb, kind: SECRETS, onlyFor: "labels of registry Secrets" })),
  ],
});
