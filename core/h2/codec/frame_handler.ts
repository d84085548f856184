/**
 * What {@link FrameReader} tells of the frames that it reads, in the order in which they came. What is
 * told has passed the checks that need no more than the frame: sizes, flags, padding, whether it may be
 * on stream 0. What depends on streams, windows or the role of this end is not the reader's matter.
 *
 * Any of these may throw: a StreamError comes back as {@link FrameHandler.onStreamError}, and reading
 * goes on; a ConnectionError leaves `receive`.
 * @module
 */

import type { StreamError } from "../errors.ts";
import type { SettingEntry } from "../frame/setting_entry.ts";
import type { HeaderField } from "../header_field.ts";

export interface HeadersFacts {
  readonly endStream: boolean;
  /** The list is over our limit: it was decoded for the table's sake, and `fields` is empty. */
  readonly isTooLarge: boolean;
  /** What else is wrong with the frame; its stream counts as begun by it all the same. */
  readonly error: StreamError | undefined;
}

/** Views of bytes are of the memory that was read into: valid during the call only. */
export interface FrameHandler {
  /**
   * Of each frame, before anything else, as soon as its head has been read: CONTINUATION and unknown
   * types too.
   * @param lengthBytes of its payload
   */
  onFrame(type: number, flags: number, streamId: number, lengthBytes: number): void;

  /** @param lengthBytes what counts against the windows: the payload, its padding included */
  onDataStart(streamId: number, lengthBytes: number, endStream: boolean): void;
  /** As it came, without padding; never empty. */
  onDataPiece(streamId: number, piece: Uint8Array): void;
  onDataEnd(streamId: number, endStream: boolean): void;

  /** Told when its last CONTINUATION has come. `fields` may be kept. */
  onHeaders(streamId: number, fields: readonly HeaderField[], about: HeadersFacts): void;
  /** Told when its last CONTINUATION has come. */
  onPushPromise(streamId: number, promisedId: number, fields: readonly HeaderField[]): void;

  onPriority(streamId: number): void;
  onRstStream(streamId: number, code: number): void;
  /** Values are in the ranges of RFC 9113, section 6.5.2; unknown ids are among them. */
  onSettings(entries: readonly SettingEntry[]): void;
  onSettingsAck(): void;
  /** @param opaque 8 bytes */
  onPing(opaque: Uint8Array): void;
  /** @param opaque 8 bytes */
  onPingAck(opaque: Uint8Array): void;
  onGoAway(lastStreamId: number, code: number, debug: Uint8Array): void;
  /** @param streamId 0: of the connection @param increment 1 to 2^31 - 1 */
  onWindowUpdate(streamId: number, increment: number): void;
  /** Of a type that RFC 9113 does not know; told at its head, its payload is skipped. */
  onUnknown(type: number, streamId: number): void;

  /** Something is wrong with a frame, and only its stream dies of it; the stream may be idle or gone. */
  onStreamError(error: StreamError): void;
}
