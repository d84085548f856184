/** What one HTTP/2 connection has been through, for a report. Plain data. @module */

import type { Settings } from "./settings.ts";

export const FRAME_TYPES = [
  "DATA",
  "HEADERS",
  "PRIORITY",
  "RST_STREAM",
  "SETTINGS",
  "PUSH_PROMISE",
  "PING",
  "GOAWAY",
  "WINDOW_UPDATE",
  "CONTINUATION",
] as const;

export type FrameType = typeof FRAME_TYPES[number];

/** One way of a connection. */
export interface Traffic {
  /** Of frames, their 9 bytes of head included, and the preface; TLS not. */
  bytes: number;
  /** By {@link FrameType}; others by their number. */
  readonly frames: Map<string, number>;
  /** RST_STREAM frames by the name of their code. */
  readonly resets: Map<string, number>;
  /** GOAWAY frames by the name of their code. */
  readonly goAways: Map<string, number>;
}

/** Times in which bytes were ready and something of the other end's did not let them go. */
export interface Stall {
  count: number;
  /** Of those that are over, and of one that is not so far. */
  totalMs: number;
}

export interface ConnectionFacts {
  readonly sent: Traffic;
  readonly received: Traffic;
  /** Nothing left in the connection's window. */
  readonly connectionWindow: Stall;
  /** Nothing left in a stream's window. */
  readonly streamWindow: Stall;
  /** A request of ours waited, as all streams that the peer's SETTINGS allow were open. */
  readonly streamLimit: Stall;
  readonly openStreams: number;
  readonly mostOpenStreams: number;
  readonly startedStreams: number;
  /** The other end's, in force now. */
  readonly peerSettings: Settings;
  /** Ours, as acknowledged. */
  readonly ownSettings: Settings;
}
