/**
 * Where the process's stop signals arrive before anybody knows what they mean. Whoever has something
 * to end in order subscribes and decides; a signal that nobody has claimed ends the process, which
 * then has nothing to undo. Loads nothing, so that it can listen before all else is loaded.
 * @module
 */

import type { StopSignal } from "./command.ts";

type Listener = (signal: StopSignal) => void;

/** See the module. */
export class SignalInbox {
  readonly #listeners = new Set<Listener>();
  readonly #unclaimed = Promise.withResolvers<StopSignal>();
  #early: StopSignal | undefined;

  /** The first signal that came while nobody was subscribed; never rejects. */
  get unclaimed(): Promise<StopSignal> {
    return this.#unclaimed.promise;
  }

  receive(signal: StopSignal): void {
    if (this.#listeners.size > 0) {
      for (const listener of [...this.#listeners]) listener(signal);
      return;
    }
    this.#early ??= signal;
    this.#unclaimed.resolve(signal);
  }

  /**
   * Calls the listener at each signal until the returned function is called; one that nobody had
   * claimed comes first, so that nothing is begun in the last moments of a process that ends.
   */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    const early = this.#early;
    if (early !== undefined) {
      queueMicrotask(() => this.#listeners.has(listener) && listener(early));
    }
    return () => void this.#listeners.delete(listener);
  }
}
