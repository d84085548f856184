/** The 9 bytes before each frame's payload. RFC 9113, section 4.1. @module */

export const FRAME_HEAD_BYTES = 9;

/** RFC 9113, section 6. */
export const FRAME = {
  DATA: 0x0,
  HEADERS: 0x1,
  PRIORITY: 0x2,
  RST_STREAM: 0x3,
  SETTINGS: 0x4,
  PUSH_PROMISE: 0x5,
  PING: 0x6,
  GOAWAY: 0x7,
  WINDOW_UPDATE: 0x8,
  CONTINUATION: 0x9,
} as const;

/** What a bit means depends on the type; bits that a type does not know are ignored. */
export const FLAG = {
  ACK: 0x1,
  END_STREAM: 0x1,
  END_HEADERS: 0x4,
  PADDED: 0x8,
  PRIORITY: 0x20,
} as const;

export interface FrameHead {
  /** Of the payload. */
  lengthBytes: number;
  /** One of {@link FRAME}, or unknown. */
  type: number;
  flags: number;
  /** 0: the connection. */
  streamId: number;
}

/** Reads into `head`, so that no frame costs an object. */
export function readFrameHead(bytes: Uint8Array, at: number, head: FrameHead): void {
  head.lengthBytes = bytes[at]! << 16 | bytes[at + 1]! << 8 | bytes[at + 2]!;
  head.type = bytes[at + 3]!;
  head.flags = bytes[at + 4]!;
  head.streamId = readUint31(bytes, at + 5);
}

export function writeFrameHead(
  bytes: Uint8Array,
  at: number,
  { lengthBytes, type, flags, streamId }: Readonly<FrameHead>,
): void {
  bytes[at] = lengthBytes >>> 16;
  bytes[at + 1] = lengthBytes >>> 8;
  bytes[at + 2] = lengthBytes;
  bytes[at + 3] = type;
  bytes[at + 4] = flags;
  writeUint32(bytes, at + 5, streamId);
}

/** The first bit is reserved, and ignored by who receives it. */
export function readUint31(bytes: Uint8Array, at: number): number {
  return (bytes[at]! & 0x7f) << 24 | bytes[at + 1]! << 16 | bytes[at + 2]! << 8 | bytes[at + 3]!;
}

export function readUint32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24 | bytes[at + 1]! << 16 | bytes[at + 2]! << 8 | bytes[at + 3]!) >>> 0;
}

export function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}
