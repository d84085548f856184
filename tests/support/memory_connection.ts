/** A connection whose other end is the test: it sends, sees what was written, and holds writes up. @module */

import { Buffer } from "node:buffer";
import type { ByteConnection } from "../../core/net/byte_connection.ts";

export class MemoryConnection implements ByteConnection {
  readonly #coming: Uint8Array[] = [];
  #isEnded = false;
  #read = Promise.withResolvers<void>();
  #write = Promise.withResolvers<void>();
  #written: Uint8Array[] = [];
  isClosed = false;
  /** The other end has been told that nothing follows. */
  isWriteClosed = false;
  /** While it is held no write ends. */
  isHeld = false;
  writes = 0;

  /** From the other end, in one piece. */
  send(text: string | Uint8Array): void {
    this.#coming.push(typeof text === "string" ? Buffer.from(text, "latin1") : text.slice());
    this.#tell();
  }

  /** The other end sends nothing more. */
  end(): void {
    this.#isEnded = true;
    this.#tell();
  }

  letGo(): void {
    this.isHeld = false;
    this.#write.resolve();
    this.#write = Promise.withResolvers();
  }

  /** What has been written so far. */
  get text(): string {
    return Buffer.concat(this.#written).toString("latin1");
  }

  /** What was written since the last look. */
  takeText(): string {
    const { text } = this;
    this.#written = [];
    return text;
  }

  async read(into: Uint8Array): Promise<number | null> {
    while (this.#coming.length === 0) {
      if (this.isClosed) throw new Deno.errors.Interrupted("closed");
      if (this.#isEnded) return null;
      await this.#read.promise;
    }
    const [piece] = this.#coming as [Uint8Array];
    const length = Math.min(piece.length, into.length);
    into.set(piece.subarray(0, length));
    if (length === piece.length) this.#coming.shift();
    else this.#coming[0] = piece.subarray(length);
    return length;
  }

  async write(bytes: Uint8Array): Promise<number> {
    this.writes++;
    while (this.isHeld && !this.isClosed) await this.#write.promise;
    if (this.isClosed) throw new Deno.errors.BadResource("closed");
    this.#written.push(bytes.slice());
    return bytes.length;
  }

  closeWrite(): Promise<void> {
    this.isWriteClosed = true;
    return Promise.resolve();
  }

  close(): void {
    this.isClosed = true;
    this.#tell();
    this.letGo();
  }

  #tell(): void {
    this.#read.resolve();
    this.#read = Promise.withResolvers();
  }
}
