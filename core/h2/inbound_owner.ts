/**
 * What the rules for frames that come (core/h2/inbound.ts) need of their connection: its parts, and
 * what a client and a server do differently. Types only.
 * @module
 */

import type { Manner } from "./closed_streams.ts";
import type { HeadersFacts } from "./codec/frame_handler.ts";
import type { ControlOutput } from "./control_output.ts";
import type { DataOutput } from "./data_output.ts";
import type { FloodGuard } from "./flood_guard.ts";
import type { SettingEntry } from "./frame/setting_entry.ts";
import type { HeaderField } from "./header_field.ts";
import type { InboundWindows } from "./inbound_windows.ts";
import type { Pings } from "./pings.ts";
import type { SettingsExchange } from "./settings_exchange.ts";
import type { Stream } from "./stream.ts";
import type { Streams } from "./streams.ts";
import type { TrafficCounts } from "./traffic_counts.ts";

export interface InboundOwner {
  readonly streams: Streams;
  readonly windows: InboundWindows;
  readonly settings: SettingsExchange;
  readonly control: ControlOutput;
  readonly data: DataOutput;
  readonly pings: Pings;
  readonly guard: FloodGuard;
  readonly received: TrafficCounts;
  /** Whether it is over. */
  readonly isOver: boolean;
  goAway: GoAway | undefined;

  /** Whether no HEADERS have used this id, or a later one. */
  isIdle(streamId: number): boolean;
  /** HEADERS on an idle stream. */
  onFirstHeaders(streamId: number, fields: readonly HeaderField[], about: HeadersFacts): void;
  /** Those that only the other role may send. */
  checkPeerSettings(entries: readonly SettingEntry[]): void;
  /** The peer's settings have changed. */
  onPeerSettings(): void;
  onPeerGoAway(): void;
  onRoundTrip(roundTripMs: number): void;
  /** Something is to be sent. */
  onOutput(): void;

  /** Both ends have ended a stream. */
  finishStream(stream: Stream): void;
  /** RST_STREAM; its user is not told. */
  reset(stream: Stream, code: number): void;
  /** A stream is gone; its user is not told. */
  remove(stream: Stream, manner: Manner): void;
}

/** As the peer said. */
export interface GoAway {
  readonly lastStreamId: number;
  readonly code: number;
  readonly debug: string;
}
