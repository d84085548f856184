/** CONTINUATION: more of a field block. RFC 9113, section 6.10. @module */

import type { ByteQueue } from "../byte_queue.ts";
import { ConnectionError } from "../errors.ts";
import { appendFrame } from "./append_frame.ts";
import { FLAG, FRAME, type FrameHead } from "./frame_head.ts";

/**
 * A field block is one run of frames that nothing may come between.
 * @param openBlockStream the stream whose field block has not ended; 0: none
 * @throws {ConnectionError} PROTOCOL_ERROR if this frame breaks the run
 */
export function checkContinuity(head: FrameHead, openBlockStream: number): void {
  const isContinuation = head.type === FRAME.CONTINUATION;
  if (openBlockStream === 0) {
    if (!isContinuation) return;
    throw new ConnectionError(
      "PROTOCOL_ERROR",
      "RFC 9113, section 6.10: CONTINUATION comes after a HEADERS, PUSH_PROMISE or CONTINUATION that does not end the field block",
    );
  }
  if (isContinuation && head.streamId === openBlockStream) return;
  throw new ConnectionError(
    "PROTOCOL_ERROR",
    `RFC 9113, section 4.3: nothing comes between the frames of one field block, here that of stream ${openBlockStream}`,
  );
}

/** A first frame and as many CONTINUATIONs as the block needs. */
export function appendFieldBlock(
  out: ByteQueue,
  block: Uint8Array,
  { type, flags, streamId, maxFrameBytes }: {
    readonly type: number;
    readonly flags: number;
    readonly streamId: number;
    readonly maxFrameBytes: number;
  },
): void {
  let from = 0;
  do {
    const to = Math.min(from + maxFrameBytes, block.length);
    const end = to === block.length ? FLAG.END_HEADERS : 0;
    const first = from === 0;
    const at = appendFrame(out, {
      type: first ? type : FRAME.CONTINUATION,
      flags: first ? flags | end : end,
      streamId,
      lengthBytes: to - from,
    });
    out.bytes.set(block.subarray(from, to), at);
    from = to;
  } while (from < block.length);
}
