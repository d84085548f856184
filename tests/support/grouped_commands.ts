/**
 * The program with a command in a group: cmdriver under another name, so that everything that knows
 * commands can be seen to know it by its full name, and a second one beside it.
 * @module
 */

import type { Command, CommandTree } from "../../core/command/command.ts";
import { defineCommandGroup } from "../../core/command/command.ts";
import { changedTree } from "../../core/command/command_tree.ts";
import { driverCommands } from "../../drivers/mod.ts";
import { cleanupCommand } from "../../kube/cleanup/mod.ts";
import { doctorCommand } from "../../kube/doctor/mod.ts";
import type { KubernetesCommand } from "../../kube/kubernetes_command.ts";
import { manifestsCommand } from "../../kube/manifests/mod.ts";
import { withSandbox } from "../../sandbox/mod.ts";
import { startObserver } from "../../watchers/mod.ts";

const [writer] = driverCommands({ startLogger: startObserver });

const GROUP = defineCommandGroup({
  name: "gateway",
  summary: "loads on gateways",
  description: "Loads on gateways.",
  examples: [{ line: "gateway attached-routes", does: "one of them" }],
  subcommands: [{ ...writer!, name: "attached-routes" }, { ...writer!, name: "route-change" }],
});

const KUBERNETES_COMMANDS: readonly CommandTree<KubernetesCommand>[] = changedTree(
  [{ ...writer!, name: "writer" }, GROUP],
  { command: withSandbox },
);

/** As `cli.ts` puts them together. */
export const GROUPED_COMMANDS: readonly Command[] = [
  ...KUBERNETES_COMMANDS,
  doctorCommand(KUBERNETES_COMMANDS),
  manifestsCommand(KUBERNETES_COMMANDS),
  cleanupCommand,
];
