/**
 * What has a client sent that nobody has taken yet? Reads ahead of whoever takes it, by a bounded
 * number of bytes, and so notices at once when the client has gone. Knows no protocol.
 * @module
 */

import type { ByteConnection } from "../net/byte_connection.ts";

/** Of one read: as many as a request has, and more once they come. */
const FIRST_READ_BYTES = 2_048;
const MOST_READ_BYTES = 16_384;

interface ReadAheadOptions {
  /** So many may wait; what comes after them waits in the system. */
  readonly mostBytes: number;
  /** Told once: nothing more will come, as the client has ended or the connection failed. */
  readonly onEnd: () => void;
}

/** See the module. Reads until the connection ends. */
export class ReadAhead {
  readonly #conn: ByteConnection;
  readonly #options: ReadAheadOptions;
  #held = new Uint8Array(FIRST_READ_BYTES);
  /** What is waiting is there from here on, until before `#to`. */
  #from = 0;
  #to = 0;
  #isEnded = false;
  #isDiscarding = false;
  /** Of those who wait for more to come. */
  #coming = Promise.withResolvers<boolean>();
  /** Of the reading itself, while there is no room. */
  #hasRoom: (() => void) | undefined;

  constructor(conn: ByteConnection, options: ReadAheadOptions) {
    this.#conn = conn;
    this.#options = options;
    void this.#readAll();
  }

  /** What is waiting; good until the next wait. */
  get bytes(): Uint8Array {
    return this.#held.subarray(this.#from, this.#to);
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** So many of {@link bytes} are done with. */
  took(bytes: number): void {
    this.#from += bytes;
    if (this.#from === this.#to) this.#from = this.#to = 0;
    this.#hasRoom?.();
  }

  /** Resolves when more has come than there was, or with false: nothing will. */
  more(): Promise<boolean> {
    return this.#isEnded ? Promise.resolve(false) : this.#coming.promise;
  }

  /** Throws away whatever comes from now on. */
  discard(): void {
    this.#isDiscarding = true;
    this.took(this.#to - this.#from);
  }

  async #readAll(): Promise<void> {
    let into = new Uint8Array(FIRST_READ_BYTES);
    try {
      for (;;) {
        if (this.#to - this.#from >= this.#options.mostBytes) {
          await new Promise<void>((resolve) => this.#hasRoom = resolve);
          continue;
        }
        const bytes = await this.#conn.read(into);
        if (bytes === null) break;
        if (!this.#isDiscarding) this.#hold(into.subarray(0, bytes));
        this.#tellOfMore();
        if (bytes === into.length && bytes < MOST_READ_BYTES) into = new Uint8Array(2 * bytes);
      }
    } catch {
      // However it ended: nothing more comes.
    }
    this.#isEnded = true;
    this.#tellOfMore();
    this.#options.onEnd();
  }

  #hold(bytes: Uint8Array): void {
    const waiting = this.#to - this.#from;
    const needed = waiting + bytes.length;
    if (this.#to + bytes.length > this.#held.length) {
      const room = needed > this.#held.length ? new Uint8Array(2 * needed) : this.#held;
      room.set(this.bytes);
      this.#held = room;
      this.#from = 0;
      this.#to = waiting;
    }
    this.#held.set(bytes, this.#to);
    this.#to += bytes.length;
  }

  #tellOfMore(): void {
    this.#coming.resolve(!this.#isEnded);
    this.#coming = Promise.withResolvers();
  }
}
