/** A frame at the end of what waits to be sent. @module */

import type { ByteQueue } from "../byte_queue.ts";
import { FRAME_HEAD_BYTES, writeFrameHead } from "./frame_head.ts";

export interface FrameStart {
  readonly type: number;
  readonly flags?: number;
  /** 0, the connection, unless given. */
  readonly streamId?: number;
  readonly lengthBytes: number;
}

/** Writes its head; returns where in `out.bytes` its payload is to be written. */
export function appendFrame(
  out: ByteQueue,
  { type, flags = 0, streamId = 0, lengthBytes }: FrameStart,
): number {
  const at = out.append(FRAME_HEAD_BYTES + lengthBytes);
  writeFrameHead(out.bytes, at, { lengthBytes, type, flags, streamId });
  return at + FRAME_HEAD_BYTES;
}
