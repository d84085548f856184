/**
 * What a frame that has come means for its stream and its connection: the rules of RFC 9113 that are
 * the same at both ends. The reader has checked the frame itself.
 * @module
 */

import type { FrameHandler, HeadersFacts } from "./codec/frame_handler.ts";
import { ConnectionError, StreamError } from "./errors.ts";
import { FLAG, FRAME } from "./frame/frame_head.ts";
import { SETTING_IDS, type SettingEntry } from "./frame/setting_entry.ts";
import type { HeaderField } from "./header_field.ts";
import type { InboundOwner } from "./inbound_owner.ts";
import { malformed } from "./message_fields.ts";
import type { Stream } from "./stream.ts";

/** Leaves the reader, when a callback has ended the connection that it reads. */
const NO_LONGER_READ = new ConnectionError("NO_ERROR", "the connection is over");
const UTF_8 = new TextDecoder();

export class Inbound implements FrameHandler {
  readonly #connection: InboundOwner;
  /** Of the DATA frame that is being read, unless it is gone. */
  #dataStream: Stream | undefined;
  /** Of its payload, its padding included, what has not been told yet. */
  #dataBytesLeft = 0;

  constructor(connection: InboundOwner) {
    this.#connection = connection;
  }

  onFrame(type: number, flags: number): void {
    const { isOver, received, settings, guard, control } = this.#connection;
    if (isOver) throw NO_LONGER_READ;
    received.countFrame(type);
    guard.checkReplies(control.queuedReplies);
    if (settings.hasPeer || (type === FRAME.SETTINGS && (flags & FLAG.ACK) === 0)) return;
    throw new ConnectionError(
      "PROTOCOL_ERROR",
      "RFC 9113, section 3.4: the first frame is SETTINGS",
    );
  }

  onDataStart(streamId: number, lengthBytes: number, endStream: boolean): void {
    const { guard, streams, windows } = this.#connection;
    const stream = streams.get(streamId);
    this.#dataStream = undefined;
    this.#dataBytesLeft = lengthBytes;
    if (lengthBytes > 0 || endStream) guard.countMessageFrames(1);
    else guard.countIdleFrame();
    try {
      windows.take(stream, lengthBytes);
      if (stream === undefined) this.#judgeLateMessage(streamId, "DATA");
      else checkMayReceiveData(stream);
      this.#dataStream = stream;
    } catch (error) {
      this.#releaseRest();
      throw error;
    }
    // What is not for anybody is done with.
    if (stream === undefined) this.#releaseRest();
  }

  onDataPiece(_streamId: number, piece: Uint8Array): void {
    const stream = this.#dataStream;
    if (stream === undefined) return;
    if (!stream.mayReceive) return this.#releaseRest();
    stream.countBody(piece.length);
    const keptBytes = stream.user.onData(piece) ?? 0;
    this.#dataBytesLeft -= piece.length;
    if (stream.mayReceive) stream.keptBytes += keptBytes;
    this.#connection.windows.release(stream, piece.length - keptBytes);
    if (!stream.mayReceive) this.#connection.windows.release(undefined, keptBytes);
  }

  onDataEnd(_streamId: number, endStream: boolean): void {
    const stream = this.#dataStream;
    this.#releaseRest();
    if (stream !== undefined && endStream && stream.mayReceive) this.#endRemote(stream);
  }

  /** Padding, and what is not looked at. */
  #releaseRest(): void {
    this.#connection.windows.release(this.#dataStream, this.#dataBytesLeft);
    this.#dataBytesLeft = 0;
    this.#dataStream = undefined;
  }

  onHeaders(streamId: number, fields: readonly HeaderField[], about: HeadersFacts): void {
    const connection = this.#connection;
    connection.guard.countMessageFrames(1);
    if (connection.isIdle(streamId)) return connection.onFirstHeaders(streamId, fields, about);
    const stream = connection.streams.get(streamId);
    if (stream === undefined) return this.#judgeLateMessage(streamId, "HEADERS");
    if (about.error !== undefined) throw about.error;
    checkMayReceive(stream, "HEADERS");
    if (about.isTooLarge) throw headersTooLarge(streamId);
    stream.user.onHeaders(fields, about.endStream);
    if (about.endStream && stream.mayReceive) this.#endRemote(stream);
  }

  #endRemote(stream: Stream): void {
    stream.endRemote();
    if (stream.state === "closed") this.#connection.finishStream(stream);
    stream.user.onEnd();
  }

  onPushPromise(): void {
    throw new ConnectionError(
      "PROTOCOL_ERROR",
      "RFC 9113, section 8.4: no pushes after ENABLE_PUSH 0, nor by a client",
    );
  }

  onPriority(): void {
    this.#connection.guard.countIdleFrame();
  }

  onRstStream(streamId: number, code: number): void {
    const { received, guard, streams } = this.#connection;
    received.countReset(code);
    this.#checkNotIdle(streamId, "RST_STREAM");
    const stream = streams.get(streamId);
    if (stream === undefined) return guard.countIdleFrame();
    guard.countReset();
    this.#connection.remove(stream, "reset by the peer");
    stream.user.onFailure({ kind: "reset", code });
  }

  onSettings(entries: readonly SettingEntry[]): void {
    const { guard, settings, streams, data, control } = this.#connection;
    guard.countSettings();
    this.#connection.checkPeerSettings(entries);
    const before = settings.receive(entries);
    const { peer } = settings;
    // RFC 7541, section 4.2: a size in between counts too, as it makes our encoder forget.
    for (const { id, value } of entries) {
      if (id === SETTING_IDS.HEADER_TABLE_SIZE) control.headerTableBytes = value;
    }
    control.maxFrameBytes = peer.maxFrameBytes;
    const change = peer.initialWindowBytes - before.initialWindowBytes;
    if (change !== 0) {
      for (const stream of streams) {
        if (!stream.sendWindow.grow(change)) throw windowTooLarge("SETTINGS make a stream's");
        data.onStreamWindow(stream);
      }
    }
    control.settingsAck();
    this.#connection.onPeerSettings();
    this.#connection.onOutput();
  }

  onSettingsAck(): void {
    const { guard, settings, streams } = this.#connection;
    if (settings.acknowledge()) streams.onSettingsInForce();
    else guard.countIdleFrame();
  }

  onPing(opaque: Uint8Array): void {
    this.#connection.guard.countIdleFrame();
    this.#connection.control.pingAck(opaque);
    this.#connection.onOutput();
  }

  onPingAck(opaque: Uint8Array): void {
    const roundTripMs = this.#connection.pings.onAck(opaque);
    if (roundTripMs !== undefined) return this.#connection.onRoundTrip(roundTripMs);
    this.#connection.guard.countIdleFrame();
  }

  onGoAway(lastStreamId: number, code: number, debug: Uint8Array): void {
    const connection = this.#connection;
    connection.received.countGoAway(code);
    if (connection.goAway !== undefined && lastStreamId > connection.goAway.lastStreamId) {
      throw new ConnectionError(
        "PROTOCOL_ERROR",
        "RFC 9113, section 6.8: a later GOAWAY does not name a higher stream",
      );
    }
    connection.goAway = { lastStreamId, code, debug: UTF_8.decode(debug) };
    connection.onPeerGoAway();
  }

  onWindowUpdate(streamId: number, increment: number): void {
    const { guard, data, streams } = this.#connection;
    guard.countIdleFrame();
    if (streamId === 0) {
      // RFC 9113, section 6.9.1: a larger window ends the connection, or the stream.
      if (!data.window.grow(increment)) {
        throw windowTooLarge("WINDOW_UPDATE makes the connection's");
      }
      return data.onConnectionWindow();
    }
    this.#checkNotIdle(streamId, "WINDOW_UPDATE");
    const stream = streams.get(streamId);
    if (stream === undefined) return;
    if (stream.sendWindow.grow(increment)) return data.onStreamWindow(stream);
    const { rule } = windowTooLarge("WINDOW_UPDATE makes the stream's");
    throw new StreamError(streamId, "FLOW_CONTROL_ERROR", rule);
  }

  onUnknown(): void {
    this.#connection.guard.countIdleFrame();
  }

  onStreamError(error: StreamError): void {
    const connection = this.#connection;
    if (connection.isOver) return;
    // RFC 9113, section 6.4: RST_STREAM is never sent for an idle stream.
    if (connection.isIdle(error.streamId)) throw asConnectionError(error);
    connection.guard.countReset();
    connection.control.queuedReplies++;
    const stream = connection.streams.get(error.streamId);
    if (stream === undefined) {
      connection.control.reset(error.streamId, error.code);
      connection.onOutput();
      return;
    }
    connection.reset(stream, error.code);
    stream.user.onFailure({ kind: "protocol", error });
  }

  /** RFC 9113, section 5.1: on an idle stream nothing but HEADERS and PRIORITY may come. */
  #checkNotIdle(streamId: number, type: string): void {
    if (!this.#connection.isIdle(streamId)) return;
    throw new ConnectionError(
      "PROTOCOL_ERROR",
      `RFC 9113, section 5.1: no ${type} on a stream that has not begun`,
    );
  }

  /** DATA or HEADERS on a stream that is no more: RFC 9113, section 5.1, "closed". */
  #judgeLateMessage(streamId: number, type: string): void {
    this.#checkNotIdle(streamId, type);
    const rule = `RFC 9113, section 5.1: no ${type} after the end of a stream`;
    switch (this.#connection.streams.mannerOfEnd(streamId)) {
      case "both ended":
        throw new ConnectionError("STREAM_CLOSED", rule);
      case "reset by the peer":
        throw new StreamError(streamId, "STREAM_CLOSED", rule);
      case "passed over":
        throw new ConnectionError(
          "PROTOCOL_ERROR",
          "RFC 9113, section 5.1.1: a new stream has a higher id than those before it",
        );
      // It was on its way when this end reset the stream, or that cannot be excluded.
      case "reset by us":
      case "forgotten":
        this.#connection.guard.countIdleFrame();
    }
  }
}

function checkMayReceive(stream: Stream, type: string): void {
  if (stream.mayReceive) return;
  throw new StreamError(
    stream.id,
    "STREAM_CLOSED",
    `RFC 9113, section 5.1: no ${type} after END_STREAM`,
  );
}

function checkMayReceiveData(stream: Stream): void {
  checkMayReceive(stream, "DATA");
  if (!stream.hasHead) throw malformed(stream.id, "8.1: HEADERS come before DATA");
}

function headersTooLarge(streamId: number): StreamError {
  return new StreamError(
    streamId,
    "ENHANCE_YOUR_CALM",
    "RFC 9113, section 10.5.1: no more fields than MAX_HEADER_LIST_SIZE allows",
  );
}

function windowTooLarge(what: string): ConnectionError {
  return new ConnectionError(
    "FLOW_CONTROL_ERROR",
    `RFC 9113, section 6.9.1: no window is above 2^31 - 1, but ${what} larger`,
  );
}

/** What is wrong with a stream that has not begun is wrong with the connection. */
function asConnectionError({ codeName, rule }: StreamError): ConnectionError {
  return new ConnectionError(codeName, rule);
}
