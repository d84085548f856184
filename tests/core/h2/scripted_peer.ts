/**
 * The other end of an HTTP/2 connection as a test wants it: sends what it is told to, legal or not, at
 * that moment, and says in words what has come. Answers nothing by itself and heeds no window, so that a
 * test reads as a transcript:
 *
 *     peer.settings({ maxConcurrentStreams: 1 });
 *     peer.headers(1, [[":status", "200"]]);
 *     peer.data(1, "abc", { endStream: true });
 *     assert.deepEqual(peer.seen(), ["SETTINGS ack"]);
 *
 * Bytes in, bytes out: {@link ScriptedPeer.receive} and {@link ScriptedPeer.take}.
 * @module
 */

import type { FrameHandler, HeadersFacts } from "../../../core/h2/codec/frame_handler.ts";
import { FrameReader } from "../../../core/h2/codec/frame_reader.ts";
import { FrameWriter } from "../../../core/h2/codec/frame_writer.ts";
import { PREFACE } from "../../../core/h2/client_connection.ts";
import { ERROR_CODES, type ErrorCodeName, errorCodeName } from "../../../core/h2/error_code.ts";
import { FLAG, FRAME, writeFrameHead } from "../../../core/h2/frame/frame_head.ts";
import { SETTING_IDS, type SettingEntry } from "../../../core/h2/frame/setting_entry.ts";
import type { HeaderField } from "../../../core/h2/header_field.ts";
import type { Settings } from "../../../core/h2/settings.ts";

const IDS: Readonly<Record<keyof Settings, number>> = {
  headerTableBytes: SETTING_IDS.HEADER_TABLE_SIZE,
  enablePush: SETTING_IDS.ENABLE_PUSH,
  maxConcurrentStreams: SETTING_IDS.MAX_CONCURRENT_STREAMS,
  initialWindowBytes: SETTING_IDS.INITIAL_WINDOW_SIZE,
  maxFrameBytes: SETTING_IDS.MAX_FRAME_SIZE,
  maxHeaderListBytes: SETTING_IDS.MAX_HEADER_LIST_SIZE,
};

export class ScriptedPeer implements FrameHandler {
  readonly #writer = new FrameWriter();
  readonly #reader = new FrameReader(this, {
    maxFrameBytes: 2 ** 24 - 1,
    maxHeaderListBytes: Infinity,
    headerTableBytes: 4_096,
    maxHeaderBlockBytes: Infinity,
    maxContinuations: Infinity,
  });
  #parts: Uint8Array[] = [];
  #seen: string[] = [];
  #prefaceLeft: number;
  #dataBytes = 0;
  #dataTotal = 0;
  /** The last frame was a GOAWAY's: its text. */
  debug = "";

  /** @param role of this peer: a server is sent a preface first */
  constructor(role: "client" | "server") {
    this.#prefaceLeft = role === "server" ? PREFACE.length : 0;
  }

  // What it sends

  /** The client's first bytes: RFC 9113, section 3.4. */
  preface(): void {
    this.raw(PREFACE);
  }

  settings(settings: Partial<Settings> = {}): void {
    const entries = Object.entries(settings).map(([name, value]) => ({
      id: IDS[name as keyof Settings],
      value: Number(value),
    }));
    this.#writer.encodeSettings(entries);
    this.#flushWriter();
  }

  settingsAck(): void {
    this.#writer.encodeSettingsAck();
    this.#flushWriter();
  }

  headers(id: number, fields: readonly HeaderField[], { endStream = false } = {}): void {
    this.#writer.encodeHeaders(id, fields, endStream);
    this.#flushWriter();
  }

  data(id: number, body: string | Uint8Array, { endStream = false, paddingBytes = -1 } = {}): void {
    const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
    const end = endStream ? FLAG.END_STREAM : 0;
    if (paddingBytes < 0) return this.frame(FRAME.DATA, end, id, bytes);
    const padded = new Uint8Array(1 + bytes.length + paddingBytes);
    padded[0] = paddingBytes;
    padded.set(bytes, 1);
    this.frame(FRAME.DATA, end | FLAG.PADDED, id, padded);
  }

  reset(id: number, code: ErrorCodeName): void {
    this.#writer.encodeRstStream(id, ERROR_CODES[code]);
    this.#flushWriter();
  }

  windowUpdate(id: number, bytes: number): void {
    this.#writer.encodeWindowUpdate(id, bytes);
    this.#flushWriter();
  }

  ping(opaque = new Uint8Array(8)): void {
    this.#writer.encodePing(opaque);
    this.#flushWriter();
  }

  pingAck(opaque: Uint8Array): void {
    this.#writer.encodePingAck(opaque);
    this.#flushWriter();
  }

  goAway(lastStreamId: number, code: ErrorCodeName = "NO_ERROR", debug = ""): void {
    this.#writer.encodeGoAway(lastStreamId, ERROR_CODES[code], debug);
    this.#flushWriter();
  }

  frame(type: number, flags: number, streamId: number, payload: Uint8Array): void {
    const head = new Uint8Array(9);
    writeFrameHead(head, 0, { lengthBytes: payload.length, type, flags, streamId });
    this.raw(head);
    this.raw(payload);
  }

  raw(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#parts.push(bytes.slice());
  }

  /** What has been sent since it was last asked. */
  take(): Uint8Array {
    const bytes = new Uint8Array(this.#parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of this.#parts) {
      bytes.set(part, at);
      at += part.length;
    }
    this.#parts = [];
    return bytes;
  }

  #flushWriter(): void {
    const bytes = new Uint8Array(this.#writer.pendingBytes);
    this.#writer.moveInto(bytes, 0);
    this.raw(bytes);
  }

  // What has come

  receive(bytes: Uint8Array): void {
    const skipped = Math.min(bytes.length, this.#prefaceLeft);
    this.#prefaceLeft -= skipped;
    if (bytes.length > skipped) this.#reader.receive(bytes.subarray(skipped));
  }

  /** Frames since it was last asked, e.g. `HEADERS 1 end :method GET`, `DATA 1 100 end`. */
  seen(): string[] {
    const seen = this.#seen;
    this.#seen = [];
    return seen;
  }

  /** Of DATA, all in all. */
  get dataBytes(): number {
    return this.#dataTotal;
  }

  onFrame(): void {}

  onDataStart(): void {
    this.#dataBytes = 0;
  }

  onDataPiece(_id: number, piece: Uint8Array): void {
    this.#dataBytes += piece.length;
    this.#dataTotal += piece.length;
  }

  onDataEnd(id: number, endStream: boolean): void {
    this.#seen.push(`DATA ${id} ${this.#dataBytes}${endStream ? " end" : ""}`);
  }

  onHeaders(id: number, fields: readonly HeaderField[], { endStream }: HeadersFacts): void {
    const text = fields.map(([name, value]) => ` ${name} ${value}`).join("");
    this.#seen.push(`HEADERS ${id}${endStream ? " end" : ""}${text}`);
  }

  onPushPromise(id: number, promisedId: number): void {
    this.#seen.push(`PUSH_PROMISE ${id} ${promisedId}`);
  }

  onPriority(id: number): void {
    this.#seen.push(`PRIORITY ${id}`);
  }

  onRstStream(id: number, code: number): void {
    this.#seen.push(`RST_STREAM ${id} ${errorCodeName(code)}`);
  }

  onSettings(entries: readonly SettingEntry[]): void {
    const name = (id: number) => Object.entries(SETTING_IDS).find(([, known]) => known === id)?.[0];
    const text = entries.map(({ id, value }) => ` ${name(id) ?? id}=${value}`).join("");
    this.#seen.push(`SETTINGS${text}`);
  }

  onSettingsAck(): void {
    this.#seen.push("SETTINGS ack");
  }

  onPing(opaque: Uint8Array): void {
    this.#seen.push(`PING ${hex(opaque)}`);
  }

  onPingAck(opaque: Uint8Array): void {
    this.#seen.push(`PING ack ${hex(opaque)}`);
  }

  onGoAway(lastStreamId: number, code: number, debug: Uint8Array): void {
    this.debug = new TextDecoder().decode(debug);
    this.#seen.push(`GOAWAY ${lastStreamId} ${errorCodeName(code)}`);
  }

  onWindowUpdate(id: number, bytes: number): void {
    this.#seen.push(`WINDOW_UPDATE ${id} ${bytes}`);
  }

  onUnknown(type: number, id: number): void {
    this.#seen.push(`${type} ${id}`);
  }

  onStreamError(error: Error): void {
    throw error;
  }
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
