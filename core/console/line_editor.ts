/**
 * Lines that somebody types at a terminal, edited as in a shell: cursor keys, the history of the
 * session, completion. Knows of no command.
 * @module
 */

import { clearLine, createInterface, cursorTo, type Interface } from "node:readline";
import type { Terminal } from "../command/command.ts";
import { printable } from "../say.ts";

const MOST_LINES_OF_HISTORY = 200;

export interface LineEditorOptions {
  readonly prompt: string;
  /** Whole words, with the space behind them, that can stand where the last word of the line is. */
  readonly complete: (line: string) => readonly string[];
}

/** Has the terminal from its making until it is disposed. */
export class LineEditor implements Disposable {
  readonly #terminal: Terminal;
  readonly #readline: Interface;
  readonly #left = new AbortController();
  /** Typed while nobody asked. */
  readonly #typed: string[] = [];
  #onLine: (() => void) | undefined;

  constructor(terminal: Terminal, { prompt, complete }: LineEditorOptions) {
    this.#terminal = terminal;
    this.#readline = createInterface({
      ...terminal,
      terminal: true,
      prompt,
      historySize: MOST_LINES_OF_HISTORY,
      removeHistoryDuplicates: true,
      completer: (line: string) => [complete(line), lastWordOf(line)],
    });
    // It stops reading while it completes, which costs a key under Deno 2.6.8; nothing here takes long.
    this.#readline.pause = () => this.#readline;
    this.#readline.on("line", (line) => {
      this.#typed.push(line);
      this.#onLine?.();
    });
    this.#readline.on("SIGINT", () => this.leave()); // Ctrl-C is a key here
    this.#readline.on("close", () => this.leave()); // Ctrl-D
    // Ctrl-Z does nothing: a stopped program whose terminal is set for keys never reads from it again.
    this.#readline.on("SIGTSTP", () => {});
  }

  /** Fires when whoever types wants to leave, or is gone. */
  get left(): AbortSignal {
    return this.#left.signal;
  }

  leave(): void {
    this.#left.abort();
  }

  /** The next line that is typed; undefined: there is none any more. */
  async line(): Promise<string | undefined> {
    if (this.#typed.length === 0 && !this.left.aborted) {
      this.#readline.prompt();
      await this.#until((resolve) => {
        this.#onLine = resolve;
        return () => this.#onLine = undefined;
      });
    }
    return this.left.aborted ? undefined : this.#typed.shift();
  }

  /** Resolves at the next key, which is no part of a line; or when `over` fires. */
  async key(over: AbortSignal): Promise<void> {
    const { input } = this.#terminal;
    await this.#until((resolve) => {
      input.once("keypress", resolve);
      over.addEventListener("abort", resolve, { once: true });
      return () => {
        input.off("keypress", resolve);
        over.removeEventListener("abort", resolve);
      };
    });
    // The editor has seen the key too, after or before: it comes to nothing.
    await new Promise((resolve) => void setImmediate(resolve));
    if (!this.left.aborted) this.#readline.write(null, { ctrl: true, name: "u" });
    this.#typed.length = 0;
  }

  /** Writes a line, over the prompt if that is there. */
  readonly say = (line: string): void => {
    const { output } = this.#terminal;
    cursorTo(output, 0);
    clearLine(output, 0);
    output.write(`${printable(line)}\n`);
  };

  /** Gives the terminal back. */
  [Symbol.dispose](): void {
    this.leave();
    this.#readline.close();
    this.#terminal.input.pause();
  }

  /** @param listen returns what ends the listening */
  async #until(listen: (resolve: () => void) => () => void): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const end = listen(resolve);
    this.left.addEventListener("abort", () => resolve(), { once: true });
    if (!this.left.aborted) await promise;
    end();
  }
}

function lastWordOf(line: string): string {
  return line.slice(line.lastIndexOf(" ") + 1);
}
