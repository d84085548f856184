/**
 * A Kubernetes command that can also go to a sandbox: the flags, and nothing that the command has to
 * know of. What they do is loaded when they are used.
 * @module
 */

import { UsageError } from "../core/errors.ts";
import { aroundCommand, type Invocation, withFlags } from "../core/command/command.ts";
import { isGiven } from "../core/command/settings.ts";
import type { KubernetesCommand, OnTarget } from "../kube/kubernetes_command.ts";
import {
  DEVWORKSPACE_SANDBOX_FLAGS,
  GATEWAY_SANDBOX_FLAGS,
  MAAS_SANDBOX_FLAGS,
  STEVE_SANDBOX_FLAGS,
  WITH_SANDBOX_FLAGS,
} from "./flags.ts";

/** Uses a command on a stand-in that it starts. */
type UseOnStandIn = <T>(
  command: KubernetesCommand,
  on: { invocation: Invocation; use: (invocation: Invocation) => Promise<T> },
) => Promise<T>;

interface StandIn {
  readonly flags:
    | typeof WITH_SANDBOX_FLAGS
    | typeof STEVE_SANDBOX_FLAGS
    | typeof GATEWAY_SANDBOX_FLAGS
    | typeof MAAS_SANDBOX_FLAGS
    | typeof DEVWORKSPACE_SANDBOX_FLAGS;
  /** What may follow the command's name. */
  readonly examples: readonly { readonly flags: string; readonly does: string }[];
  load(): Promise<UseOnStandIn>;
}

/** @param fullName of the command, for its help */
export function withSandbox(command: KubernetesCommand, fullName: string): KubernetesCommand {
  return withStandIn(command, fullName, {
    flags: WITH_SANDBOX_FLAGS,
    examples: [
      { flags: "--sandbox --duration 10s", does: "with no cluster at all" },
      {
        flags: "--sandbox --sandbox-fault 429,share=0.2 --duration 10s",
        does: "what the verdict is when a fifth of the load is turned away",
      },
    ],
    load: async () => (await import("./run_with_sandbox.ts")).runWithSandbox,
  });
}

/** For steve-watch, whose sandbox has a Steve. @param fullName of the command, for its help */
export function withSteveSandbox(command: KubernetesCommand, fullName: string): KubernetesCommand {
  return withStandIn(command, fullName, {
    flags: STEVE_SANDBOX_FLAGS,
    examples: [
      { flags: "--sandbox", does: "the smoke profile, with neither Steve nor cluster" },
      {
        flags: "--sandbox --sandbox-fault drop",
        does: "what the verdict is when notifications get lost",
      },
    ],
    load: async () => (await import("./run_with_sandbox.ts")).runWithSteveSandbox,
  });
}

/**
 * For the gateway probes, whose sandbox has Gateways, a controller and a data plane.
 * @param fullName of the command, for its help
 */
export function withGatewaySandbox(
  command: KubernetesCommand,
  fullName: string,
): KubernetesCommand {
  return withStandIn(command, fullName, {
    flags: GATEWAY_SANDBOX_FLAGS,
    examples: [
      { flags: "--sandbox", does: "with neither a cluster nor a Gateway API implementation" },
      {
        flags: "--sandbox --sandbox-fault unserved",
        does: "what the verdict is when routes answer with errors before they are served",
      },
    ],
    load: async () => (await import("./run_with_sandbox.ts")).runWithGatewaySandbox,
  });
}

/**
 * For the maas probes, whose sandbox has a gateway with an auth service, a limiter and a model.
 * @param fullName of the command, for its help
 */
export function withMaasSandbox(command: KubernetesCommand, fullName: string): KubernetesCommand {
  return withStandIn(command, fullName, {
    flags: MAAS_SANDBOX_FLAGS,
    examples: [
      { flags: "--sandbox", does: "with neither a cluster nor a model" },
      {
        flags: "--sandbox --sandbox-fault limiter-dry",
        does: "what the verdict is when the auth service may not ask the API server often enough",
      },
    ],
    load: async () => (await import("./run_with_sandbox.ts")).runWithMaasSandbox,
  });
}

/**
 * For the backup probe, whose sandbox has a DevWorkspace Operator with all that it needs of a cluster.
 * @param fullName of the command, for its help
 */
export function withDevWorkspaceSandbox(
  command: KubernetesCommand,
  fullName: string,
): KubernetesCommand {
  return withStandIn(command, fullName, {
    flags: DEVWORKSPACE_SANDBOX_FLAGS,
    examples: [
      {
        flags: "--sandbox --simulate",
        does: "the whole run with neither a cluster nor a wait, its time simulated",
      },
      {
        flags: "--sandbox --simulate --sandbox-fault registry-unreachable",
        does: "what the verdict is when backups cannot be pushed",
      },
    ],
    load: async () =>
      (await import("./run_with_devworkspace_sandbox.ts")).runWithDevWorkspaceSandbox,
  });
}

function withStandIn(
  inner: KubernetesCommand,
  fullName: string,
  { flags, examples, load }: StandIn,
): KubernetesCommand {
  const onTarget: OnTarget = async (invocation, use) => {
    if (withFlags(invocation, flags).values.sandbox) {
      return await (await load())(command, { invocation, use });
    }
    const idle = Object.keys(flags).find((name) =>
      name !== "sandbox" && isGiven(invocation.shown, name)
    );
    if (idle === undefined) return await use(invocation);
    throw new UsageError(`--${idle} changes a sandbox: it needs --sandbox`);
  };
  const command: KubernetesCommand = {
    ...aroundCommand(inner, {
      flags,
      examples: [
        ...inner.examples,
        ...examples.map(({ flags, does }) => ({ line: `${fullName} ${flags}`, does })),
      ],
      run: (invocation) => onTarget(invocation, inner.run),
    }),
    onTarget,
  };
  return command;
}
