/**
 * The program at a terminal, as somebody sits there: what is typed, what the screen has shown, how it
 * ended and how it left the terminal. Needs python3, which knows terminals.
 * @module
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { commandLine } from "./scaletool.ts";

const RELAY = fileURLToPath(new URL("./pseudo_terminal.py", import.meta.url));
const LONGEST_RUN_MS = 60_000;

/** Control sequences, also the beginning of one at the end. Source: ECMA-48, 5.4. */
// deno-lint-ignore no-control-regex
const MOVES = /\x1b\[[\d;?]*[A-Za-z]|\x1b(?:\[[\d;?]*)?$|\r/g;

/** How a program left its terminal. */
export interface Left {
  /** Negative: the number of the signal that ended it. */
  readonly code: number;
  /** The terminal has the modes that it had before. */
  readonly isAsBefore: boolean;
}

export class PseudoTerminal implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #typing: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reading: Promise<void>;
  readonly #told: Promise<string[]>;
  readonly #pid = Promise.withResolvers<number>();
  /** All that was shown, without what moves the cursor. */
  screen = "";
  #seenTo = 0;
  #onText: () => void = () => {};
  #isOver = false;

  constructor(args: readonly string[], { cwd }: { cwd: string }) {
    const line = commandLine(args);
    this.#child = new Deno.Command("python3", {
      args: [RELAY, line.command, ...line.args],
      cwd,
      env: { NO_COLOR: "1", TERM: "xterm", CI: "" },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
      signal: AbortSignal.timeout(LONGEST_RUN_MS),
    }).spawn();
    this.#typing = this.#child.stdin.getWriter();
    this.#reading = this.#read();
    this.#told = this.#readTold();
  }

  async type(text: string): Promise<void> {
    await this.#typing.write(new TextEncoder().encode(text));
  }

  /** Waits until this is shown, after all that was waited for before. */
  async sees(pattern: RegExp): Promise<void> {
    for (;;) {
      const match = pattern.exec(this.screen.slice(this.#seenTo));
      if (match !== null) return void (this.#seenTo += match.index + match[0].length);
      assert.ok(!this.#isOver, `${pattern} was never shown; the screen:\n${this.screen}`);
      await new Promise<void>((resolve) => this.#onText = resolve);
    }
  }

  async kill(signal: Deno.Signal): Promise<void> {
    Deno.kill(await this.#pid.promise, signal);
  }

  async left(): Promise<Left> {
    const told = await this.#told;
    return JSON.parse(told.at(-1)!);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Closing the master ends the program too: its terminal is gone.
    if (!this.#isOver) this.#child.kill("SIGKILL");
    await Promise.all([this.#reading, this.#told, this.#child.status]);
    await this.#typing.close().catch(() => {});
  }

  async #read(): Promise<void> {
    let raw = "";
    for await (const text of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      raw += text;
      this.screen = raw.replace(MOVES, "");
      this.#onText();
    }
    this.#isOver = true;
    this.#onText();
  }

  async #readTold(): Promise<string[]> {
    let told = "";
    for await (const text of this.#child.stderr.pipeThrough(new TextDecoderStream())) {
      told += text;
      const [first] = told.split("\n");
      if (told.includes("\n")) this.#pid.resolve(JSON.parse(first!).pid);
    }
    return told.trim().split("\n");
  }
}
