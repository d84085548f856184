/**
 * A sandbox from where it is used: starts its thread, and stops it. The thread is one of its own, so
 * that what is measured does not share an event loop with what it measures.
 * @module
 */

import type { Clock } from "../core/load/clock.ts";
import { SystemClock } from "../core/load/clock.ts";
import { createRng } from "../core/load/rng.ts";
import { Run } from "../core/run/run.ts";
import { WorkerThread } from "../core/run/worker.ts";
import type { SandboxAccount } from "./account.ts";
import { kubeconfigText } from "./kubeconfig_file.ts";
import type { SandboxAddress, SandboxOptions } from "./sandbox_task.ts";
import { SANDBOX_TASK } from "./worker_tasks.ts";

const TOKEN_BYTES = 24;

export interface StartOptions extends Omit<SandboxOptions, "token"> {
  /** Of what is left to chance. */
  readonly seed: number;
  readonly spawnWorker: () => Worker;
}

/** A sandbox that answers. */
export interface Sandbox {
  readonly url: string;
  readonly kubeconfig: string;
  /** Rejects if the thread breaks; never resolves before {@link stop}. */
  readonly broken: Promise<unknown>;
  /** Ends it; what it has seen. */
  stop(): Promise<SandboxAccount>;
}

/** @throws {CannotRunError} if the address cannot be had */
export async function startSandbox(
  { seed, spawnWorker, ...options }: StartOptions,
): Promise<Sandbox> {
  const token = crypto.getRandomValues(new Uint8Array(TOKEN_BYTES)).toHex();
  const run = unreportedRun(new SystemClock(), seed);
  const started = Promise.withResolvers<SandboxAddress>();
  const thread = new WorkerThread(run, spawnWorker(), {
    task: SANDBOX_TASK,
    options: { ...options, token } satisfies SandboxOptions,
    seed,
    say: () => {},
    onValue: (value) => started.resolve(value as SandboxAddress),
  });
  thread.result.catch(() => {}); // whoever waits for `broken` or `stop` is told
  const address = await Promise.race([started.promise, thread.result as Promise<never>]);
  const [namespace] = options.namespaces;
  return {
    url: address.url,
    kubeconfig: kubeconfigText(address, {
      token,
      ...(namespace === undefined ? {} : { namespace }),
    }),
    broken: thread.result,
    stop() {
      run.stop("limit");
      return thread.result as Promise<SandboxAccount>;
    },
  };
}

/** What stops the thread; nobody asks what it recorded. */
function unreportedRun(clock: Clock, seed: number): Run {
  return new Run({ id: "sandbox", clock, rng: createRng(seed), warmUpMs: 0, log: () => {} });
}
