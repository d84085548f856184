/** The flags that every Kubernetes command has for a sandbox, and that `sandbox` shares. @module */

import { flag, listOf, number, toggle, type Values } from "../core/command/flags.ts";
import { FAULTS } from "./faults/mod.ts";
import { faultFlagKind } from "./faults/fault_spec.ts";

const FAULT_FLAG = flag(listOf(faultFlagKind), {
  help: `make the sandbox misbehave: ${FAULTS.map(({ name }) => name).join(", ")}; repeatable; ` +
    "`scaletool sandbox --help` explains each",
  default: [],
});

/** Of a command that can go to a sandbox. */
export const WITH_SANDBOX_FLAGS = {
  sandbox: flag(toggle, {
    help: "no cluster: run against a stand-in for the Kubernetes API, inside this program",
    default: false,
    replacesTarget: true,
  }),
  "sandbox-fault": FAULT_FLAG,
  "sandbox-traffic": flag(number({ min: 0 }), {
    help: "objects a second that come, change and go in the sandbox by themselves; " +
      "default: 20 of what the command watches if it makes no objects, else none",
  }),
};
export type WithSandboxValues = Values<typeof WITH_SANDBOX_FLAGS>;

export const SHARED_FLAGS = {
  "sandbox-fault": { ...FAULT_FLAG, aliases: ["fault"] },
};
