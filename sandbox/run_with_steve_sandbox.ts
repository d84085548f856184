/**
 * One use of steve-watch on a sandbox, to run or to be examined: starts it, points the command at it,
 * and stops it whichever way that ends. The command is told URLs, a kubeconfig and a token, and
 * nothing else.
 * @module
 */

import { randomSeed } from "../core/load/rng.ts";
import { type Invocation, withFlags } from "../core/command/command.ts";
import { isGiven } from "../core/command/settings.ts";
import { TemporaryFolder } from "../core/files.ts";
import type { KubernetesCommand } from "../kube/kubernetes_command.ts";
import { HEEDED_FLAGS, STEVE_SANDBOX_FLAGS } from "./flags.ts";
import { kubeconfigText } from "./kubeconfig_file.ts";
import { chosenBySandbox, refuseClusterFlags, sayFaults } from "./run_with_sandbox.ts";
import { newToken, startThread } from "./sandbox.ts";
import type { SandboxAddress } from "./sandbox_task.ts";
import type { SteveAccount } from "./steve/steve.ts";
import type { SteveSandboxOptions } from "./steve_task.ts";
import { STEVE_SANDBOX_TASK } from "./worker_tasks.ts";

const USED_FLAGS = { ...STEVE_SANDBOX_FLAGS, ...HEEDED_FLAGS };

/** @throws {UsageError} for flags that name a cluster or a Steve */
export async function runWithSteveSandbox<T>(
  { flags }: KubernetesCommand,
  { invocation: given, use }: {
    invocation: Invocation;
    use: (invocation: Invocation) => Promise<T>;
  },
): Promise<T> {
  refuseClusterFlags(given);
  const invocation = isGiven(given.shown, "profile")
    ? given
    : chosenBySandbox(given, { flags, chosen: { profile: "smoke" } });
  const { io } = invocation;
  const { values } = withFlags(invocation, USED_FLAGS);
  if (values["dry-run"]) return await use(invocation);
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
  const files = closing.use(new TemporaryFolder("sandbox"));
  const { address } = thread;
  say(`sandbox at ${address.url}: this is no Steve and no cluster`);
  const chosen = {
    seed,
    kubeconfig: files.write("kubeconfig", kubeconfigText(address, { token })),
    "steve-url": address.url,
    "steve-ca": files.write("ca.pem", address.caPem),
    "steve-token": token,
  };
  return await use({
    ...chosenBySandbox(invocation, { flags, chosen }),
    standIns: [thread.loop],
  });
}
