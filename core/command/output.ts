/**
 * What becomes of the texts that are given to stdout or stderr: written in their order, as fast as
 * the reader takes them. A reader that does not read holds up nothing but its own texts; a full disk,
 * a terminal that is gone and a reader that has had enough end nothing.
 * @module
 */

import { messageOf } from "../errors.ts";
import type { Clock } from "../load/clock.ts";

/**
 * Small enough that a slow reader is seen to take something, large enough that a long report takes
 * few calls.
 */
const CHUNK_BYTES = 16_384;
/** Beyond that the reader does not keep up: about a minute of events, and more lines than a person reads. */
const LAG_BYTES = 262_144;
/** Until a descriptor that another program has made non-blocking is asked again. */
const RETRY_MS = 20;

/** How long a reader may take nothing at the end before the process ends without it. */
export const PATIENCE_MS = 30_000;
/** The same where somebody has asked for the end. */
export const PATIENCE_AFTER_SIGNAL_MS = 1_000;

/** Where bytes go; may take only the first of them. */
interface Sink {
  /** @returns how many were taken */
  write(bytes: Uint8Array): Promise<number>;
}

/** What has become of the texts of one stream. */
export interface Delivery {
  /** Why texts were lost, e.g. `No space left on device (os error 28)`; undefined if none were. */
  readonly failure: string | undefined;
  /** The reader has closed its end (head, less): what follows goes nowhere, and that is no failure. */
  readonly isClosed: boolean;
}

export interface Patience {
  /** How long the reader may take nothing before it is given up. */
  readonly patienceMs: number;
  /** From then on it has {@link PATIENCE_AFTER_SIGNAL_MS}: one that reads takes far less. */
  readonly signal?: AbortSignal;
}

/** See the module. Every call returns at once, {@link settled} apart. */
export class Output implements Delivery {
  readonly #sink: Sink;
  readonly #clock: Clock;
  readonly #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #isWriting = false;
  /** A text was lost after its beginning had been written: the next one begins a line. */
  #isTorn = false;
  #failure: string | undefined;
  #isClosed = false;
  #isGivenUp = false;
  /** Resolved, and made anew, whenever the reader has taken something or never will. */
  #moved = Promise.withResolvers<void>();

  constructor(sink: Sink, { clock }: { clock: Clock }) {
    this.#sink = sink;
    this.#clock = clock;
  }

  get failure(): string | undefined {
    return this.#failure;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Takes a text that must not be missing, however long the reader takes. */
  write(text: string): void {
    if (this.#isClosed || this.#isGivenUp || text === "") return;
    const bytes = new TextEncoder().encode(text);
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    if (!this.#isWriting) void this.#writeAll();
  }

  /** Takes a text that is of use only now. @returns false if the reader lags behind: it is dropped */
  offer(text: string): boolean {
    if (this.#waitingBytes > LAG_BYTES) return false;
    this.write(text);
    return true;
  }

  /** Resolves when nothing is waiting any more. A reader that is given up is a failure. */
  async settled(patience: Patience): Promise<void> {
    let { patienceMs, signal } = patience;
    while (this.#isWriting && !this.#isGivenUp) {
      if (patienceMs === Infinity && signal === undefined) {
        await this.#moved.promise;
        continue;
      }
      const moved = this.#moved.promise.then(() => true);
      const waited = new AbortController();
      const over = signal ? AbortSignal.any([waited.signal, signal]) : waited.signal;
      const late = this.#clock.sleepUntil(this.#clock.now() + patienceMs, over).then(() => false);
      const hasMoved = await Promise.race([moved, late]);
      waited.abort();
      await late;
      if (hasMoved) continue;
      if (signal?.aborted) [patienceMs, signal] = [PATIENCE_AFTER_SIGNAL_MS, undefined];
      else this.#giveUp();
    }
  }

  #giveUp(): void {
    this.#isGivenUp = true;
    this.#failure ??= "nobody reads it";
    this.#drop();
  }

  #drop(): void {
    this.#waiting.length = 0;
    this.#waitingBytes = 0;
  }

  async #writeAll(): Promise<void> {
    this.#isWriting = true;
    for (let bytes = this.#waiting[0]; bytes !== undefined; bytes = this.#waiting[0]) {
      await this.#writeText(bytes);
      // Dropped meanwhile: what is first now is not what was.
      if (this.#waiting[0] !== bytes) continue;
      this.#waiting.shift();
      this.#waitingBytes -= bytes.length;
    }
    this.#isWriting = false;
    this.#hasMoved();
  }

  /** Never rejects: what cannot be written is lost, and the next text is tried again. */
  async #writeText(bytes: Uint8Array): Promise<void> {
    let rest = this.#isTorn ? prefixedByLineBreak(bytes) : bytes;
    const length = rest.length;
    while (rest.length > 0) {
      try {
        rest = rest.subarray(await this.#sink.write(rest.subarray(0, CHUNK_BYTES)));
        this.#isTorn = false;
        this.#hasMoved();
      } catch (error) {
        if (error instanceof Deno.errors.WouldBlock) {
          await this.#clock.sleepUntil(this.#clock.now() + RETRY_MS);
          continue;
        }
        this.#onError(error);
        this.#isTorn ||= rest.length < length;
        return;
      }
    }
  }

  #onError(error: unknown): void {
    if (error instanceof Deno.errors.BrokenPipe) {
      this.#isClosed = true;
      this.#drop();
    } else {
      this.#failure ??= messageOf(error);
    }
  }

  #hasMoved(): void {
    this.#moved.resolve();
    this.#moved = Promise.withResolvers();
  }
}

/** A way to say lines that are dropped while nobody reads, and how many were with the next one that is. */
export function sayingGaps(output: Pick<Output, "offer">): (text: string) => void {
  let missing = 0;
  return (text) => {
    const gap = missing === 0 ? "" : `(${missing} messages were dropped: nobody read them)\n`;
    missing = output.offer(gap + text) ? 0 : missing + 1;
  };
}

function prefixedByLineBreak(bytes: Uint8Array): Uint8Array {
  const prefixed = new Uint8Array(bytes.length + 1);
  prefixed.set(new TextEncoder().encode("\n"));
  prefixed.set(bytes, 1);
  return prefixed;
}
