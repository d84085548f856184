/** The memory of a program with all processes that it started. Linux only. @module */

import { SystemClock } from "../../core/load/clock.ts";
import { Ticker } from "../../core/load/ticker.ts";

const POLL_MS = 100;
const BYTES_PER_KIB = 1_024;

/**
 * The most that they had at a time while the work went on. Pages that processes share count once
 * (PSS), so that a program of many processes is not charged for its own text again and again.
 */
export class TreeMemory implements AsyncDisposable {
  readonly #root: number;
  readonly #looking: Ticker;
  peakBytes = 0;

  constructor(pid: number) {
    this.#root = pid;
    const pace = { clock: new SystemClock(), periodMs: POLL_MS, atEnd: false };
    this.#looking = new Ticker(() => this.#look(), pace);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#looking[Symbol.asyncDispose]();
  }

  #look(): void {
    let bytes = 0;
    for (const pid of treeOf(this.#root)) bytes += proportionalBytes(pid);
    this.peakBytes = Math.max(this.peakBytes, bytes);
  }
}

function treeOf(pid: number): number[] {
  const text = read(`/proc/${pid}/task/${pid}/children`);
  return [pid, ...text.split(" ").filter((child) => child !== "").map(Number).flatMap(treeOf)];
}

function proportionalBytes(pid: number): number {
  const [, kibibytes = "0"] = /^Pss:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/smaps_rollup`)) ?? [];
  return Number(kibibytes) * BYTES_PER_KIB;
}

/** Nothing of a process that has gone. */
function read(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}
