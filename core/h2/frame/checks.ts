/** What frames of several types are checked for. @module */

import { ConnectionError } from "../errors.ts";
import { FLAG, type FrameHead } from "./frame_head.ts";

/** Throws unless the frame belongs to a stream. @param section of RFC 9113 that asks for it */
export function requireStream(head: FrameHead, name: string, section: string): void {
  if (head.streamId !== 0) return;
  throw new ConnectionError(
    "PROTOCOL_ERROR",
    `RFC 9113, section ${section}: ${name} belongs to a stream, this one came on stream 0`,
  );
}

/** Throws unless the frame belongs to the connection. @param section of RFC 9113 that asks for it */
export function requireConnection(head: FrameHead, name: string, section: string): void {
  if (head.streamId === 0) return;
  throw new ConnectionError(
    "PROTOCOL_ERROR",
    `RFC 9113, section ${section}: ${name} belongs to the connection, this one came on stream ${head.streamId}`,
  );
}

/** A frame of a size that it may not have, where the connection dies of that. */
export function sizeError(head: FrameHead, name: string, rule: string): ConnectionError {
  return new ConnectionError(
    "FRAME_SIZE_ERROR",
    `RFC 9113, section ${rule}, this ${name} has ${head.lengthBytes}`,
  );
}

/** RFC 9113, sections 6.1, 6.2 and 6.6: padding leaves room for what is before it. */
export function paddingError(name: string, section: string): ConnectionError {
  return new ConnectionError(
    "PROTOCOL_ERROR",
    `RFC 9113, section ${section}: padding of ${name} is shorter than its payload`,
  );
}

/** The payload without padding, and without the byte that gives the padding's length. */
export function withoutPadding(
  head: FrameHead,
  payload: Uint8Array,
  { name, section }: { readonly name: string; readonly section: string },
): Uint8Array {
  if ((head.flags & FLAG.PADDED) === 0) return payload;
  const paddingBytes = payload[0];
  // Section 4.2: a frame too small for what it must have is a FRAME_SIZE_ERROR.
  if (paddingBytes === undefined) {
    throw sizeError(head, name, "4.2: a padded frame has a byte that gives the padding's length");
  }
  if (paddingBytes >= payload.length) throw paddingError(name, section);
  return payload.subarray(1, payload.length - paddingBytes);
}
