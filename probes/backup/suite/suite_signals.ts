/**
 * Stop signals of several runs in a row: the run that is under way gets each of them, and after the
 * first one no other begins. A run can be told to stop as by a signal, too.
 * @module
 */

import type { Io, StopSignal } from "../../../core/command/command.ts";
import { SignalInbox } from "../../../core/command/signal_inbox.ts";

/** Listens from its making until it is disposed, or a second signal has come. */
export class SuiteSignals implements Disposable {
  readonly #stopping = new AbortController();
  readonly #unsubscribe: () => void;
  #run = new SignalInbox();
  #first: StopSignal | undefined;

  constructor(io: Pick<Io, "onStopSignal">) {
    this.#unsubscribe = io.onStopSignal((signal) => this.#receive(signal));
  }

  /** The first signal of the process, once it has come. */
  get first(): StopSignal | undefined {
    return this.#first;
  }

  /** Fires at the first signal of the process. */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  /** Those of the next run, in the place of the process's; the run before gets no more. */
  nextRun(): SignalInbox {
    this.#run = new SignalInbox();
    return this.#run;
  }

  /** Tells the run that is under way, and nobody else. */
  send(signal: StopSignal): void {
    this.#run.receive(signal);
  }

  [Symbol.dispose](): void {
    this.#unsubscribe();
  }

  /** Nobody listens for a third one, which therefore ends the process at once. */
  #receive(signal: StopSignal): void {
    if (this.#first !== undefined) this.#unsubscribe();
    this.#first ??= signal;
    this.send(signal);
    this.#stopping.abort(new Error(signal));
  }
}
