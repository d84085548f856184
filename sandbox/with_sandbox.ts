/**
 * A Kubernetes command that can also go to a sandbox: the flags, and nothing that the command has to
 * know of. What they do is loaded when they are used.
 * @module
 */

import { UsageError } from "../core/errors.ts";
import { isGiven } from "../core/command/settings.ts";
import type { KubernetesCommand, OnTarget } from "../kube/kubernetes_command.ts";
import { WITH_SANDBOX_FLAGS, type WithSandboxValues } from "./flags.ts";

const NEED_SANDBOX = ["sandbox-fault", "sandbox-traffic"] as const;

/** @param fullName of the command, for its help */
export function withSandbox(command: KubernetesCommand, fullName: string): KubernetesCommand {
  const { examples } = command;
  const flags = { ...command.flags, ...WITH_SANDBOX_FLAGS };
  const onTarget: OnTarget = async (invocation, use) => {
    const values = invocation.values as WithSandboxValues;
    if (values.sandbox) {
      const { runWithSandbox } = await import("./run_with_sandbox.ts");
      return await runWithSandbox({ ...command, flags }, { invocation, use });
    }
    const given = NEED_SANDBOX.find((flag) => isGiven(invocation.shown, flag));
    if (given === undefined) return await use(invocation);
    throw new UsageError(`--${given} changes a sandbox: it needs --sandbox`);
  };
  return {
    ...command,
    flags,
    examples: [
      ...examples,
      { line: `${fullName} --sandbox --duration 10s`, does: "with no cluster at all" },
      {
        line: `${fullName} --sandbox --sandbox-fault 429,share=0.2 --duration 10s`,
        does: "what the verdict is when a fifth of the load is turned away",
      },
    ],
    onTarget,
    run: (invocation) => onTarget(invocation, command.run),
  };
}
