/** A generator that is a child process, as far as whoever started it sees it. @module */

import type { GeneratorEnd } from "./host.ts";

/** How one is started: this same program, which the environment tells that it is one. */
export interface GeneratorStart {
  readonly args: readonly string[];
  /** Beside what this process has. */
  readonly env: Readonly<Record<string, string>>;
}

export interface GeneratorProcess {
  readonly pid: number;
  readonly stdout: ReadableStream<Uint8Array>;
  readonly stderr: ReadableStream<Uint8Array>;
  /** Writes to its stdin; rejects if nobody reads there any more. */
  send(text: string): Promise<void>;
  /** Ends its stdin, which tells it that it has no coordinator any more. */
  hangUp(): Promise<void>;
  /** Ends it at once; nothing if it has ended. */
  kill(): void;
  readonly ended: Promise<Pick<GeneratorEnd, "isOrderly" | "why">>;
}
