/**
 * How many bytes of DATA may pass, one way of a stream or of a connection. RFC 9113, section 5.2.
 * Counts only; who is told, and when, is the connection's.
 * @module
 */

/** RFC 9113, section 6.9.1: no window is ever larger. */
const MOST_WINDOW_BYTES = 2 ** 31 - 1;

/** What this end may send. */
export class SendWindow {
  /** Below 0 after the peer has made INITIAL_WINDOW_SIZE smaller (section 6.9.2). */
  bytes: number;

  constructor(bytes: number) {
    this.bytes = bytes;
  }

  /** @returns false if the window would be larger than any may be */
  grow(bytes: number): boolean {
    this.bytes += bytes;
    return this.bytes <= MOST_WINDOW_BYTES;
  }
}

/**
 * What the peer may send, and what of it is done with but not given back to the peer yet. That is
 * given back once it is half of the window: earlier there would be more frames to no gain, and later
 * the peer would run dry while the frame is on its way.
 */
export class ReceiveWindow {
  #bytes: number;
  #owedBytes = 0;
  readonly #worthwhileBytes: number;

  /** @param bytes what the peer may send @param targetBytes what it may send once all is given back */
  constructor(bytes: number, targetBytes = bytes) {
    this.#bytes = bytes;
    this.#worthwhileBytes = Math.max(1, targetBytes >> 1);
  }

  /** So much has come. @returns false if it is more than was allowed */
  take(bytes: number): boolean {
    this.#bytes -= bytes;
    return this.#bytes >= 0;
  }

  /** So much of what has come is done with. @returns whether it is time to give it back */
  release(bytes: number): boolean {
    this.#owedBytes += bytes;
    return this.#owedBytes >= this.#worthwhileBytes;
  }

  /** What is to be given back now, by a WINDOW_UPDATE. */
  giveBack(): number {
    const owedBytes = this.#owedBytes;
    this.#bytes += owedBytes;
    this.#owedBytes = 0;
    return owedBytes;
  }

  /** Our INITIAL_WINDOW_SIZE has come into force and is so much larger (or smaller) than before. */
  shift(bytes: number): void {
    this.#bytes += bytes;
  }
}
