/**
 * The body of an answer line by line, as it comes: of a watch, of a log that is followed.
 * @module
 */

import { OperationFailedError } from "../../core/errors.ts";
import { failureReason, failureText } from "../../core/net/fetch_failure.ts";

/** One line, without its end. */
export interface BodyLine {
  readonly text: string;
  /** On the wire, its end included. */
  readonly bytes: number;
  /** The body ended in it: there may have been more to come. */
  readonly isUnended: boolean;
}

export interface LineOptions {
  /** What aborting throws is its reason. */
  readonly signal?: AbortSignal;
  /** Called whenever any bytes came. */
  readonly onBytes?: () => void;
}

const NEWLINE = 10;
/** No object can be larger: etcd takes 1.5 MiB, and managed fields and escapes do not triple that. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;

/**
 * @param body cancelled when the consumer leaves and when the signal aborts
 * @param options `what`: what it is, for messages: `the watch`
 * @throws {OperationFailedError} for a body that breaks off, and `protocol` for a line that is too long
 */
export async function* bodyLines(
  body: ReadableStream<Uint8Array>,
  { signal, onBytes, what }: LineOptions & { readonly what: string },
): AsyncGenerator<BodyLine, void, undefined> {
  const reader = body.getReader();
  const cut = () => void reader.cancel(signal?.reason).catch(() => {}); // it has failed already
  signal?.addEventListener("abort", cut, { once: true });
  const decoder = new TextDecoder();
  const lines = new LineSplitter(what);
  try {
    // A signal that has aborted tells nobody any more.
    signal?.throwIfAborted();
    for (;;) {
      const { done, value } = await nextChunk(reader, what);
      signal?.throwIfAborted();
      if (done) break;
      onBytes?.();
      for (const line of lines.take(value)) {
        yield { text: decoder.decode(line), bytes: line.length + 1, isUnended: false };
      }
    }
    const { rest } = lines;
    if (rest.length > 0) yield { text: decoder.decode(rest), bytes: rest.length, isUnended: true };
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener("abort", cut);
    cut();
  }
}

async function nextChunk(reader: ReadableStreamDefaultReader<Uint8Array>, what: string) {
  try {
    return await reader.read();
  } catch (error) {
    const message = `Cannot read ${what}: ${failureText(error)}`;
    throw new OperationFailedError(failureReason(error), message, { cause: error });
  }
}

/** Bytes that have not become a line yet, and the lines that each chunk completes. */
class LineSplitter {
  readonly #what: string;
  #rest: Uint8Array[] = [];
  #restBytes = 0;

  constructor(what: string) {
    this.#what = what;
  }

  *take(chunk: Uint8Array): Generator<Uint8Array> {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      yield this.#join(chunk.subarray(from, at));
      from = at + 1;
    }
    if (from < chunk.length) this.#keep(chunk.subarray(from));
  }

  /** A last line without its newline; empty if there is none. */
  get rest(): Uint8Array {
    return this.#join(new Uint8Array(0));
  }

  #keep(part: Uint8Array): void {
    this.#rest.push(part);
    this.#restBytes += part.length;
    if (this.#restBytes <= MAX_LINE_BYTES) return;
    throw new OperationFailedError(
      "protocol",
      `Cannot read ${this.#what}: a line is longer than ${MAX_LINE_BYTES} bytes`,
    );
  }

  #join(last: Uint8Array): Uint8Array {
    if (this.#rest.length === 0) return last;
    const line = new Uint8Array(this.#restBytes + last.length);
    let at = 0;
    for (const part of [...this.#rest, last]) {
      line.set(part, at);
      at += part.length;
    }
    this.#rest = [];
    this.#restBytes = 0;
    return line;
  }
}
