/** PUSH_PROMISE: a server's announcement of a request that it answers unasked. RFC 9113, section 6.6. @module */

import { requireStream, sizeError, withoutPadding } from "./checks.ts";
import { type FrameHead, readUint31 } from "./frame_head.ts";

export interface PushPromiseFrame {
  readonly promisedId: number;
  /** Of the field block; a view of the payload. */
  readonly fragment: Uint8Array;
}

/** @throws {ConnectionError} PROTOCOL_ERROR, FRAME_SIZE_ERROR */
export function decodePushPromise(head: FrameHead, payload: Uint8Array): PushPromiseFrame {
  requireStream(head, "PUSH_PROMISE", "6.6");
  const content = withoutPadding(head, payload, { name: "PUSH_PROMISE", section: "6.6" });
  if (content.length < 4) {
    throw sizeError(head, "PUSH_PROMISE", "4.2: PUSH_PROMISE has 4 bytes of a stream id");
  }
  return { promisedId: readUint31(content, 0), fragment: content.subarray(4) };
}
