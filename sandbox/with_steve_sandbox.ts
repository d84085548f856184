/**
 * steve-watch on a sandbox that has a Steve: the flags, and nothing that the command has to know of.
 * What they do is loaded when they are used.
 * @module
 */

import { UsageError } from "../core/errors.ts";
import { flag, listOf, toggle, type Values } from "../core/command/flags.ts";
import { isGiven } from "../core/command/settings.ts";
import type { KubernetesCommand, OnTarget } from "../kube/kubernetes_command.ts";
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
  const { name, examples } = command;
  const flags = { ...command.flags, ...FLAGS };
  const onTarget: OnTarget = async (invocation, use) => {
    const values = invocation.values as SteveSandboxValues;
    if (values.sandbox) {
      const { runWithSteveSandbox } = await import("./run_with_steve_sandbox.ts");
      return await runWithSteveSandbox({ ...command, flags }, { invocation, use });
    }
    if (!isGiven(invocation.shown, "sandbox-fault")) return await use(invocation);
    throw new UsageError("--sandbox-fault changes a sandbox: it needs --sandbox");
  };
  return {
    ...command,
    flags,
    examples: [
      ...examples,
      { line: `${name} --sandbox`, does: "the smoke profile, with neither Steve nor cluster" },
      {
        line: `${name} --sandbox --sandbox-fault drop`,
        does: "what the verdict is when notifications get lost",
      },
    ],
    onTarget,
    run: (invocation) => onTarget(invocation, command.run),
  };
}
