/** The fields that one end has told the other to remember. RFC 7541, sections 2.3.2 and 4. @module */

import type { HeaderField } from "../header_field.ts";

/** RFC 7541, section 4.1: what an entry counts beside its name and value. */
const ENTRY_OVERHEAD_BYTES = 32;

export function fieldBytes(field: HeaderField): number {
  return field[0].length + field[1].length + ENTRY_OVERHEAD_BYTES;
}

export class DynamicTable {
  /** A ring, its length a power of two; the entry of number n is at n modulo its length. */
  #ring: (HeaderField | undefined)[] = new Array(32).fill(undefined);
  #maxBytes: number;
  #bytes = 0;
  #count = 0;
  #inserted = 0;
  readonly #onEvicted: (field: HeaderField) => void;

  /** @param onEvicted told what goes, the oldest first */
  constructor(
    maxBytes: number,
    onEvicted: (field: HeaderField) => void = () => {},
  ) {
    this.#maxBytes = maxBytes;
    this.#onEvicted = onEvicted;
  }

  get maxBytes(): number {
    return this.#maxBytes;
  }

  /** Never more than {@link maxBytes}. */
  get bytes(): number {
    return this.#bytes;
  }

  get length(): number {
    return this.#count;
  }

  /** How many entries there have ever been; the last one has this number less one. */
  get inserted(): number {
    return this.#inserted;
  }

  /** @param age 0: the newest */
  at(age: number): HeaderField | undefined {
    if (age < 0 || age >= this.#count) return undefined;
    return this.#ring[this.#inserted - 1 - age & this.#ring.length - 1];
  }

  /** RFC 7541, section 4.3. */
  resize(maxBytes: number): void {
    this.#maxBytes = maxBytes;
    this.#evictDownTo(maxBytes);
  }

  /**
   * RFC 7541, section 4.4: older entries go to make room; one that is larger than the table empties it
   * and is not kept.
   */
  insert(field: HeaderField): void {
    const bytes = fieldBytes(field);
    this.#evictDownTo(Math.max(0, this.#maxBytes - bytes));
    if (bytes > this.#maxBytes) return;
    if (this.#count === this.#ring.length) this.#grow();
    this.#ring[this.#inserted & this.#ring.length - 1] = field;
    this.#inserted++;
    this.#count++;
    this.#bytes += bytes;
  }

  #evictDownTo(bytes: number): void {
    while (this.#bytes > bytes) {
      const place = this.#inserted - this.#count & this.#ring.length - 1;
      const field = this.#ring[place]!;
      this.#ring[place] = undefined;
      this.#count--;
      this.#bytes -= fieldBytes(field);
      this.#onEvicted(field);
    }
  }

  #grow(): void {
    const ring: (HeaderField | undefined)[] = new Array(2 * this.#ring.length).fill(undefined);
    for (let age = 0; age < this.#count; age++) {
      ring[this.#inserted - 1 - age & ring.length - 1] = this.at(age);
    }
    this.#ring = ring;
  }
}
