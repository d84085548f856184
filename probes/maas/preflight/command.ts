/**
 * `scaletool maas preflight` as the command line knows it. What it does is loaded when it is used.
 * @module
 */

import { defineLoadCommand } from "../../../kube/load_command.ts";
import { MAAS_FLAGS } from "../flags.ts";
import { MAAS_REASONS } from "../reasons.ts";

const DESCRIPTION =
  `Would a run on a model gateway work, and what would it change? Looks at rights, the gateway, the model and its limits,
makes one user of each tier and one that may not use the model, asks one question each, and removes them again. Takes the
flags of the other maas commands. Changes no limit: those that a run would raise are named.
Exit code 0: nothing stands against a run; 3: something does; 1: the cluster could not be asked.`;

export const preflightCommand = defineLoadCommand({
  name: "preflight",
  summary: "say whether a run on a model gateway would work, and what it would change",
  description: DESCRIPTION,
  flags: MAAS_FLAGS,
  reasons: MAAS_REASONS,
  examples: [
    { line: "maas preflight", does: "with what is found on the cluster" },
    { line: "maas preflight --tiers free,premium,enterprise", does: "with a user of each tier" },
    { line: "maas preflight -o json", does: "for scripts" },
  ],
  use: async (invocation) => (await import("./preflight.ts")).usePreflight(invocation),
});
