/** RST_STREAM: ends a stream at once. RFC 9113, section 6.4. @module */

import type { ByteQueue } from "../byte_queue.ts";
import { appendFrame } from "./append_frame.ts";
import { requireStream, sizeError } from "./checks.ts";
import { FRAME, type FrameHead, readUint32, writeUint32 } from "./frame_head.ts";

/** The error code. @throws {ConnectionError} PROTOCOL_ERROR, FRAME_SIZE_ERROR */
export function decodeRstStream(head: FrameHead, payload: Uint8Array): number {
  requireStream(head, "RST_STREAM", "6.4");
  if (head.lengthBytes !== 4) throw sizeError(head, "RST_STREAM", "6.4: RST_STREAM has 4 bytes");
  return readUint32(payload, 0);
}

export function encodeRstStream(out: ByteQueue, streamId: number, code: number): void {
  const at = appendFrame(out, { type: FRAME.RST_STREAM, streamId, lengthBytes: 4 });
  writeUint32(out.bytes, at, code);
}
