/** Field blocks into fields. RFC 7541, section 6. @module */

import type { HeaderField } from "../header_field.ts";
import { INITIAL_SETTINGS } from "../settings.ts";
import { compressionError } from "./compression_error.ts";
import { DynamicTable, fieldBytes } from "./dynamic_table.ts";
import { decodeHuffman, mostDecodedBytes } from "./huffman.ts";
import { latin1Text } from "./latin1.ts";
import { STATIC_TABLE } from "./static_table.ts";

/** Bits that an integer may have after its prefix: up to 2^28, more than any length or index here. */
const MAX_INTEGER_BITS = 28;
/** The index of the newest entry of the dynamic table. */
const FIRST_DYNAMIC = STATIC_TABLE.length;

/** Of one direction of a connection; after an error it is of no more use. */
export class HpackDecoder {
  readonly #maxListBytes: number;
  readonly #table = new DynamicTable(INITIAL_SETTINGS.headerTableBytes);
  #maxTableBytes: number = INITIAL_SETTINGS.headerTableBytes;
  #mustShrink = false;

  #block: Uint8Array = new Uint8Array(0);
  #at = 0;
  #fields: HeaderField[] = [];
  #listBytes = 0;
  #decoded = new Uint8Array(256);

  /** @param maxListBytes counted as RFC 9113, section 10.5.1 says: 32 for each field more */
  constructor(maxListBytes: number) {
    this.#maxListBytes = maxListBytes;
  }

  /**
   * What the table may have from the next block on, at first 4,096: a peer that has acknowledged a lower
   * SETTINGS_HEADER_TABLE_SIZE says in its next block that it keeps to it. RFC 7541, section 4.2.
   */
  set maxTableBytes(bytes: number) {
    this.#maxTableBytes = bytes;
    this.#mustShrink = bytes < this.#table.maxBytes;
  }

  /** What the table holds now, counted as RFC 7541, section 4.1 says. */
  get tableBytes(): number {
    return this.#table.bytes;
  }

  /**
   * The fields of a whole block; undefined: their list is over the limit, and the table as it must be.
   * @throws {ConnectionError} COMPRESSION_ERROR
   */
  decode(block: Uint8Array): readonly HeaderField[] | undefined {
    this.#block = block;
    this.#at = 0;
    this.#fields = [];
    this.#listBytes = 0;
    this.#readTableSizes();
    while (this.#at < block.length) this.#readField();
    return this.#listBytes > this.#maxListBytes ? undefined : this.#fields;
  }

  /** Section 6.3. They come before all fields. */
  #readTableSizes(): void {
    while ((this.#block[this.#at]! & 0xe0) === 0x20) {
      const bytes = this.#readInteger(0x1f);
      if (bytes > this.#maxTableBytes) {
        throw compressionError(
          "6.3",
          `a table of ${bytes} bytes is over SETTINGS_HEADER_TABLE_SIZE`,
        );
      }
      this.#table.resize(bytes);
      this.#mustShrink = false;
    }
    if (this.#mustShrink) {
      throw compressionError("4.2", "a block after a lower SETTINGS_HEADER_TABLE_SIZE says so");
    }
  }

  #readField(): void {
    const first = this.#block[this.#at]!;
    if (first >= 0x80) { // section 6.1: indexed
      this.#add(this.#entry(this.#readInteger(0x7f)));
    } else if (first >= 0x40) { // section 6.2.1: with indexing
      const field = this.#readLiteral(0x3f);
      this.#table.insert(field);
      this.#add(field);
    } else if (first < 0x20) { // sections 6.2.2 and 6.2.3: without indexing, or never indexed
      this.#add(this.#readLiteral(0x0f));
    } else {
      throw compressionError("4.2", "a table's size changes at the beginning of a block only");
    }
  }

  #add(field: HeaderField): void {
    this.#listBytes += fieldBytes(field);
    if (this.#listBytes <= this.#maxListBytes) this.#fields.push(field);
  }

  #entry(index: number): HeaderField {
    const field = index < FIRST_DYNAMIC
      ? STATIC_TABLE[index]
      : this.#table.at(index - FIRST_DYNAMIC);
    if (field === undefined) throw compressionError("2.3.3", `no table has an entry ${index}`);
    return field;
  }

  /** @param prefixMask of the bits of the first byte that are the name's index; 0: the name follows */
  #readLiteral(prefixMask: number): HeaderField {
    const index = this.#readInteger(prefixMask);
    const name = index === 0 ? this.#readString() : this.#entry(index)[0];
    return [name, this.#readString()];
  }

  /** Section 5.2. */
  #readString(): string {
    const isHuffman = this.#block[this.#at]! >= 0x80;
    const length = this.#readInteger(0x7f);
    const start = this.#at;
    const end = start + length;
    if (end > this.#block.length) throw truncated();
    this.#at = end;
    if (!isHuffman) return latin1Text(this.#block, start, end);
    const mostBytes = mostDecodedBytes(length);
    if (mostBytes > this.#decoded.length) this.#decoded = new Uint8Array(2 * mostBytes);
    return latin1Text(this.#decoded, 0, decodeHuffman(this.#block, start, end, this.#decoded));
  }

  /** Section 5.1. */
  #readInteger(prefixMask: number): number {
    let value = this.#nextByte() & prefixMask;
    if (value < prefixMask) return value;
    for (let shift = 0; shift < MAX_INTEGER_BITS; shift += 7) {
      const byte = this.#nextByte();
      value += (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw compressionError("5.1", "an integer is too large");
  }

  #nextByte(): number {
    if (this.#at >= this.#block.length) throw truncated();
    return this.#block[this.#at++]!;
  }
}

function truncated() {
  return compressionError("3.1", "a block ends with the end of a field");
}
