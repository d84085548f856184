/** JSON objects on a connection, one a line. @module */

import { type ByteConnection, writeAll } from "../net/byte_connection.ts";
import { MOST_LINE_BYTES } from "./protocol.ts";

const LINE_FEED = 10;

/** The peer sends a line that is longer than any of the protocol. */
export class LineTooLongError extends Error {
  override readonly name = "LineTooLongError";
}

/**
 * Whole lines as they come, without their ends; what follows the last line feed is none.
 * @throws {LineTooLongError} once a line is longer than {@link MOST_LINE_BYTES}
 */
export async function* linesOf(connection: ByteConnection): AsyncGenerator<string> {
  const buffer = new Uint8Array(MOST_LINE_BYTES);
  let length = 0;
  for (;;) {
    for (let end; (end = buffer.subarray(0, length).indexOf(LINE_FEED)) >= 0;) {
      const line = new TextDecoder().decode(buffer.subarray(0, end));
      buffer.copyWithin(0, end + 1, length);
      length -= end + 1;
      yield line;
    }
    if (length === buffer.length) {
      throw new LineTooLongError(`a line is longer than ${MOST_LINE_BYTES} bytes`);
    }
    const count = await connection.read(buffer.subarray(length));
    if (count === null) return;
    length += count;
  }
}

/** Resolves when the peer's side has taken all of it. */
export async function writeLine(connection: ByteConnection, value: unknown): Promise<void> {
  await writeAll(connection, new TextEncoder().encode(JSON.stringify(value) + "\n"));
}
