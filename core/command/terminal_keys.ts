/**
 * Single keys of a terminal that others use too: the shell, whenever this process is in the background
 * or stopped, and programs that ask the user something. Looks before every touch whether the terminal
 * is this process's own, since a background process that touches it is stopped by the system. Source:
 * POSIX.1-2017, 11.1.4 Terminal Access Control.
 * @module
 */

import type { Clock } from "../load/clock.ts";
import { isTerminalLent, keepTerminal } from "../terminal_loan.ts";
import type { KeyListener } from "./command.ts";

/** Nobody who presses a key notices; an idle look takes some 50 us. */
const LOOK_PERIOD_MS = 50;
/** More in one look were not pressed but pasted, or are one key that has a sequence of its own. */
const MOST_KEYS_AT_ONCE = 4;

/** What there is to do with a terminal; nothing of it waits. */
export interface SharedTerminal {
  /** Whether this process is in its foreground. */
  isOurs(): boolean;
  /** Whether keys come one by one and without an echo; signals as ever. */
  setSingle(isSingle: boolean): void;
  /** What was typed since the last call. */
  read(): string;
}

/** See the module. Listens from its making until it is disposed. */
export class TerminalKeys implements Disposable {
  readonly #terminal: SharedTerminal;
  readonly #listener: KeyListener;
  readonly #closing = new AbortController();
  readonly #kept: Disposable;
  #isSingle = false;

  constructor(
    terminal: SharedTerminal,
    { clock, listener }: { clock: Clock; listener: KeyListener },
  ) {
    this.#terminal = terminal;
    this.#listener = listener;
    this.#kept = keepTerminal(this);
    void this.#look(clock);
  }

  /** The terminal is to be as it was found; the next look takes it again, if it may. */
  give(): void {
    if (this.#isSingle && this.#terminal.isOurs()) this.#terminal.setSingle(false);
    this.#isSingle = false;
  }

  /** This process was stopped and goes on: what the terminal is like is not known. */
  forget(): void {
    this.#isSingle = false;
  }

  [Symbol.dispose](): void {
    this.#kept[Symbol.dispose]();
    this.#closing.abort();
    this.give();
  }

  async #look(clock: Clock): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        this.#take();
      } catch {
        return; // the terminal is gone
      }
      await clock.sleepUntil(clock.now() + LOOK_PERIOD_MS, signal);
    }
  }

  #take(): void {
    if (isTerminalLent()) return;
    if (!this.#terminal.isOurs()) return this.forget();
    if (this.#isSingle) {
      for (const key of keysIn(this.#terminal.read())) this.#listener.onKey(key);
      return;
    }
    this.#terminal.setSingle(true);
    this.#isSingle = true;
    this.#terminal.read(); // meant for somebody else
    this.#listener.onListening();
  }
}

function keysIn(typed: string): string[] {
  const keys = [...typed];
  return keys.length <= MOST_KEYS_AT_ONCE && !typed.includes("\x1b") ? keys : [];
}
