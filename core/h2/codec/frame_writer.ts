/**
 * Frames into bytes that wait to be sent: all but DATA, which is written where it is gathered
 * ({@link writeDataHead}). Sends what it is told to, legal or not.
 * @module
 */

import { ByteQueue } from "../byte_queue.ts";
import { encodeGoAway } from "../frame/go_away.ts";
import { encodeHeaders } from "../frame/headers.ts";
import { encodePing } from "../frame/ping.ts";
import { encodeRstStream } from "../frame/rst_stream.ts";
import type { SettingEntry } from "../frame/setting_entry.ts";
import { encodeSettings, encodeSettingsAck } from "../frame/settings.ts";
import { encodeWindowUpdate } from "../frame/window_update.ts";
import type { HeaderField } from "../header_field.ts";
import { HpackEncoder } from "../hpack/encoder.ts";
import { INITIAL_SETTINGS } from "../settings.ts";

const UTF_8 = new TextEncoder();

export class FrameWriter {
  readonly #out = new ByteQueue();
  readonly #hpack = new HpackEncoder();
  /** The peer's SETTINGS_MAX_FRAME_SIZE. */
  maxFrameBytes: number = INITIAL_SETTINGS.maxFrameBytes;

  /** That wait to be sent. */
  get pendingBytes(): number {
    return this.#out.length;
  }

  /** The peer's SETTINGS_HEADER_TABLE_SIZE, as it came. */
  set headerTableBytes(bytes: number) {
    this.#hpack.peerTableBytes = bytes;
  }

  /** Moves what waits to `buffer` from `at` on, as much as there is room for; returns how many bytes. */
  moveInto(buffer: Uint8Array, at: number): number {
    return this.#out.moveInto(buffer, at);
  }

  /**
   * HEADERS, and CONTINUATION if the peer's frames are too small for it.
   * @throws {RangeError} if a field has a character above U+00FF; nothing is sent then
   */
  encodeHeaders(streamId: number, fields: readonly HeaderField[], endStream: boolean): void {
    const block = this.#hpack.encode(fields);
    encodeHeaders(this.#out, block, { streamId, endStream, maxFrameBytes: this.maxFrameBytes });
  }

  encodeRstStream(streamId: number, code: number): void {
    encodeRstStream(this.#out, streamId, code);
  }

  encodeSettings(entries: readonly SettingEntry[]): void {
    encodeSettings(this.#out, entries);
  }

  encodeSettingsAck(): void {
    encodeSettingsAck(this.#out);
  }

  /** @param opaque 8 bytes */
  encodePing(opaque: Uint8Array): void {
    encodePing(this.#out, opaque, false);
  }

  /** @param opaque the 8 bytes that came */
  encodePingAck(opaque: Uint8Array): void {
    encodePing(this.#out, opaque, true);
  }

  encodeGoAway(lastStreamId: number, code: number, debug: string): void {
    encodeGoAway(this.#out, { lastStreamId, code, debug: UTF_8.encode(debug) });
  }

  /** @param streamId 0: of the connection @param increment 1 to 2^31 - 1 */
  encodeWindowUpdate(streamId: number, increment: number): void {
    encodeWindowUpdate(this.#out, streamId, increment);
  }
}
