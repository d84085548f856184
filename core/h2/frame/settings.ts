/** SETTINGS: limits that one end tells the other. RFC 9113, section 6.5. @module */

import type { ByteQueue } from "../byte_queue.ts";
import { ConnectionError } from "../errors.ts";
import { appendFrame } from "./append_frame.ts";
import { requireConnection, sizeError } from "./checks.ts";
import { FLAG, FRAME, type FrameHead, readUint32, writeUint32 } from "./frame_head.ts";
import { SETTING_IDS, type SettingEntry } from "./setting_entry.ts";

const ENTRY_BYTES = 6;
const MAX_WINDOW_BYTES = 2 ** 31 - 1;
const MIN_FRAME_BYTES = 2 ** 14;
const MAX_FRAME_BYTES = 2 ** 24 - 1;

/**
 * In the order in which they came: the last of one id holds. Of an acknowledgement: none.
 * @throws {ConnectionError} PROTOCOL_ERROR, FRAME_SIZE_ERROR, FLOW_CONTROL_ERROR
 */
export function decodeSettings(head: FrameHead, payload: Uint8Array): SettingEntry[] {
  requireConnection(head, "SETTINGS", "6.5");
  if ((head.flags & FLAG.ACK) !== 0 && head.lengthBytes !== 0) {
    throw sizeError(head, "SETTINGS", "6.5: an acknowledgement has 0 bytes");
  }
  if (head.lengthBytes % ENTRY_BYTES !== 0) {
    throw sizeError(head, "SETTINGS", "6.5: SETTINGS has a multiple of 6 bytes");
  }
  const entries: SettingEntry[] = [];
  for (let at = 0; at < payload.length; at += ENTRY_BYTES) {
    const entry = { id: payload[at]! << 8 | payload[at + 1]!, value: readUint32(payload, at + 2) };
    checkRange(entry);
    entries.push(entry);
  }
  return entries;
}

/** RFC 9113, section 6.5.2. An id that is not known is ignored. */
function checkRange({ id, value }: SettingEntry): void {
  if (id === SETTING_IDS.ENABLE_PUSH && value > 1) {
    throw rangeError("PROTOCOL_ERROR", `ENABLE_PUSH is 0 or 1, not ${value}`);
  }
  if (id === SETTING_IDS.INITIAL_WINDOW_SIZE && value > MAX_WINDOW_BYTES) {
    throw rangeError("FLOW_CONTROL_ERROR", `INITIAL_WINDOW_SIZE is at most 2^31 - 1, not ${value}`);
  }
  if (
    id === SETTING_IDS.MAX_FRAME_SIZE && (value < MIN_FRAME_BYTES || value > MAX_FRAME_BYTES)
  ) {
    throw rangeError("PROTOCOL_ERROR", `MAX_FRAME_SIZE is 2^14 to 2^24 - 1, not ${value}`);
  }
}

function rangeError(code: "PROTOCOL_ERROR" | "FLOW_CONTROL_ERROR", rule: string): ConnectionError {
  return new ConnectionError(code, `RFC 9113, section 6.5.2: ${rule}`);
}

export function encodeSettings(out: ByteQueue, entries: readonly SettingEntry[]): void {
  let at = appendFrame(out, { type: FRAME.SETTINGS, lengthBytes: ENTRY_BYTES * entries.length });
  for (const { id, value } of entries) {
    out.bytes[at] = id >>> 8;
    out.bytes[at + 1] = id;
    writeUint32(out.bytes, at + 2, value);
    at += ENTRY_BYTES;
  }
}

export function encodeSettingsAck(out: ByteQueue): void {
  appendFrame(out, { type: FRAME.SETTINGS, flags: FLAG.ACK, lengthBytes: 0 });
}
