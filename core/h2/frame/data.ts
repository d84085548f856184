/**
 * DATA: a piece of a message's body. RFC 9113, section 6.1. Its payload goes by uncopied, so that this
 * file knows its head and padding only.
 * @module
 */

import { paddingError, requireStream, sizeError } from "./checks.ts";
import { FLAG, FRAME, type FrameHead, writeFrameHead } from "./frame_head.ts";

/** @throws {ConnectionError} PROTOCOL_ERROR on stream 0, FRAME_SIZE_ERROR if padded and empty */
export function checkDataHead(head: FrameHead): void {
  requireStream(head, "DATA", "6.1");
  if (head.lengthBytes === 0 && (head.flags & FLAG.PADDED) !== 0) {
    throw sizeError(head, "DATA", "4.2: a padded frame has a byte that gives the padding's length");
  }
}

/** @throws {ConnectionError} if padding and its length are more than the payload */
export function checkDataPadding(head: FrameHead, paddingBytes: number): void {
  if (paddingBytes >= head.lengthBytes) throw paddingError("DATA", "6.1");
}

/** Writes the 9 bytes that go before `lengthBytes` of a body, in place. */
export function writeDataHead(
  bytes: Uint8Array,
  at: number,
  { streamId, lengthBytes, endStream }: {
    readonly streamId: number;
    readonly lengthBytes: number;
    readonly endStream: boolean;
  },
): void {
  const flags = endStream ? FLAG.END_STREAM : 0;
  writeFrameHead(bytes, at, { lengthBytes, type: FRAME.DATA, flags, streamId });
}
