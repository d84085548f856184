/**
 * A shell at a real terminal (a pty), with a person who types and reads. Needs `script` of util-linux, and dash.
 * @module
 */

import assert from "node:assert/strict";
import { commandLine, hasPeer, TempDir } from "./scaletool.ts";

/** It is ended after that, as it hangs. */
const LONGEST_MS = 120_000;
/** Keys that are no letters. */
export const CTRL_C = "\x03";
export const CTRL_Z = "\x1a";
export const CTRL_BACKSLASH = "\x1c";

export interface TerminalOptions {
  /** What the shell runs; absent: it is asked line by line, and has jobs. */
  readonly script?: string;
  readonly cwd?: string;
  readonly env?: Record<string, string>;
}

/** Whether there is what it takes: is it not, that is said. */
export function hasTerminal(): boolean {
  return hasPeer("script") && hasPeer("dash");
}

/** A command line of scaletool as a shell takes it. */
export function shellWords(args: readonly string[]): string {
  const { command, args: all } = commandLine(args);
  return [command, ...all].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
}

/** See the module; dispose it to end the shell and what it runs. */
export class Terminal implements AsyncDisposable {
  readonly folder = new TempDir();
  readonly #child: Deno.ChildProcess;
  readonly #keyboard: WritableStreamDefaultWriter<Uint8Array>;
  readonly #screen: Promise<void>;
  #text = "";
  /** Up to where it was read. */
  #read = 0;
  #isOver = false;
  #onText: () => void = () => {};

  constructor({ script, cwd = this.folder.path, env = {} }: TerminalOptions = {}) {
    // Unlike bash, dash leaves the settings of the terminal to those that it runs.
    const shell = script === undefined ? "dash -i" : `dash -c '${script.replaceAll("'", `'\\''`)}'`;
    this.#child = new Deno.Command("script", {
      args: [
        "--quiet",
        "--return",
        "--command",
        `stty cols 150; export PS1="ready> "; exec ${shell}`,
        "/dev/null",
      ],
      cwd,
      env: { NO_COLOR: "1", CI: "", TERM: "xterm", ...env },
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
      signal: AbortSignal.timeout(LONGEST_MS),
    }).spawn();
    this.#keyboard = this.#child.stdin.getWriter();
    this.#screen = this.#watch();
  }

  /** Types, without a line feed of its own. */
  async type(text: string): Promise<void> {
    await this.#keyboard.write(new TextEncoder().encode(text));
  }

  /** The first match in what has come since the last one, as soon as it is there. */
  async shows(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.#text.slice(this.#read));
      if (match !== null) {
        this.#read += match.index + match[0].length;
        return match;
      }
      assert.ok(!this.#isOver, `${pattern} never came:\n${this.#text}`);
      await new Promise<void>((resolve) => this.#onText = resolve);
    }
  }

  /** All that it has shown so far. */
  get text(): string {
    return this.#text;
  }

  /** The shell's exit code, and that it waits for. */
  async finished(): Promise<number> {
    const { code } = await this.#child.status;
    await this.#screen;
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
    await this.#keyboard.close().catch(() => {});
    await this.finished();
    await this.folder[Symbol.asyncDispose]();
  }

  async #watch(): Promise<void> {
    for await (const text of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      this.#text += text;
      this.#onText();
    }
    this.#isOver = true;
    this.#onText();
  }
}
