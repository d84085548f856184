/**
 * One use of steve-watch on a sandbox: starts it, points the command at it, and stops it whichever way
 * the command ends. The command is told URLs, a kubeconfig and a token, and nothing else.
 * @module
 */

import type { ExitCode } from "../core/exit_code.ts";
import { randomSeed } from "../core/load/rng.ts";
import type { Invocation } from "../core/run/command.ts";
import type { KubernetesCommand } from "../kube/kubernetes_command.ts";
import { refuseClusterFlags } from "./cluster_flags_conflict.ts";
import { kubeconfigText } from "./kubeconfig_file.ts";
import { sayFaults } from "./run_with_sandbox.ts";
import type { SandboxAddress } from "./sandbox_task.ts";
import { newToken, startThread } from "./sandbox_thread.ts";
import type { SteveAccount } from "./steve/steve.ts";
import type { SteveSandboxOptions } from "./steve_task.ts";
import { TemporaryFiles } from "./temporary_files.ts";
import type { SteveSandboxValues } from "./with_steve_sandbox.ts";
import { STEVE_SANDBOX_TASK } from "./worker_tasks.ts";

/** The last of these are values that the command has. */
type UsedValues = SteveSandboxValues & {
  readonly profile: string;
  readonly seed: number;
  readonly quiet: boolean;
  readonly "dry-run": boolean;
};

/** @throws {UsageError} for flags that name a cluster or a Steve */
export async function runWithSteveSandbox(
  command: KubernetesCommand,
  invocation: Invocation,
): Promise<ExitCode> {
  const { io, shown } = invocation;
  refuseClusterFlags(invocation);
  const values = invocation.values as unknown as UsedValues;
  const isGiven = shown["profile"] !== undefined && shown["profile"].source !== "default";
  const profile = isGiven ? values.profile : "smoke";
  if (values["dry-run"]) {
    return await command.run({ ...invocation, values: { ...invocation.values, profile } });
  }
  const say = (line: string) => values.quiet ? undefined : io.stderr(`${line}\n`);
  const seed = values.seed || randomSeed();
  const token = newToken();
  await using closing = new AsyncDisposableStack();
  const options: SteveSandboxOptions = {
    token,
    faults: values["sandbox-fault"].map(({ text }) => text),
  };
  const thread = await startThread<SandboxAddress, SteveAccount>({
    task: STEVE_SANDBOX_TASK,
    options,
    seed,
    spawnWorker: () => io.spawnWorker(),
    say,
  });
  closing.defer(() => sayFaults(thread, say));
  const files = closing.use(new TemporaryFiles());
  const { address } = thread;
  say(`sandbox at ${address.url}: this is no Steve and no cluster`);
  return await command.run({
    ...invocation,
    values: {
      ...invocation.values,
      profile,
      seed,
      kubeconfig: files.write("kubeconfig", kubeconfigText(address, { token })),
      "steve-url": address.url,
      "steve-ca": files.write("ca.pem", address.caPem),
      "steve-token": token,
    },
  });
}
