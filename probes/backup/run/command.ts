/**
 * `scaletool backup run` as the command line knows it. What it does is loaded when it is used.
 * @module
 */

import { defineLoadCommand } from "../../../kube/load_command.ts";
import { BACKUP_FLAGS } from "../flags.ts";
import { BACKUP_REASONS } from "../reasons.ts";

const DESCRIPTION =
  `Creates DevWorkspaces, stops them, has the operator back all of them up, and proves of each that it was, or why it was
not; with a configuration that is wrong on purpose, that each backup fails as it should. Then some are deleted and restored.
The operator's configuration is borrowed: it is given back at the end of the run, however that comes, and all else is deleted.`;

export const runCommand = defineLoadCommand({
  name: "run",
  summary: "creates workspaces, stops them, has them backed up, and restores some",
  description: DESCRIPTION,
  flags: BACKUP_FLAGS,
  reasons: BACKUP_REASONS,
  examples: [
    {
      line: "backup run --registry-path quay.io/me --max-devworkspaces 50 --separate-namespaces",
      does: "50 workspaces in a namespace each; credentials from QUAY_USERNAME and QUAY_PASSWORD",
    },
    {
      line:
        "backup run --registry-path quay.io/me --dwoc-config-type incorrect --backup-wait-minutes 10",
      does: "backups that have to fail, again and again, without harm to the operator",
    },
    {
      line: "backup run --registry-path quay.io/me --configure-first",
      does: "how many backups are lost if workspaces stop while the operator looks for them",
    },
  ],
  use: async (invocation) => (await import("./backup.ts")).useBackup(invocation),
});
