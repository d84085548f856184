/** All frames but DATA on their way out, counted. @module */

import { FrameWriter } from "./codec/frame_writer.ts";
import { FRAME, FRAME_HEAD_BYTES } from "./frame/frame_head.ts";
import type { SettingEntry } from "./frame/setting_entry.ts";
import type { HeaderField } from "./header_field.ts";
import type { TrafficCounts } from "./traffic_counts.ts";

export class ControlOutput {
  readonly #writer = new FrameWriter();
  readonly #counts: TrafficCounts;
  /** Frames that answer frames of the peer's, since last nothing waited. */
  queuedReplies = 0;

  constructor(counts: TrafficCounts) {
    this.#counts = counts;
  }

  get isEmpty(): boolean {
    return this.#writer.pendingBytes === 0;
  }

  set maxFrameBytes(bytes: number) {
    this.#writer.maxFrameBytes = bytes;
  }

  set headerTableBytes(bytes: number) {
    this.#writer.headerTableBytes = bytes;
  }

  /** @returns where what was written ends */
  moveInto(buffer: Uint8Array, at: number): number {
    if (this.#writer.pendingBytes === 0) return at;
    const end = at + this.#writer.moveInto(buffer, at);
    if (this.#writer.pendingBytes === 0) this.queuedReplies = 0;
    return end;
  }

  headers(streamId: number, fields: readonly HeaderField[], endStream: boolean): void {
    const before = this.#writer.pendingBytes;
    this.#writer.encodeHeaders(streamId, fields, endStream);
    // Every frame of a block is full but the last.
    const mostBytes = FRAME_HEAD_BYTES + this.#writer.maxFrameBytes;
    const frames = Math.ceil((this.#writer.pendingBytes - before) / mostBytes);
    this.#counts.countFrame(FRAME.HEADERS);
    if (frames > 1) this.#counts.countFrame(FRAME.CONTINUATION, frames - 1);
  }

  reset(streamId: number, code: number): void {
    this.#writer.encodeRstStream(streamId, code);
    this.#counts.countFrame(FRAME.RST_STREAM);
    this.#counts.countReset(code);
  }

  settings(entries: readonly SettingEntry[]): void {
    this.#writer.encodeSettings(entries);
    this.#counts.countFrame(FRAME.SETTINGS);
  }

  settingsAck(): void {
    this.#writer.encodeSettingsAck();
    this.#counts.countFrame(FRAME.SETTINGS);
    this.queuedReplies++;
  }

  ping(opaque: Uint8Array): void {
    this.#writer.encodePing(opaque);
    this.#counts.countFrame(FRAME.PING);
  }

  pingAck(opaque: Uint8Array): void {
    this.#writer.encodePingAck(opaque);
    this.#counts.countFrame(FRAME.PING);
    this.queuedReplies++;
  }

  goAway(lastStreamId: number, code: number, debug: string): void {
    this.#writer.encodeGoAway(lastStreamId, code, debug);
    this.#counts.countFrame(FRAME.GOAWAY);
    this.#counts.countGoAway(code);
  }

  windowUpdate(streamId: number, increment: number): void {
    this.#writer.encodeWindowUpdate(streamId, increment);
    this.#counts.countFrame(FRAME.WINDOW_UPDATE);
  }
}
