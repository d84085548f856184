/** WINDOW_UPDATE: room for more DATA. RFC 9113, section 6.9. @module */

import type { ByteQueue } from "../byte_queue.ts";
import { ConnectionError, StreamError } from "../errors.ts";
import { appendFrame } from "./append_frame.ts";
import { sizeError } from "./checks.ts";
import { FRAME, type FrameHead, readUint31, writeUint32 } from "./frame_head.ts";

/**
 * The increment in bytes, 1 to 2^31 - 1.
 * @throws {ConnectionError} FRAME_SIZE_ERROR; PROTOCOL_ERROR if it is 0 and of the connection
 * @throws {StreamError} PROTOCOL_ERROR if it is 0 and of a stream
 */
export function decodeWindowUpdate(head: FrameHead, payload: Uint8Array): number {
  if (head.lengthBytes !== 4) {
    throw sizeError(head, "WINDOW_UPDATE", "6.9: WINDOW_UPDATE has 4 bytes");
  }
  const increment = readUint31(payload, 0);
  if (increment !== 0) return increment;
  const rule = "RFC 9113, section 6.9: the increment of a window is not 0";
  if (head.streamId === 0) throw new ConnectionError("PROTOCOL_ERROR", rule);
  throw new StreamError(head.streamId, "PROTOCOL_ERROR", rule);
}

/** @param streamId 0: of the connection @param increment 1 to 2^31 - 1 */
export function encodeWindowUpdate(out: ByteQueue, streamId: number, increment: number): void {
  const at = appendFrame(out, { type: FRAME.WINDOW_UPDATE, streamId, lengthBytes: 4 });
  writeUint32(out.bytes, at, increment);
}
