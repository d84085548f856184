/** Somebody writes the registry's Secret anew, without the label by which the operator sees it. @module */

import { withSettings } from "../settings.ts";
import { devWorkspaceFault } from "./dev_workspace_fault.ts";

export const secretUnlabelled = devWorkspaceFault({
  name: "secret-unlabelled",
  does: "the registry's Secret has lost its label when a tick begins",
  concerns: "ticks",
  change: (settings) => withSettings({ operator: { losesSecretLabel: true } }, settings),
});
