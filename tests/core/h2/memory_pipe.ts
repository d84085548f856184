/**
 * Two ends of a connection in memory. What is written at one end is read at the other, in pieces of any
 * length; a write takes as much as there is room for and waits when there is none.
 * @module
 */

import type { ByteConnection } from "../../../core/net/byte_connection.ts";

export interface MemoryPipeOptions {
  /** Each way, that have been written but not read. */
  readonly roomBytes?: number;
  /** How many bytes a read gives of those that are there; all unless given. */
  readonly readBytes?: (there: number) => number;
}

export function memoryPipe(options: MemoryPipeOptions = {}): [MemoryEnd, MemoryEnd] {
  const there = new OneWay(options);
  const back = new OneWay(options);
  return [new MemoryEnd(back, there), new MemoryEnd(there, back)];
}

export class MemoryEnd implements ByteConnection {
  constructor(readonly inbound: OneWay, readonly outbound: OneWay) {}

  isClosed = false;

  read(into: Uint8Array): Promise<number | null> {
    return this.inbound.read(into);
  }

  write(bytes: Uint8Array): Promise<number> {
    return this.outbound.write(bytes);
  }

  closeWrite(): Promise<void> {
    this.outbound.end();
    return Promise.resolve();
  }

  /** The other end reads what was written, and then the end. */
  close(): void {
    this.isClosed = true;
    this.outbound.end();
    this.inbound.abandon();
  }

  /** As a connection that is reset. */
  break(error: Error): void {
    this.outbound.fail(error);
    this.inbound.fail(error);
  }
}

export class OneWay {
  readonly #roomBytes: number;
  readonly #readBytes: (there: number) => number;
  #waiting: Uint8Array = new Uint8Array(0);
  #isEnded = false;
  #error: Error | undefined;
  #changed = Promise.withResolvers<void>();
  /** Nothing is read until it is false again. */
  isStuck = false;

  constructor({ roomBytes = Infinity, readBytes = (there) => there }: MemoryPipeOptions) {
    this.#roomBytes = roomBytes;
    this.#readBytes = readBytes;
  }

  async read(into: Uint8Array): Promise<number | null> {
    while (
      this.#error === undefined && (this.#waiting.length === 0 && !this.#isEnded || this.isStuck)
    ) {
      await this.#changed.promise;
    }
    if (this.#error !== undefined) throw this.#error;
    if (this.#waiting.length === 0) return null;
    const wanted = Math.max(1, this.#readBytes(this.#waiting.length));
    const count = Math.min(wanted, into.length, this.#waiting.length);
    into.set(this.#waiting.subarray(0, count));
    this.#waiting = this.#waiting.slice(count);
    this.#change();
    return count;
  }

  async write(bytes: Uint8Array): Promise<number> {
    while (this.#error === undefined && !this.#isEnded && this.#waiting.length >= this.#roomBytes) {
      await this.#changed.promise;
    }
    if (this.#isEnded) throw new Deno.errors.BrokenPipe("the other end is closed");
    if (this.#error !== undefined) throw this.#error;
    const count = Math.min(bytes.length, this.#roomBytes - this.#waiting.length);
    const joined = new Uint8Array(this.#waiting.length + count);
    joined.set(this.#waiting);
    joined.set(bytes.subarray(0, count), this.#waiting.length);
    this.#waiting = joined;
    this.#change();
    return count;
  }

  end(): void {
    this.#isEnded = true;
    this.#change();
  }

  /** The reader has closed it. */
  abandon(): void {
    this.#isEnded = true;
    this.fail(new Deno.errors.Interrupted("closed"));
  }

  fail(error: Error): void {
    this.#error ??= error;
    this.#change();
  }

  unstick(): void {
    this.isStuck = false;
    this.#change();
  }

  #change(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}
