/**
 * Bytes of a connection into frames. Holds at most one frame that has not come whole and one field block
 * that is not at its end; DATA is told as it comes, not held and not copied. Knows nothing of streams.
 * @module
 */

import { ConnectionError, StreamError } from "../errors.ts";
import { checkContinuity } from "../frame/continuation.ts";
import { checkDataHead, checkDataPadding } from "../frame/data.ts";
import {
  FLAG,
  FRAME,
  FRAME_HEAD_BYTES,
  type FrameHead,
  readFrameHead,
} from "../frame/frame_head.ts";
import { decodeGoAway } from "../frame/go_away.ts";
import { decodeHeaders } from "../frame/headers.ts";
import { checkPing } from "../frame/ping.ts";
import { checkPriority } from "../frame/priority.ts";
import { decodePushPromise } from "../frame/push_promise.ts";
import { decodeRstStream } from "../frame/rst_stream.ts";
import { decodeSettings } from "../frame/settings.ts";
import { decodeWindowUpdate } from "../frame/window_update.ts";
import { HpackDecoder } from "../hpack/decoder.ts";
import { INITIAL_SETTINGS } from "../settings.ts";
import {
  type BlockStart,
  checkBlockBytes,
  FieldBlock,
  type FieldBlockLimits,
} from "./field_block.ts";
import type { FrameHandler } from "./frame_handler.ts";
import { HeldBytes } from "./held_bytes.ts";

export interface FrameReaderOptions extends FieldBlockLimits {
  /** Our SETTINGS_MAX_FRAME_SIZE. */
  readonly maxFrameBytes: number;
  /** Our SETTINGS_MAX_HEADER_LIST_SIZE: a list beyond is told as too large. */
  readonly maxHeaderListBytes: number;
  /** Our SETTINGS_HEADER_TABLE_SIZE. */
  readonly headerTableBytes: number;
}

/** What comes next: of `payload` the frame is looked at when it is whole. */
type Next = "head" | "payload" | "padding length" | "data" | "skipped";

export class FrameReader {
  readonly #handler: FrameHandler;
  readonly #options: FrameReaderOptions;
  readonly #hpack: HpackDecoder;
  readonly #held = new HeldBytes();
  readonly #head: FrameHead = { lengthBytes: 0, type: 0, flags: 0, streamId: 0 };

  #next: Next = "head";
  /** Where in the bytes that were received last. */
  #at = 0;
  /** Of DATA or of what is skipped: what is to come, and after it the padding. */
  #bytesLeft = 0;
  #paddingLeft = 0;
  /** Undefined: no field block is open. */
  #block: FieldBlock | undefined;

  constructor(handler: FrameHandler, options: FrameReaderOptions) {
    this.#handler = handler;
    this.#options = options;
    this.#hpack = new HpackDecoder(options.maxHeaderListBytes);
    // A larger table than the initial one may be used as soon as the peer has seen our SETTINGS, a
    // smaller one must be when it has acknowledged them.
    const { headerTableBytes } = options;
    if (headerTableBytes > INITIAL_SETTINGS.headerTableBytes) {
      this.#hpack.maxTableBytes = headerTableBytes;
    }
  }

  /** What is kept of frames and field blocks that have not come whole. */
  get heldBytes(): number {
    return this.#held.length + (this.#block?.bytes.length ?? 0);
  }

  /**
   * Tells the handler of all frames that end in `bytes`, and of DATA so far. Once it has thrown it is
   * not to be called again.
   * @throws {ConnectionError} if the connection must end
   */
  receive(bytes: Uint8Array): void {
    this.#at = 0;
    for (;;) {
      try {
        while (this.#step(bytes)) { /* until all is read */ }
        return;
      } catch (error) {
        // Whatever is told or checked, this reader is already past it.
        if (!(error instanceof StreamError)) throw error;
        this.#handler.onStreamError(error);
      }
    }
  }

  /** False: more bytes must come. */
  #step(bytes: Uint8Array): boolean {
    switch (this.#next) {
      case "head":
        return this.#readHead(bytes);
      case "payload":
        return this.#readPayload(bytes);
      case "padding length":
        return this.#readPaddingLength(bytes);
      case "data":
        return this.#readData(bytes);
      case "skipped":
        return this.#skip(bytes);
    }
  }

  #readHead(bytes: Uint8Array): boolean {
    if (this.#held.length === 0 && bytes.length - this.#at >= FRAME_HEAD_BYTES) {
      readFrameHead(bytes, this.#at, this.#head);
      this.#at += FRAME_HEAD_BYTES;
    } else {
      this.#at += this.#held.fill(bytes, this.#at, FRAME_HEAD_BYTES);
      if (this.#held.length < FRAME_HEAD_BYTES) return false;
      readFrameHead(this.#held.take(), 0, this.#head);
    }
    this.#begin(this.#head);
    return true;
  }

  #begin(head: FrameHead): void {
    const { lengthBytes, type, flags, streamId } = head;
    this.#handler.onFrame(type, flags, streamId, lengthBytes);
    if (lengthBytes > this.#options.maxFrameBytes) {
      throw new ConnectionError(
        "FRAME_SIZE_ERROR",
        `RFC 9113, section 4.2: a frame has at most the ${this.#options.maxFrameBytes} bytes of SETTINGS_MAX_FRAME_SIZE, this one has ${lengthBytes}`,
      );
    }
    checkContinuity(head, this.#block?.start.streamId ?? 0);
    if (type === FRAME.DATA) return this.#beginData(head);
    this.#next = type > FRAME.CONTINUATION ? "skipped" : "payload";
    if (this.#next === "payload") return;
    this.#bytesLeft = lengthBytes;
    this.#handler.onUnknown(type, streamId);
  }

  #beginData(head: FrameHead): void {
    checkDataHead(head);
    this.#bytesLeft = head.lengthBytes;
    this.#paddingLeft = 0;
    this.#next = (head.flags & FLAG.PADDED) === 0 ? "data" : "padding length";
    const endStream = (head.flags & FLAG.END_STREAM) !== 0;
    this.#handler.onDataStart(head.streamId, head.lengthBytes, endStream);
  }

  #readPaddingLength(bytes: Uint8Array): boolean {
    if (this.#at === bytes.length) return false;
    this.#paddingLeft = bytes[this.#at++]!;
    checkDataPadding(this.#head, this.#paddingLeft);
    this.#bytesLeft -= 1 + this.#paddingLeft;
    this.#next = "data";
    return true;
  }

  #readData(bytes: Uint8Array): boolean {
    const { streamId, flags } = this.#head;
    const from = this.#at;
    const there = bytes.length - from;
    if (this.#bytesLeft > 0) {
      if (there === 0) return false;
      const count = Math.min(there, this.#bytesLeft);
      this.#at += count;
      this.#bytesLeft -= count;
      this.#handler.onDataPiece(streamId, bytes.subarray(from, from + count));
      return true;
    }
    const padding = Math.min(there, this.#paddingLeft);
    this.#at += padding;
    this.#paddingLeft -= padding;
    if (this.#paddingLeft > 0) return false;
    this.#next = "head";
    this.#handler.onDataEnd(streamId, (flags & FLAG.END_STREAM) !== 0);
    return true;
  }

  #skip(bytes: Uint8Array): boolean {
    const count = Math.min(bytes.length - this.#at, this.#bytesLeft);
    this.#at += count;
    this.#bytesLeft -= count;
    if (this.#bytesLeft > 0) return false;
    this.#next = "head";
    return true;
  }

  #readPayload(bytes: Uint8Array): boolean {
    const { lengthBytes } = this.#head;
    const from = this.#at;
    if (this.#held.length === 0 && bytes.length - from >= lengthBytes) {
      this.#at += lengthBytes;
      this.#next = "head";
      this.#tell(bytes.subarray(from, this.#at));
      return true;
    }
    this.#at += this.#held.fill(bytes, from, lengthBytes);
    if (this.#held.length < lengthBytes) return false;
    this.#next = "head";
    this.#tell(this.#held.take());
    return true;
  }

  #tell(payload: Uint8Array): void {
    const head = this.#head;
    const { streamId, flags } = head;
    switch (head.type) {
      case FRAME.HEADERS:
        return this.#readHeaders(payload);
      case FRAME.CONTINUATION:
        return this.#addToBlock(this.#block!, payload);
      case FRAME.PUSH_PROMISE:
        return this.#readPushPromise(payload);
      case FRAME.WINDOW_UPDATE:
        return this.#handler.onWindowUpdate(streamId, decodeWindowUpdate(head, payload));
      case FRAME.RST_STREAM:
        return this.#handler.onRstStream(streamId, decodeRstStream(head, payload));
      case FRAME.SETTINGS:
        return this.#readSettings(payload);
      case FRAME.PING:
        checkPing(head);
        if ((flags & FLAG.ACK) !== 0) return this.#handler.onPingAck(payload);
        return this.#handler.onPing(payload);
      case FRAME.GOAWAY: {
        const { lastStreamId, code, debug } = decodeGoAway(head, payload);
        return this.#handler.onGoAway(lastStreamId, code, debug);
      }
      case FRAME.PRIORITY:
        checkPriority(head, payload);
        return this.#handler.onPriority(streamId);
    }
  }

  #readSettings(payload: Uint8Array): void {
    const entries = decodeSettings(this.#head, payload);
    if ((this.#head.flags & FLAG.ACK) === 0) return this.#handler.onSettings(entries);
    this.#hpack.maxTableBytes = this.#options.headerTableBytes;
    this.#handler.onSettingsAck();
  }

  #readHeaders(payload: Uint8Array): void {
    const { fragment, error } = decodeHeaders(this.#head, payload);
    const endStream = (this.#head.flags & FLAG.END_STREAM) !== 0;
    this.#beginBlock(
      { streamId: this.#head.streamId, promisedId: undefined, endStream, error },
      fragment,
    );
  }

  #readPushPromise(payload: Uint8Array): void {
    const { fragment, promisedId } = decodePushPromise(this.#head, payload);
    const { streamId } = this.#head;
    this.#beginBlock({ streamId, promisedId, endStream: false, error: undefined }, fragment);
  }

  #beginBlock(start: BlockStart, fragment: Uint8Array): void {
    if ((this.#head.flags & FLAG.END_HEADERS) !== 0) {
      checkBlockBytes(fragment.length, this.#options);
      return this.#tellBlock(start, fragment);
    }
    this.#block = new FieldBlock(start, this.#options);
    this.#block.add(fragment);
  }

  #addToBlock(block: FieldBlock, fragment: Uint8Array): void {
    block.add(fragment);
    if ((this.#head.flags & FLAG.END_HEADERS) === 0) return;
    this.#block = undefined;
    this.#tellBlock(block.start, block.bytes);
  }

  #tellBlock({ streamId, promisedId, endStream, error }: BlockStart, block: Uint8Array): void {
    const fields = this.#hpack.decode(block);
    if (promisedId !== undefined) {
      return this.#handler.onPushPromise(streamId, promisedId, fields ?? []);
    }
    const isTooLarge = fields === undefined;
    this.#handler.onHeaders(streamId, fields ?? [], { endStream, isTooLarge, error });
  }
}
