/** A body that is there already. @module */

import type { BodySource } from "../body_source.ts";

export class BytesSource implements BodySource {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  next(mostBytes: number): Uint8Array | null {
    if (this.#at === this.#bytes.length) return null;
    const piece = this.#bytes.subarray(this.#at, this.#at + mostBytes);
    this.#at += piece.length;
    return piece;
  }
}
