/**
 * `scaletool maas`: where a Models-as-a-Service gateway breaks, and which part of it breaks first.
 * Gathers the commands; what each does is loaded when it is used.
 * @module
 */

import { type CommandTree, defineCommandGroup } from "../../core/command/command.ts";
import type { KubernetesCommand } from "../../kube/kubernetes_command.ts";
import { allCommand } from "./all/command.ts";
import { concurrentUsersCommand } from "./concurrent_users/command.ts";
import { preflightCommand } from "./preflight/command.ts";
import { rateCommand } from "./rate/command.ts";
import { restoreCommand } from "./restore/command.ts";
import { tokensCommand } from "./tokens/command.ts";

/** In the order in which `all` runs them. */
const LOADS: readonly KubernetesCommand[] = [
  concurrentUsersCommand,
  rateCommand,
  tokensCommand,
];

export const maasCommands: CommandTree<KubernetesCommand> = defineCommandGroup<KubernetesCommand>({
  name: "maas",
  summary: "where a Models-as-a-Service gateway breaks, and which part of it breaks first",
  description:
    `Loads on a gateway in front of models, whose users have quotas and credentials of their own. How much it takes, what a
policy allows, and what this program can send are three answers, never one.`,
  examples: [
    {
      line: "maas users",
      does: "how many users at once are served well, in the steps of the plan of the field",
    },
  ],
  subcommands: [preflightCommand, ...LOADS, allCommand(LOADS), restoreCommand],
});
