/**
 * One use of a command on a sandbox with a DevWorkspace Operator: in a thread and in real time, or
 * simulated.
 * @module
 */

import { randomSeed } from "../core/load/rng.ts";
import { TemporaryFolder } from "../core/files.ts";
import { withFlags } from "../core/command/command.ts";
import type { KubernetesCommand } from "../kube/kubernetes_command.ts";
import { OPERATOR_NAMESPACE } from "./devworkspace/installation.ts";
import { REGISTRY_PATH, REGISTRY_SECRET } from "./devworkspace/registry_credentials.ts";
import { simulateDevWorkspaces } from "./devworkspace_simulation.ts";
import type { DevWorkspaceSandboxOptions } from "./devworkspace_task.ts";
import { DEVWORKSPACE_SANDBOX_FLAGS, HEEDED_FLAGS } from "./flags.ts";
import { kubeconfigText } from "./kubeconfig_file.ts";
import { refuseClusterFlags } from "./refused_flags.ts";
import {
  chosenBySandbox,
  faultTexts,
  type OneUse,
  onThread,
  sayFaults,
  sayFor,
  untold,
} from "./run_with_sandbox.ts";
import { newToken } from "./sandbox.ts";
import { DEVWORKSPACE_SANDBOX_TASK } from "./worker_tasks.ts";

const USED_FLAGS = { ...DEVWORKSPACE_SANDBOX_FLAGS, ...HEEDED_FLAGS };

/** In real time nobody waits for the full minute. */
const REAL_TIME_SCHEDULE = "@every 5s";

/**
 * The command is told where the operator and its registry are, unless it was told others.
 * @throws {UsageError} for flags that name a cluster
 */
export async function runWithDevWorkspaceSandbox<T>(
  command: KubernetesCommand,
  { invocation: given, use }: OneUse<T>,
): Promise<T> {
  refuseClusterFlags(given);
  const { flags } = command;
  const { simulate } = withFlags(given, USED_FLAGS).values;
  const chosen = untold(given, flags, {
    "dwo-namespace": OPERATOR_NAMESPACE,
    "registry-path": REGISTRY_PATH,
    "registry-secret": REGISTRY_SECRET,
    ...simulate ? {} : { "backup-schedule": REAL_TIME_SCHEDULE },
  });
  const invocation = chosenBySandbox(given, { flags, chosen });
  const { values } = withFlags(invocation, USED_FLAGS);
  if (values["dry-run"]) return await use(invocation);
  if (simulate) return await simulated(command, { invocation, use });
  const profile = values["sandbox-profile"];
  return await onThread({
    task: DEVWORKSPACE_SANDBOX_TASK,
    what: "no cluster",
    io: invocation.io,
    values,
    more: {
      profile,
      registryPath: registryPathOf(values),
    } satisfies Partial<DevWorkspaceSandboxOptions>,
  }, ({ loop, seed, kubeconfig }) =>
    use({
      ...chosenBySandbox(invocation, { flags, chosen: { seed, kubeconfig } }),
      standIns: [loop],
    }));
}

/** Not every command has the flag. */
function registryPathOf(values: Readonly<Record<string, unknown>>): string {
  const { "registry-path": path } = values;
  return typeof path === "string" && path !== "" ? path : REGISTRY_PATH;
}

async function simulated<T>(
  command: KubernetesCommand,
  { invocation, use }: OneUse<T>,
): Promise<T> {
  const { values } = withFlags(invocation, USED_FLAGS);
  // What cannot be run is known before anything is started.
  await command.needs(invocation);
  const say = sayFor(invocation.io, values);
  const token = newToken();
  const seed = values.seed || randomSeed();
  using files = new TemporaryFolder("sandbox");
  const options = {
    ...{ token, seed, faults: faultTexts(values), profile: values["sandbox-profile"] },
    registryPath: registryPathOf(values),
  };
  return await simulateDevWorkspaces(options, async ({ url, simulation, account }) => {
    const kubeconfig = files.write("kubeconfig", kubeconfigText({ url }, { token }));
    say(`sandbox at ${url}: this is no cluster, and its time is simulated`);
    const chosen = { seed, kubeconfig };
    try {
      return await use({
        ...chosenBySandbox(invocation, { flags: command.flags, chosen }),
        simulation,
      });
    } finally {
      await sayFaults({ stop: () => Promise.resolve(account()) }, say);
    }
  });
}
