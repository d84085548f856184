/** The program's worker thread as far as sandboxes need it, and an Io that spawns it. @module */

import type { ProgramIo } from "../../program.ts";
import type { StopSignal } from "../../core/command/command.ts";
import { runWorkerTask } from "../../core/run/worker.ts";
import { SANDBOX_WORKER_TASKS } from "../../sandbox/mod.ts";
import { recordingIo } from "../support/recording_io.ts";

if ("WorkerGlobalScope" in globalThis) runWorkerTask(SANDBOX_WORKER_TASKS);

/** Records what is printed, starts real threads and takes signals from the test. */
export class ThreadedIo {
  readonly #recording = recordingIo();
  #listener: ((signal: StopSignal) => void) | undefined;
  threads = 0;

  get stdout(): string {
    return this.#recording.output.stdout;
  }

  get stderr(): string {
    return this.#recording.output.stderr;
  }

  signal(signal: StopSignal): void {
    this.#listener?.(signal);
  }

  get io(): ProgramIo {
    return {
      ...this.#recording.io,
      onStopSignal: (listener) => {
        this.#listener = listener;
        return () => this.#listener = undefined;
      },
      spawnWorker: () => {
        this.threads++;
        return new Worker(import.meta.url, { type: "module" });
      },
    };
  }
}
