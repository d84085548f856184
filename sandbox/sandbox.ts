/**
 * A server of the sandbox from where it is used: starts it in a thread of its own, so that what is
 * measured does not share an event loop with what it measures, and stops it.
 * @module
 */

import type { Say } from "../core/say.ts";
import { SystemClock } from "../core/load/clock.ts";
import { createRng } from "../core/load/rng.ts";
import { LOOP_LOG_BYTES, LoopLog } from "../core/measure/loop_log.ts";
import { Run } from "../core/run/run.ts";
import { WorkerThread } from "../core/run/worker.ts";
import type { SandboxAccount } from "./account.ts";
import { kubeconfigText } from "./kubeconfig_file.ts";
import type { SandboxAddress, SandboxOptions } from "./sandbox_task.ts";
import { SANDBOX_TASK } from "./worker_tasks.ts";

type StartOptions =
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

const TOKEN_BYTES = 24;

interface ThreadOptions {
  /** Name of the task. */
  readonly task: string;
  /** Plain data for it. */
  readonly options: unknown;
  /** Of what is left to chance. */
  readonly seed: number;
  readonly spawnWorker: () => Worker;
  /** Takes what its user must know. */
  readonly say: Say;
}

/** A server that answers at `address`; `Account` is what it has seen in the end. */
interface SandboxThread<Address, Account> {
  readonly address: Address;
  /** How late it is, at any moment. */
  readonly loop: LoopLog;
  /** Rejects if the thread breaks; never resolves before {@link stop}. */
  readonly broken: Promise<unknown>;
  stop(): Promise<Account>;
}

/** Resolves once the task has published its address. @throws {CannotRunError} if that cannot be had */
export async function startThread<Address, Account>(
  { task, options, seed, spawnWorker, say }: ThreadOptions,
): Promise<SandboxThread<Address, Account>> {
  // What stops the thread; nobody asks what it recorded.
  const clock = new SystemClock();
  const run = new Run({ id: "sandbox", clock, rng: createRng(seed), log: () => {} });
  const loop = new LoopLog(new SharedArrayBuffer(LOOP_LOG_BYTES));
  const started = Promise.withResolvers<Address>();
  const thread = new WorkerThread(run, spawnWorker(), {
    task,
    options,
    seed,
    say,
    loop,
    onValue: (value) => started.resolve(value as Address),
  });
  thread.result.catch(() => {}); // those who wait for `broken` or `stop` are told
  return {
    address: await Promise.race([started.promise, thread.result as Promise<never>]),
    loop,
    broken: thread.result,
    stop() {
      run.stop("limit");
      return thread.result as Promise<Account>;
    },
  };
}

/** Nobody else has it. */
export function newToken(): string {
  return crypto.getRandomValues(new Uint8Array(TOKEN_BYTES)).toHex();
}
