/**
 * A sandbox of the Kubernetes API from where it is used: starts it, and stops it.
 * @module
 */

import type { LoopLog } from "../core/measure/loop_log.ts";
import type { SandboxAccount } from "./account.ts";
import { kubeconfigText } from "./kubeconfig_file.ts";
import type { SandboxAddress, SandboxOptions } from "./sandbox_task.ts";
import { newToken, startThread, type ThreadOptions } from "./sandbox_thread.ts";
import { SANDBOX_TASK } from "./worker_tasks.ts";

export type StartOptions =
  & Omit<SandboxOptions, "token">
  & Pick<ThreadOptions, "seed" | "spawnWorker" | "say">;

/** A sandbox that answers. */
export interface Sandbox {
  readonly url: string;
  readonly kubeconfig: string;
  /** How late its thread is, at any moment. */
  readonly loop: LoopLog;
  /** Rejects if the thread breaks; never resolves before {@link stop}. */
  readonly broken: Promise<unknown>;
  /** Ends it; what it has seen. */
  stop(): Promise<SandboxAccount>;
}

/** @throws {CannotRunError} if the address cannot be had */
export async function startSandbox(
  { seed, spawnWorker, say, ...given }: StartOptions,
): Promise<Sandbox> {
  const options: SandboxOptions = { ...given, token: newToken() };
  const thread = await startThread<SandboxAddress, SandboxAccount>({
    task: SANDBOX_TASK,
    options,
    seed,
    spawnWorker,
    say,
  });
  const { address, loop, broken } = thread;
  const { token, namespaces: [namespace] } = options;
  return {
    url: address.url,
    kubeconfig: kubeconfigText(address, {
      token,
      ...(namespace === undefined ? {} : { namespace }),
    }),
    loop,
    broken,
    stop: () => thread.stop(),
  };
}
