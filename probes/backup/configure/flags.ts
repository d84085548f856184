/** Flags of the configuration that the load test of the field has no word for. @module */

import { flag, integer, listOf, readable, text } from "../../../core/command/flags.ts";
import { parseRegistryPath } from "./registry_path.ts";

export const CONFIGURE_FLAGS = {
  "backup-backoff-limit": flag(integer({ min: 0, max: 2 ** 31 - 1 }), {
    help: "how often a backup's pod that failed is tried again; default: as the operator has it",
  }),
  "incorrect-registry": flag(readable("registry/path", parseRegistryPath), {
    help: "where an incorrect configuration has backups go; default: the registry's host with " +
      ".invalid after it, which cannot be there",
  }),
  "ignore-unrecoverable-events": flag(listOf(text("reason")), {
    help: "event, e.g. FailedScheduling, for which the operator is not to give a workspace up as " +
      "long as the run lasts; repeatable",
    default: [],
  }),
};
