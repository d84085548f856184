/**
 * A request's body that must not fill the memory.
 * @module
 */

import { Buffer } from "node:buffer";

/** A body is larger than its reader takes; the rest of it was not read. */
export class BodyTooLargeError extends Error {
  override name = "BodyTooLargeError";
}

/** @throws {BodyTooLargeError} as soon as more than `mostBytes` have come */
export async function readBody(
  body: ReadableStream<Uint8Array> | null,
  { mostBytes }: { mostBytes: number },
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop early cancels the rest of the body.
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > mostBytes) throw new BodyTooLargeError(`expected at most ${mostBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
