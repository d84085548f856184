/** PRIORITY: obsolete, its form is checked all the same. RFC 9113, section 6.3. @module */

import { StreamError } from "../errors.ts";
import { requireStream } from "./checks.ts";
import { type FrameHead, readUint31 } from "./frame_head.ts";
import { dependencyError } from "./headers.ts";

/**
 * @throws {ConnectionError} PROTOCOL_ERROR on stream 0
 * @throws {StreamError} FRAME_SIZE_ERROR; PROTOCOL_ERROR if the stream depends on itself
 */
export function checkPriority(head: FrameHead, payload: Uint8Array): void {
  requireStream(head, "PRIORITY", "6.3");
  if (head.lengthBytes !== 5) {
    throw new StreamError(
      head.streamId,
      "FRAME_SIZE_ERROR",
      `RFC 9113, section 6.3: PRIORITY has 5 bytes, this one has ${head.lengthBytes}`,
    );
  }
  const error = dependencyError(head, readUint31(payload, 0));
  if (error !== undefined) throw error;
}
