/** Bytes that wait to be sent, in one piece of memory that is used again. @module */

const FIRST_BYTES = 1_024;
/** Memory of more than this is given back once it is empty. */
const KEPT_BYTES = 65_536;

export class ByteQueue {
  /** What waits is from `#start` to `#end`. Another array after each {@link append}. */
  #bytes = new Uint8Array(FIRST_BYTES);
  #start = 0;
  #end = 0;

  get length(): number {
    return this.#end - this.#start;
  }

  /** To be written to at the place that {@link append} gave, until its next call. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** Makes room for so many bytes at the end; returns where in {@link bytes} they are to be written. */
  append(count: number): number {
    if (this.#end + count > this.#bytes.length) this.#makeRoom(count);
    const at = this.#end;
    this.#end += count;
    return at;
  }

  /** Moves the first bytes to `target` from `at` on, as many as it has room for; returns how many. */
  moveInto(target: Uint8Array, at: number): number {
    const count = Math.min(this.length, target.length - at);
    target.set(this.#bytes.subarray(this.#start, this.#start + count), at);
    this.#start += count;
    if (this.#start === this.#end) this.#empty();
    return count;
  }

  #makeRoom(count: number): void {
    const waiting = this.#bytes.subarray(this.#start, this.#end);
    const needed = waiting.length + count;
    if (needed > this.#bytes.length) {
      this.#bytes = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    }
    this.#bytes.set(waiting);
    this.#start = 0;
    this.#end = waiting.length;
  }

  #empty(): void {
    this.#start = this.#end = 0;
    if (this.#bytes.length > KEPT_BYTES) this.#bytes = new Uint8Array(FIRST_BYTES);
  }
}
