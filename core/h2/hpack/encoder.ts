/** Fields into field blocks. RFC 7541, section 6. @module */

import type { HeaderField } from "../header_field.ts";
import { INITIAL_SETTINGS } from "../settings.ts";
import { EncoderIndex } from "./encoder_index.ts";
import { fieldBytes } from "./dynamic_table.ts";
import { encodeHuffman, huffmanBytes } from "./huffman.ts";
import { SENSITIVE_NAMES } from "./sensitive_names.ts";

/** Ours, whatever more a peer would remember for us: what is said of a field again and again fits. */
const MAX_TABLE_BYTES = INITIAL_SETTINGS.headerTableBytes;
/** At most this share of the table for one entry, or it would push out what is worth more. */
const LARGEST_ENTRY_RATIO = 3 / 4;
/** What is mostly another value each time. */
const CHANGING_NAMES: ReadonlySet<string> = new Set([
  ":path",
  "age",
  "content-length",
  "content-range",
  "etag",
  "if-modified-since",
  "if-none-match",
  "last-modified",
  "location",
]);
/** Of a field beside its two strings: three integers. */
const MOST_INTEGER_BYTES = 18;

/** Of one direction of a connection. */
export class HpackEncoder {
  readonly #index = new EncoderIndex(MAX_TABLE_BYTES);
  /** What the next block begins with. */
  #tableChange: "none" | "size" | "emptied" = "none";
  #bytes = new Uint8Array(512);
  #at = 0;

  /** The peer's SETTINGS_HEADER_TABLE_SIZE, as soon as it has come. RFC 7541, section 4.2. */
  set peerTableBytes(peerBytes: number) {
    const bytes = Math.min(peerBytes, MAX_TABLE_BYTES);
    if (bytes === this.#index.maxBytes) return;
    // Entries that a lower size has evicted are gone, so that it is told too. 0 is low enough for all,
    // and golang.org/x/net refuses a second size while there are entries.
    if (this.#tableChange !== "none") this.#forgetAll();
    else this.#tableChange = "size";
    this.#index.resize(bytes);
  }

  /**
   * The whole block; a view of memory that the next call writes to.
   * @param fields names in lower case
   * @throws {RangeError} if there is a character above U+00FF
   */
  encode(fields: readonly HeaderField[]): Uint8Array {
    this.#at = 0;
    try {
      if (this.#tableChange !== "none") this.#writeTableSizes();
      for (const field of fields) this.#writeField(field);
    } catch (error) {
      // What this block has put into our table is not sent.
      this.#forgetAll();
      throw error;
    }
    return this.#bytes.subarray(0, this.#at);
  }

  /** The next block empties the peer's table. */
  #forgetAll(): void {
    const bytes = this.#index.maxBytes;
    this.#index.resize(0);
    this.#index.resize(bytes);
    this.#tableChange = "emptied";
  }

  /** Section 6.3. */
  #writeTableSizes(): void {
    if (this.#tableChange === "emptied") this.#writeInteger(0x20, 0x1f, 0);
    this.#writeInteger(0x20, 0x1f, this.#index.maxBytes);
    this.#tableChange = "none";
  }

  #writeField(field: HeaderField): void {
    const [name, value] = field;
    this.#makeRoom(name.length + value.length + MOST_INTEGER_BYTES);
    if (SENSITIVE_NAMES.has(name)) return this.#writeLiteral(0x10, 0x0f, field); // section 6.2.3
    const index = this.#index.ofField(name, value);
    if (index !== 0) return this.#writeInteger(0x80, 0x7f, index); // section 6.1
    const isKept = !CHANGING_NAMES.has(name) &&
      fieldBytes(field) <= LARGEST_ENTRY_RATIO * this.#index.maxBytes;
    if (!isKept) return this.#writeLiteral(0x00, 0x0f, field); // section 6.2.2
    this.#writeLiteral(0x40, 0x3f, field); // section 6.2.1
    this.#index.insert(field);
  }

  #writeLiteral(pattern: number, prefixMask: number, [name, value]: HeaderField): void {
    const index = this.#index.ofName(name);
    this.#writeInteger(pattern, prefixMask, index);
    if (index === 0) this.#writeString(name);
    this.#writeString(value);
  }

  /** Section 5.2. */
  #writeString(text: string): void {
    const shortBytes = huffmanBytes(text);
    if (shortBytes < text.length) {
      this.#writeInteger(0x80, 0x7f, shortBytes);
      this.#at = encodeHuffman(text, this.#bytes, this.#at);
      return;
    }
    this.#writeInteger(0x00, 0x7f, text.length);
    for (let index = 0; index < text.length; index++) {
      this.#bytes[this.#at++] = text.charCodeAt(index);
    }
  }

  /** Section 5.1. @param pattern the bits before the prefix */
  #writeInteger(pattern: number, prefixMask: number, value: number): void {
    const bytes = this.#bytes;
    if (value < prefixMask) {
      bytes[this.#at++] = pattern | value;
      return;
    }
    bytes[this.#at++] = pattern | prefixMask;
    let rest = value - prefixMask;
    for (; rest >= 0x80; rest >>>= 7) bytes[this.#at++] = rest & 0x7f | 0x80;
    bytes[this.#at++] = rest;
  }

  #makeRoom(count: number): void {
    if (this.#at + count <= this.#bytes.length) return;
    const larger = new Uint8Array(2 * (this.#at + count));
    larger.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = larger;
  }
}
