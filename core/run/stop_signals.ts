/**
 * What stop signals (Ctrl-C, SIGTERM, a terminal that is gone) mean to a run: the first one stops the
 * load and lets the cleaning happen, the second cuts off whichever of them is under way, the third
 * ends the process. Stops nothing itself but through the run and the cleaning's own signal.
 * @module
 */

import type { Say } from "../say.ts";
import type { Io, StopSignal } from "../command/command.ts";
import type { Run } from "./run.ts";
import type { EndReason } from "../run_log/record.ts";

const END_REASON_OF: Readonly<Record<StopSignal, EndReason>> = {
  SIGINT: "interrupted",
  SIGTERM: "terminated",
  SIGHUP: "hung-up",
};

interface StopSignalsOptions {
  readonly io: Pick<Io, "onStopSignal">;
  readonly say: Say;
}

/** Listens from its making until it is disposed, or a second signal has come. */
export class StopSignals implements Disposable {
  readonly #run: Run;
  readonly #say: Say;
  readonly #unsubscribe: () => void;
  readonly #received = new AbortController();
  #first: StopSignal | undefined;
  #phase: "load" | "cleaning" | "over" = "load";
  /** What a second signal aborts once the load is over. */
  readonly #cutting = new AbortController();

  constructor(run: Run, { io, say }: StopSignalsOptions) {
    this.#run = run;
    this.#say = say;
    this.#unsubscribe = io.onStopSignal((signal) => {
      if (this.#received.signal.aborted) this.#onSecond(signal);
      else this.#onFirst(signal);
    });
  }

  /** The first signal, once it has come. */
  get first(): StopSignal | undefined {
    return this.#first;
  }

  /** Fires at the first signal. */
  get received(): AbortSignal {
    return this.#received.signal;
  }

  /** The load is over and undoing begins, which a second signal cuts off through this controller. */
  cleaning(): AbortController {
    this.#phase = "cleaning";
    return this.#cutting;
  }

  /** Undoing is over too. */
  cleaned(): void {
    this.#phase = "over";
  }

  [Symbol.dispose](): void {
    this.#unsubscribe();
  }

  #onFirst(signal: StopSignal): void {
    this.#first = signal;
    this.#say(`${signal}: ${this.#answer()}`);
    this.#received.abort();
    this.#run.stop(END_REASON_OF[signal]); // nothing new to a run that has stopped by itself
  }

  #answer(): string {
    if (this.#phase === "over") return "ending";
    if (this.#phase === "cleaning") return "cleaning up already; once more to cut that off";
    const doing = this.#run.stopping.aborted ? "stopping already" : "stopping and cleaning up";
    return `${doing}; once more to cut off what is in flight`;
  }

  /** Nobody listens for a third one, which therefore ends the process at once. */
  #onSecond(signal: StopSignal): void {
    this.#unsubscribe();
    if (this.#phase === "over") return;
    if (this.#phase === "cleaning") {
      this.#say(`${signal}: cutting off the cleaning`);
      this.#cutting.abort(new Error(`cut off by ${signal}`));
      return;
    }
    this.#say(`${signal}: cutting off what is in flight, then cleaning up`);
    for (const { label, byHand } of this.#run.pendingUndos) {
      if (byHand !== undefined) {
        this.#say(`once more ends at once, without ${label}; finish then with: ${byHand}`);
      }
    }
    this.#run.cutOff();
  }
}
