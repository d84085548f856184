/**
 * `scaletool backup`: whether the DevWorkspace Operator backs up and restores workspaces under load.
 * Gathers the commands; what each does is loaded when it is used.
 * @module
 */

import { type CommandTree, defineCommandGroup } from "../../core/command/command.ts";
import type { KubernetesCommand } from "../../kube/kubernetes_command.ts";
import { restoreConfigCommand } from "./restore_config/command.ts";
import { runCommand } from "./run/command.ts";
import { suiteCommand } from "./suite/command.ts";

export const backupCommands: CommandTree<KubernetesCommand> = defineCommandGroup<
  KubernetesCommand
>({
  name: "backup",
  summary: "whether DevWorkspaces are backed up and restored under load, each of them",
  description:
    `A load of DevWorkspaces on their operator, whose scheduled backups are counted workspace by workspace: which were made,
which failed, which were lost without a word, and what came back when they were restored.`,
  examples: [
    {
      line: "backup run --registry-path quay.io/me --max-devworkspaces 50 --separate-namespaces",
      does: "50 workspaces, each backed up to a repository of its own, 10 of them restored",
    },
  ],
  subcommands: [runCommand, suiteCommand(runCommand), restoreConfigCommand],
});
