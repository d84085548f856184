/** HEADERS: begins a message, or ends it with trailers. RFC 9113, section 6.2. @module */

import type { ByteQueue } from "../byte_queue.ts";
import { StreamError } from "../errors.ts";
import { requireStream, sizeError, withoutPadding } from "./checks.ts";
import { appendFieldBlock } from "./continuation.ts";
import { FLAG, FRAME, type FrameHead, readUint31 } from "./frame_head.ts";

const PRIORITY_BYTES = 5;

export interface HeadersFrame {
  /** Of the field block; a view of the payload. */
  readonly fragment: Uint8Array;
  readonly error: StreamError | undefined;
}

/** @throws {ConnectionError} PROTOCOL_ERROR, FRAME_SIZE_ERROR */
export function decodeHeaders(head: FrameHead, payload: Uint8Array): HeadersFrame {
  requireStream(head, "HEADERS", "6.2");
  const content = withoutPadding(head, payload, { name: "HEADERS", section: "6.2" });
  if ((head.flags & FLAG.PRIORITY) === 0) return { fragment: content, error: undefined };
  if (content.length < PRIORITY_BYTES) {
    throw sizeError(head, "HEADERS", "4.2: a frame with a priority has 5 bytes of it");
  }
  const error = dependencyError(head, readUint31(content, 0));
  return { fragment: content.subarray(PRIORITY_BYTES), error };
}

/** RFC 7540, section 5.3.1 (RFC 9113 has no more priorities): no stream depends on itself. */
export function dependencyError(head: FrameHead, dependsOn: number): StreamError | undefined {
  if (dependsOn !== head.streamId) return undefined;
  return new StreamError(
    head.streamId,
    "PROTOCOL_ERROR",
    `RFC 7540, section 5.3.1: stream ${dependsOn} depends on itself`,
  );
}

/** @param maxFrameBytes the peer's; what is beyond goes into CONTINUATION frames */
export function encodeHeaders(
  out: ByteQueue,
  block: Uint8Array,
  { streamId, endStream, maxFrameBytes }: {
    readonly streamId: number;
    readonly endStream: boolean;
    readonly maxFrameBytes: number;
  },
): void {
  const flags = endStream ? FLAG.END_STREAM : 0;
  appendFieldBlock(out, block, { type: FRAME.HEADERS, flags, streamId, maxFrameBytes });
}
