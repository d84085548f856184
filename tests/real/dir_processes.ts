/**
 * How are processes that belong to a cluster started, awaited and ended? By their names in the cluster's
 * directory, with which whatever is left of them ends.
 * @module
 */

import type { Component } from "./components.ts";
import { launch, type Readiness, readinessOf, stop, waitUntilReady } from "./processes.ts";
import type { ProcessName, RunDir } from "./run_dir.ts";

const GRACE_MS = 10_000;

export interface Until {
  readonly look: () => Promise<Readiness>;
  readonly signal?: AbortSignal | undefined;
}

/** Disposing it gives up whatever is awaited; it ends no process. */
export class DirProcesses<Name extends ProcessName> implements Disposable {
  readonly #dir: RunDir;
  readonly #ending = new AbortController();

  constructor(dir: RunDir) {
    this.#dir = dir;
  }

  /** @throws {RangeError} if it was never started */
  pid(name: Name): number {
    const pid = this.#dir.pid(name);
    if (pid === undefined) throw new RangeError(`Cannot find ${name}: it was not started`);
    return pid;
  }

  /**
   * Resolves when it is ready.
   * @throws {CannotRunError} if it does not start
   */
  async start({ name, command, args, healthUrl }: Component<Name>, signal?: AbortSignal) {
    await launch({
      command,
      args,
      dir: this.#dir.root,
      pidFile: this.#dir.pidFile(name),
      logFile: this.#dir.log(name),
    });
    using client = Deno.createHttpClient({});
    await this.until(name, { look: () => readinessOf(healthUrl, client), signal });
  }

  /**
   * Resolves when it is dead; one that was never started is.
   * @param graceMs time to end by itself after SIGTERM, 10 s unless given; 0 kills it
   */
  async stop(name: Name, graceMs = GRACE_MS): Promise<void> {
    const pid = this.#dir.pid(name);
    if (pid !== undefined) await stop(pid, { dir: this.#dir.root, graceMs });
  }

  /** Waits for whatever a process that runs does in the end. */
  async until(name: Name, { look, signal }: Until): Promise<void> {
    const ending = this.#ending.signal;
    await waitUntilReady(look, {
      name,
      pid: this.pid(name),
      dir: this.#dir.root,
      logFile: this.#dir.log(name),
      signal: signal === undefined ? ending : AbortSignal.any([ending, signal]),
    });
  }

  [Symbol.dispose](): void {
    this.#ending.abort();
  }
}
