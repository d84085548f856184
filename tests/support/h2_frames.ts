/**
 * The bytes of HTTP/2 frames and field blocks, legal or not, for {@link H2Peer}. It only encodes,
 * and keeps no state. Rules: RFC 9113 (HTTP/2), RFC 7541 (HPACK).
 * @module
 */

/** RFC 9113, section 6. */
export const FRAME = {
  DATA: 0x0,
  HEADERS: 0x1,
  RST_STREAM: 0x3,
  SETTINGS: 0x4,
  PUSH_PROMISE: 0x5,
  PING: 0x6,
  GOAWAY: 0x7,
  WINDOW_UPDATE: 0x8,
} as const;

export const FLAG_ACK = 0x1;
export const FLAG_END_STREAM = 0x1;
export const FLAG_END_HEADERS = 0x4;

export const FRAME_HEAD_BYTES = 9;

/** The error codes that scripts use: RFC 9113, section 7. */
export const H2Code = {
  NO_ERROR: 0x0,
  INTERNAL_ERROR: 0x2,
  REFUSED_STREAM: 0x7,
  CANCEL: 0x8,
  ENHANCE_YOUR_CALM: 0xb,
} as const;

export interface FrameOptions {
  readonly flags?: number;
  /** 0, the connection itself, unless given. */
  readonly streamId?: number;
}

/** One frame: 24-bit length, type, flags, stream id, payload (RFC 9113, section 4.1). */
export function encodeFrame(
  type: number,
  payload: Uint8Array,
  { flags = 0, streamId = 0 }: FrameOptions = {},
): Uint8Array {
  const frame = new Uint8Array(FRAME_HEAD_BYTES + payload.length);
  const view = new DataView(frame.buffer);
  view.setUint32(0, payload.length << 8 | type);
  view.setUint8(4, flags);
  view.setUint32(5, streamId);
  frame.set(payload, FRAME_HEAD_BYTES);
  return frame;
}

/** A field block without compression state: literals without indexing, no Huffman (RFC 7541, section 6.2.2). */
export function encodeFields(
  status: number,
  fields: Readonly<Record<string, string>> = {},
): Uint8Array {
  // RFC 7541, appendix A: :status 200 and :status 404 are entries 8 and 13 of the static table.
  const indexed = ({ 200: 0x88, 404: 0x8d } as Record<number, number>)[status];
  const bytes: number[] = indexed === undefined ? literal(":status", String(status)) : [indexed];
  for (const [name, value] of Object.entries(fields)) bytes.push(...literal(name, value));
  return Uint8Array.from(bytes);
}

function literal(name: string, value: string): number[] {
  const text = (part: string) => [part.length, ...new TextEncoder().encode(part)];
  return [0x00, ...text(name), ...text(value)];
}

/** A payload of big-endian 32-bit numbers. */
export function uint32s(...values: number[]): Uint8Array {
  const bytes = new Uint8Array(4 * values.length);
  values.forEach((value, index) => new DataView(bytes.buffer).setUint32(4 * index, value));
  return bytes;
}
