/** `scaletool maas restore`: gives back the limits that lost runs had raised. @module */

import { defineGiveBackCommand } from "../../../kube/cleanup/give_back_command.ts";
import { LIMIT_KINDS } from "../../../kube/kuadrant/kinds.ts";

/** What was raised by other programs, or by other commands, is not this one's business. */
export function isMaasCommand(command: string): boolean {
  return command.startsWith("maas-");
}

export const restoreCommand = defineGiveBackCommand({
  name: "restore",
  summary: "give back the limits that runs had raised and lost",
  description:
    `Gives rate limits back that runs of scaletool maas had raised and could not give back themselves: after kill -9, or
a lost machine. Each rate gets the value that it had, unless somebody else has changed it since, and a look at the
object shows that it has it. Users and namespaces that such a run left go with scaletool cleanup --run-id ID, which
gives limits back first, too.`,
  examples: [
    { line: "maas restore --dry-run", does: "which limits are raised by whom" },
    { line: "maas restore --yes", does: "give back what all lost runs had raised" },
    { line: "maas restore --run-id nightly", does: "give back what this run had raised" },
  ],
  isOfGroup: isMaasCommand,
  rights: LIMIT_KINDS.flatMap((kind) =>
    ["get", "patch"].map((verb) => ({ verb, kind, onlyFor: `limits in ${kind.plural}` }))
  ),
});
