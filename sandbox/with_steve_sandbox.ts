/**
 * steve-watch on a sandbox that has a Steve: the flags, and nothing that the command has to know of.
 * What they do is loaded when they are used.
 * @module
 */

import { UsageError } from "../core/errors.ts";
import { flag, listOf, toggle, type Values } from "../core/run/flags.ts";
import type { KubernetesCommand } from "../kube/kubernetes_command.ts";
import { steveFaultFlagKind } from "./steve/faults/fault_spec.ts";
import { STEVE_FAULTS } from "./steve/faults/mod.ts";

const FAULTS = STEVE_FAULTS.map(({ name }) => name).join(", ");

const FLAGS = {
  sandbox: flag(toggle, {
    help: "no cluster: run against stand-ins for Steve and the Kubernetes API, inside this program",
    default: false,
    replacesTarget: true,
  }),
  "sandbox-fault": flag(listOf(steveFaultFlagKind), {
    help: `make the sandbox misbehave: ${FAULTS}; repeatable; may be followed by ` +
      ",after=DURATION and ,for=DURATION",
    default: [],
  }),
};
export type SteveSandboxValues = Values<typeof FLAGS>;

export function withSteveSandbox(command: KubernetesCommand): KubernetesCommand {
  const { name, flags, examples } = command;
  return {
    ...command,
    flags: { ...flags, ...FLAGS },
    examples: [
      ...examples,
      { line: `${name} --sandbox`, does: "the smoke profile, with neither Steve nor cluster" },
      {
        line: `${name} --sandbox --sandbox-fault drop`,
        does: "what the verdict is when notifications get lost",
      },
    ],
    async run(invocation) {
      const values = invocation.values as SteveSandboxValues;
      if (values.sandbox) {
        const { runWithSteveSandbox } = await import("./run_with_steve_sandbox.ts");
        return await runWithSteveSandbox(command, invocation);
      }
      if (values["sandbox-fault"].length === 0) return await command.run(invocation);
      throw new UsageError("--sandbox-fault changes a sandbox: it needs --sandbox");
    },
  };
}
