/** A field block that comes in several frames, within limits. RFC 9113, section 4.3. @module */

import { ConnectionError, type StreamError } from "../errors.ts";

/** What is beyond them ends the connection with ENHANCE_YOUR_CALM. RFC 9113, section 10.5.1. */
export interface FieldBlockLimits {
  /** Of one field block, as it is sent. */
  readonly maxHeaderBlockBytes: number;
  /** CONTINUATION frames of one field block, empty ones too. */
  readonly maxContinuations: number;
}

/** What the first frame of a block says. */
export interface BlockStart {
  readonly streamId: number;
  /** Of a PUSH_PROMISE; undefined: the frame is a HEADERS. */
  readonly promisedId: number | undefined;
  readonly endStream: boolean;
  readonly error: StreamError | undefined;
}

export class FieldBlock {
  readonly #limits: FieldBlockLimits;
  #bytes = new Uint8Array(0);
  #length = 0;
  #frames = 0;

  constructor(readonly start: BlockStart, limits: FieldBlockLimits) {
    this.#limits = limits;
  }

  /** So far. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Copies what the next frame brings. @throws {ConnectionError} ENHANCE_YOUR_CALM */
  add(fragment: Uint8Array): void {
    const { maxContinuations } = this.#limits;
    if (this.#frames++ > maxContinuations) {
      throw tooMuch(`a field block has at most ${maxContinuations} CONTINUATION frames here`);
    }
    const length = this.#length + fragment.length;
    checkBlockBytes(length, this.#limits);
    if (length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(length, 2 * this.#bytes.length));
      larger.set(this.bytes);
      this.#bytes = larger;
    }
    this.#bytes.set(fragment, this.#length);
    this.#length = length;
  }
}

/** @throws {ConnectionError} ENHANCE_YOUR_CALM */
export function checkBlockBytes(bytes: number, { maxHeaderBlockBytes }: FieldBlockLimits): void {
  if (bytes > maxHeaderBlockBytes) {
    throw tooMuch(`a field block has at most ${maxHeaderBlockBytes} bytes here`);
  }
}

function tooMuch(rule: string): ConnectionError {
  return new ConnectionError("ENHANCE_YOUR_CALM", `RFC 9113, section 10.5.1: ${rule}`);
}
