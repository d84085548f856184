/**
 * What a {@link FrameReader} tells, a line for each frame, so that a test compares text with text:
 *
 *     HEADERS 1 END_STREAM [:method=GET]
 *     DATA 1 (5) 68656c6c6f
 *     stream error 1 PROTOCOL_ERROR 6.9
 *
 * Of errors the code and the RFC's section are shown. Bytes are in hexadecimal; the pieces of one DATA
 * are joined, as where they are cut depends on the reads.
 * @module
 */

import type { FrameHandler, HeadersFacts } from "../../core/h2/codec/frame_handler.ts";
import { FrameReader, type FrameReaderOptions } from "../../core/h2/codec/frame_reader.ts";
import { FrameWriter } from "../../core/h2/codec/frame_writer.ts";
import { errorCodeName } from "../../core/h2/error_code.ts";
import { ConnectionError, StreamError } from "../../core/h2/errors.ts";
import type { SettingEntry } from "../../core/h2/frame/setting_entry.ts";
import type { HeaderField } from "../../core/h2/header_field.ts";

const OPTIONS: FrameReaderOptions = {
  maxFrameBytes: 16_384,
  maxHeaderListBytes: 4_096,
  headerTableBytes: 4_096,
  maxHeaderBlockBytes: 8_192,
  maxContinuations: 4,
};

/** What is told of `reads`, one after the other, up to and with a ConnectionError. */
export function transcript(
  reads: Iterable<Uint8Array>,
  options: Partial<FrameReaderOptions> = {},
): string[] {
  const told = new Transcript();
  const reader = new FrameReader(told, { ...OPTIONS, ...options });
  try {
    for (const read of reads) reader.receive(read);
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error;
    told.lines.push(`connection error ${errorText(error)}`);
  }
  return told.lines;
}

/** What is told of one read. @param bytes in hexadecimal */
export function told(bytes: string, options: Partial<FrameReaderOptions> = {}): string[] {
  return transcript([unhex(bytes)], options);
}

/** What a frame writer writes, in hexadecimal. */
export function written(write: (writer: FrameWriter) => void): string {
  const writer = new FrameWriter();
  write(writer);
  return hex(drain(writer));
}

/** All that waits to be sent. */
export function drain(writer: FrameWriter): Uint8Array {
  const bytes = new Uint8Array(writer.pendingBytes);
  writer.moveInto(bytes, 0);
  return bytes;
}

/** `"0001 ff"`: whitespace is for the reader. */
export function unhex(text: string): Uint8Array {
  const digits = text.replaceAll(/\s/g, "");
  return Uint8Array.from(digits.match(/../g) ?? [], (byte) => parseInt(byte, 16));
}

export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Lines as above; what it hears may be overridden. */
export class Transcript implements FrameHandler {
  readonly lines: string[] = [];

  #say(...words: (string | number)[]): void {
    this.lines.push(words.filter((word) => word !== "").join(" "));
  }

  onFrame(): void {}
  onDataStart(streamId: number, lengthBytes: number): void {
    this.#say("DATA", streamId, `(${lengthBytes})`, "-");
  }
  onDataPiece(_streamId: number, piece: Uint8Array): void {
    this.lines.push(this.lines.pop()!.replace(/-$/, "") + hex(piece));
  }
  onDataEnd(_streamId: number, endStream: boolean): void {
    this.lines.push(this.lines.pop()! + (endStream ? " END_STREAM" : " end"));
  }
  onHeaders(streamId: number, fields: readonly HeaderField[], about: HeadersFacts): void {
    const { endStream, isTooLarge, error } = about;
    this.#say(
      "HEADERS",
      streamId,
      endStream ? "END_STREAM" : "",
      isTooLarge ? "too large" : fieldsText(fields),
      error === undefined ? "" : errorText(error),
    );
  }
  onPushPromise(streamId: number, promisedId: number, fields: readonly HeaderField[]): void {
    this.#say("PUSH_PROMISE", streamId, promisedId, fieldsText(fields));
  }
  onPriority(streamId: number): void {
    this.#say("PRIORITY", streamId);
  }
  onRstStream(streamId: number, code: number): void {
    this.#say("RST_STREAM", streamId, errorCodeName(code));
  }
  onSettings(entries: readonly SettingEntry[]): void {
    this.#say("SETTINGS", ...entries.map(({ id, value }) => `${id}=${value}`));
  }
  onSettingsAck(): void {
    this.#say("SETTINGS ACK");
  }
  onPing(opaque: Uint8Array): void {
    this.#say("PING", hex(opaque));
  }
  onPingAck(opaque: Uint8Array): void {
    this.#say("PING ACK", hex(opaque));
  }
  onGoAway(lastStreamId: number, code: number, debug: Uint8Array): void {
    this.#say("GOAWAY", lastStreamId, errorCodeName(code), hex(debug));
  }
  onWindowUpdate(streamId: number, increment: number): void {
    this.#say("WINDOW_UPDATE", streamId, increment);
  }
  onUnknown(type: number, streamId: number): void {
    this.#say("unknown", type, streamId);
  }
  onStreamError(error: StreamError): void {
    this.#say("stream error", error.streamId, errorText(error));
  }
}

function fieldsText(fields: readonly HeaderField[]): string {
  return `[${fields.map(([name, value]) => `${name}=${value}`).join(", ")}]`;
}

function errorText(error: ConnectionError | StreamError): string {
  const section = /^RFC \d+, section ([\d.]+): /.exec(error.rule)?.[1];
  return `${errorCodeName(error.code)} ${section}`;
}
