/**
 * What both ends of an HTTP/2 connection do alike: streams by their ids, windows, settings, PING and
 * GOAWAY. Bytes in, bytes out: it neither reads nor writes a socket. RFC 9113, sections 5 and 6.
 * @module
 */

import { asError } from "../errors.ts";
import type { Clock } from "../load/clock.ts";
import type { StreamFailure } from "./answer_sink.ts";
import type { BodySource } from "../body_source.ts";
import type { Manner } from "./closed_streams.ts";
import type { HeadersFacts } from "./codec/frame_handler.ts";
import { FrameReader } from "./codec/frame_reader.ts";
import { type ConnectionEnd, endError } from "./connection_end.ts";
import { ControlOutput } from "./control_output.ts";
import { DataOutput, type DataOutputOwner } from "./data_output.ts";
import { ERROR_CODES } from "./error_code.ts";
import { ConnectionError } from "./errors.ts";
import type { ConnectionFacts } from "./facts.ts";
import { FloodGuard } from "./flood_guard.ts";
import type { SettingEntry } from "./frame/setting_entry.ts";
import type { HeaderField } from "./header_field.ts";
import { Inbound } from "./inbound.ts";
import type { GoAway, InboundOwner } from "./inbound_owner.ts";
import { InboundWindows } from "./inbound_windows.ts";
import type { Limits } from "./limits.ts";
import { Pings } from "./pings.ts";
import type { PumpedProtocol } from "./pump.ts";
import type { Settings } from "./settings.ts";
import { SettingsExchange } from "./settings_exchange.ts";
import { StallMeter } from "./stall_meter.ts";
import type { Stream, StreamUser } from "./stream.ts";
import { Streams } from "./streams.ts";
import { TrafficCounts } from "./traffic_counts.ts";

export interface ConnectionOptions {
  readonly clock: Clock;
  /** Those that this end wants. */
  readonly settings: Settings;
  readonly connectionWindowBytes: number;
  readonly limits: Limits;
  /** Bytes before the first frame: RFC 9113, section 3.4. */
  readonly preface?: Uint8Array;
  onPing?(roundTripMs: number): void;
  onClosed?(end: ConnectionEnd): void;
}

export abstract class Connection implements InboundOwner, DataOutputOwner, PumpedProtocol {
  /** Something is to be sent, or it is over: set by who drives it. */
  onOutput: () => void = () => {};

  readonly clock: Clock;
  readonly streams: Streams;
  readonly guard: FloodGuard;
  readonly sent = new TrafficCounts();
  readonly received = new TrafficCounts();
  readonly control = new ControlOutput(this.sent);
  readonly data: DataOutput;
  readonly settings: SettingsExchange;
  readonly windows: InboundWindows;
  readonly pings: Pings;
  readonly streamLimitStalls = new StallMeter();
  /** Undefined while it goes on. */
  end: ConnectionEnd | undefined;
  /** The peer has said so. */
  goAway: GoAway | undefined;

  readonly #options: ConnectionOptions;
  readonly #reader: FrameReader;
  #preface: Uint8Array | undefined;

  constructor(options: ConnectionOptions) {
    const { clock, settings, limits } = options;
    this.#options = options;
    this.clock = clock;
    this.streams = new Streams(settings.initialWindowBytes);
    this.guard = new FloodGuard(limits, clock);
    this.data = new DataOutput({ clock, counts: this.sent, guard: this.guard, owner: this });
    this.windows = new InboundWindows(options.connectionWindowBytes, () => this.onOutput());
    this.pings = new Pings(clock);
    this.#preface = options.preface;
    this.#reader = new FrameReader(new Inbound(this), { ...settings, ...limits });
    this.settings = new SettingsExchange({
      clock,
      wanted: settings,
      timeoutMs: limits.settingsTimeoutMs,
      onTimeout: () => this.fail(settingsTimeout(limits.settingsTimeoutMs)),
    });
    this.control.settings(this.settings.entries);
  }

  abstract isIdle(streamId: number): boolean;
  abstract onFirstHeaders(
    streamId: number,
    fields: readonly HeaderField[],
    about: HeadersFacts,
  ): void;
  abstract checkPeerSettings(entries: readonly SettingEntry[]): void;
  abstract onPeerSettings(): void;
  /** A stream is gone, so that another may begin. */
  abstract onStreamGone(): void;
  abstract onPeerGoAway(): void;
  /** All streams have been told. */
  abstract onEnd(failure: StreamFailure): void;
  /** This end's half of a stream is over. */
  abstract onLocalEnd(stream: Stream): void;
  /** That the peer has begun, for GOAWAY. */
  abstract readonly lastPeerStreamId: number;
  abstract readonly lingers: boolean;

  get isOver(): boolean {
    return this.end !== undefined;
  }

  get hasControlOutput(): boolean {
    return !this.control.isEmpty;
  }

  get openStreams(): number {
    return this.streams.size;
  }

  get facts(): ConnectionFacts {
    const nowMs = this.clock.now();
    return {
      sent: this.sent.toTraffic(),
      received: this.received.toTraffic(),
      connectionWindow: this.data.connectionStalls.toStall(nowMs),
      streamWindow: this.data.streamStalls.toStall(nowMs),
      streamLimit: this.streamLimitStalls.toStall(nowMs),
      openStreams: this.streams.size,
      mostOpenStreams: this.streams.mostOpen,
      startedStreams: this.streams.started,
      peerSettings: this.settings.peer,
      ownSettings: this.settings.own,
    };
  }

  receive(bytes: Uint8Array): void {
    this.received.bytes += bytes.length;
    if (this.end !== undefined) return;
    try {
      this.#reader.receive(bytes);
    } catch (error) {
      this.fail(error);
    }
  }

  fill(into: Uint8Array): number {
    let at = 0;
    if (this.#preface !== undefined) {
      into.set(this.#preface);
      at = this.#preface.length;
      this.#preface = undefined;
    }
    if (this.end === undefined) this.windows.giveBack(this.control);
    at = this.control.moveInto(into, at);
    if (this.control.isEmpty) at = this.data.fill(into, at);
    this.sent.bytes += at;
    return at;
  }

  onWritten(): void {}

  onTransportEnd(error: Error | undefined): void {
    const end = this.#goAwayEnd ?? { kind: "broken", error };
    this.#finish(end, { kind: "closed", error: endError(end) });
  }

  onClosed(): void {
    this.#options.onClosed?.(this.end!);
  }

  ping(): Promise<number> {
    if (this.end !== undefined) return Promise.reject(endError(this.end));
    const { opaque, roundTripMs } = this.pings.send();
    this.control.ping(opaque);
    this.onOutput();
    return roundTripMs;
  }

  /** Nothing is left to do, or this end does no more: open streams fail as closed. */
  finish(): void {
    this.#finish(this.#goAwayEnd ?? { kind: "finished" }, { kind: "closed", error: undefined });
  }

  /** The peer broke a rule, or this end has a defect. */
  fail(error: unknown): void {
    if (this.end !== undefined) return;
    const known = error instanceof ConnectionError
      ? error
      : new ConnectionError("INTERNAL_ERROR", asError(error).message);
    this.control.goAway(this.lastPeerStreamId, known.code, known.rule);
    const end: ConnectionEnd = error === known
      ? { kind: "protocol", error: known }
      : { kind: "broken", error: asError(error) };
    this.#finish(end, { kind: "protocol", error: known });
  }

  #finish(end: ConnectionEnd, failure: StreamFailure): void {
    if (this.end !== undefined) return;
    this.end = end;
    this.settings.end();
    this.pings.fail(endError(end));
    for (const stream of this.streams.drain()) this.#tellFailure(stream, failure);
    this.onEnd(failure);
    this.onOutput();
  }

  get #goAwayEnd(): ConnectionEnd | undefined {
    if (this.goAway === undefined) return undefined;
    return { kind: "goaway", code: this.goAway.code, debug: this.goAway.debug };
  }

  // Streams

  begin(id: number, user: StreamUser): Stream {
    return this.streams.begin(id, user, this.settings.peer.initialWindowBytes);
  }

  /** Sends HEADERS, and then the body if there is one. */
  send(stream: Stream, fields: readonly HeaderField[], body: BodySource | undefined): void {
    this.control.headers(stream.id, fields, body === undefined);
    this.guard.countMessageFrames(1);
    if (body === undefined) this.onBodySent(stream);
    else this.data.start(stream, body);
    this.onOutput();
  }

  onBodySent(stream: Stream): void {
    this.guard.countMessageFrames(1);
    stream.endLocal();
    this.onLocalEnd(stream);
    if (stream.state === "closed") this.finishStream(stream);
  }

  onBodyFailure(stream: Stream, error: unknown): void {
    this.reset(stream, ERROR_CODES.INTERNAL_ERROR);
    stream.user.onFailure({ kind: "closed", error: asError(error) });
  }

  /** RST_STREAM, by this end's own choice: its user is not told. */
  reset(stream: Stream, code: number): void {
    if (stream.state === "closed") return;
    this.control.reset(stream.id, code);
    this.remove(stream, "reset by us");
    this.onOutput();
  }

  /** So many bytes that its user kept are done with. */
  release(stream: Stream, bytes: number): void {
    const released = Math.min(bytes, stream.keptBytes);
    stream.keptBytes -= released;
    this.windows.release(stream, released);
  }

  finishStream(stream: Stream): void {
    this.guard.countFinishedStream();
    this.remove(stream, "both ended");
  }

  remove(stream: Stream, manner: Manner): void {
    this.streams.end(stream.id, manner);
    stream.state = "closed";
    this.data.drop(stream);
    // What its user keeps of a whole message is still to be released; of another it is not waited for.
    if (manner !== "both ended") this.release(stream, stream.keptBytes);
    this.onStreamGone();
  }

  #tellFailure(stream: Stream, failure: StreamFailure): void {
    stream.state = "closed";
    this.data.drop(stream);
    try {
      stream.user.onFailure(failure);
    } catch (error) {
      // A defect of one user is loud, and keeps no other from being told.
      queueMicrotask(() => {
        throw error;
      });
    }
  }

  onRoundTrip(roundTripMs: number): void {
    this.#options.onPing?.(roundTripMs);
  }
}

function settingsTimeout(ms: number): ConnectionError {
  return new ConnectionError(
    "SETTINGS_TIMEOUT",
    `RFC 9113, section 6.5.3: no SETTINGS or no acknowledgement within ${ms / 1_000} s`,
  );
}
