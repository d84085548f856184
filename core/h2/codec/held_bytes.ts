/** The part of a frame that has come, until the rest does: pieces of a read end anywhere. @module */

export class HeldBytes {
  #bytes = new Uint8Array(0);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Adds from `bytes`, from `at` on, until there are `wanted`; returns how many it took. */
  fill(bytes: Uint8Array, at: number, wanted: number): number {
    if (this.#bytes.length < wanted) {
      const larger = new Uint8Array(Math.max(wanted, 2 * this.#bytes.length));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    const count = Math.min(wanted - this.#length, bytes.length - at);
    this.#bytes.set(bytes.subarray(at, at + count), this.#length);
    this.#length += count;
    return count;
  }

  /** What is held, which is no longer held then; valid until the next {@link fill}. */
  take(): Uint8Array {
    const taken = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    return taken;
  }
}
