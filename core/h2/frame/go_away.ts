/** GOAWAY: no new streams on this connection. RFC 9113, section 6.8. @module */

import type { ByteQueue } from "../byte_queue.ts";
import { appendFrame } from "./append_frame.ts";
import { requireConnection, sizeError } from "./checks.ts";
import { FRAME, type FrameHead, readUint31, readUint32, writeUint32 } from "./frame_head.ts";

const FIXED_BYTES = 8;

export interface GoAwayFrame {
  /** Streams above it have not been looked at. */
  readonly lastStreamId: number;
  readonly code: number;
  /** For a reader, if for anyone. */
  readonly debug: Uint8Array;
}

/** @throws {ConnectionError} PROTOCOL_ERROR, FRAME_SIZE_ERROR */
export function decodeGoAway(head: FrameHead, payload: Uint8Array): GoAwayFrame {
  requireConnection(head, "GOAWAY", "6.8");
  if (head.lengthBytes < FIXED_BYTES) {
    throw sizeError(head, "GOAWAY", "6.8: GOAWAY has at least 8 bytes");
  }
  return {
    lastStreamId: readUint31(payload, 0),
    code: readUint32(payload, 4),
    debug: payload.subarray(FIXED_BYTES),
  };
}

export function encodeGoAway(
  out: ByteQueue,
  { lastStreamId, code, debug }: GoAwayFrame,
): void {
  const lengthBytes = FIXED_BYTES + debug.length;
  const at = appendFrame(out, { type: FRAME.GOAWAY, lengthBytes });
  writeUint32(out.bytes, at, lastStreamId);
  writeUint32(out.bytes, at + 4, code);
  out.bytes.set(debug, at + FIXED_BYTES);
}
