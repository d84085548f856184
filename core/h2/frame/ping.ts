/** PING: asks for an answer at once. RFC 9113, section 6.7. @module */

import type { ByteQueue } from "../byte_queue.ts";
import { appendFrame } from "./append_frame.ts";
import { requireConnection, sizeError } from "./checks.ts";
import { FLAG, FRAME, type FrameHead } from "./frame_head.ts";

const PING_BYTES = 8;

/** @throws {ConnectionError} PROTOCOL_ERROR, FRAME_SIZE_ERROR */
export function checkPing(head: FrameHead): void {
  requireConnection(head, "PING", "6.7");
  if (head.lengthBytes !== PING_BYTES) throw sizeError(head, "PING", "6.7: PING has 8 bytes");
}

/** @param opaque 8 bytes, which come back in the answer */
export function encodePing(out: ByteQueue, opaque: Uint8Array, isAck: boolean): void {
  const flags = isAck ? FLAG.ACK : 0;
  const at = appendFrame(out, { type: FRAME.PING, flags, lengthBytes: PING_BYTES });
  out.bytes.set(opaque, at);
}
