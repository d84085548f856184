/**
 * A server of the sandbox in a thread of its own, so that what is measured does not share an event
 * loop with what it measures: starts the thread, and stops it.
 * @module
 */

import { SystemClock } from "../core/load/clock.ts";
import { createRng } from "../core/load/rng.ts";
import { LOOP_LOG_BYTES, LoopLog } from "../core/measure/loop_log.ts";
import { Run } from "../core/run/run.ts";
import { WorkerThread } from "../core/run/worker.ts";

const TOKEN_BYTES = 24;

export interface ThreadOptions {
  /** Name of the task. */
  readonly task: string;
  /** Plain data for it. */
  readonly options: unknown;
  /** Of what is left to chance. */
  readonly seed: number;
  readonly spawnWorker: () => Worker;
  /** Takes what its user must know. */
  readonly say: (line: string) => void;
}

/** A server that answers at `address`; `Account` is what it has seen in the end. */
export interface SandboxThread<Address, Account> {
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
  thread.result.catch(() => {}); // whoever waits for `broken` or `stop` is told
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
