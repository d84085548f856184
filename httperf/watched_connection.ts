/**
 * One connection as the report sees it: what was learned when it was opened, what has grown since
 * the last look, and whether there is still somebody at its other end.
 * @module
 */

import { addGrowth, type FactCounts, noCounts } from "../core/h2/facts_growth.ts";
import type { ConnectionFacts } from "../core/h2/facts.ts";
import { PingWatch, type PingWatchOptions } from "../core/h2/ping_watch.ts";
import type { Settings } from "../core/h2/settings.ts";

/** A connection that was opened or accepted. */
export interface OpenedConnection {
  /** Of a client's its number, which the next one in its place has too; else the peer's address. */
  readonly name: string;
  /** As agreed (ALPN). */
  readonly protocol: string;
  readonly tcpMs?: number;
  readonly tlsMs?: number;
  /** What only HTTP/2 has. */
  readonly h2?: H2Connection;
}

interface H2Connection {
  /** As they are when they are asked for; after its end as they were then. */
  readonly facts: ConnectionFacts;
  /** Whether it takes new requests. Absent: whoever added it says when it has ended. */
  readonly isOpen?: boolean;
  /** Rejects when the connection has ended. Absent: it is sent no PINGs. */
  ping?(): Promise<number>;
  /** Nobody is there any more, while a request waits. Called again until it is ended. */
  onLost?(): void;
}

/** What a look saw of the time since the one before. */
export interface Look {
  readonly sinceMs: number;
  /** That long each, of all open streams together, as far as a look at the end of it can tell. */
  readonly streamsMs: number;
  /** For how long a PING has been under way; 0: none is. */
  readonly pingWaitMs: number;
  /** The peer's, where they are others than before. */
  readonly settings: Settings | undefined;
  /** Nothing comes of it any more. */
  readonly isOver: boolean;
}

/** What is known of one connection, or of all that were opened in one place. */
export class ConnectionRow {
  protocol = "";
  /** Whether any of it could be seen into. */
  isH2 = false;
  openedCount = 0;
  /** Of the last one. */
  tcpMs: number | undefined;
  tlsMs: number | undefined;
  readonly counts = noCounts();
  mostOpenStreams = 0;
  /** Round trips of PINGs. */
  readonly pings = { count: 0, sumMs: 0, mostMs: 0 };

  constructor(readonly name: string) {}

  open({ protocol, tcpMs, tlsMs, h2 }: OpenedConnection): void {
    this.isH2 ||= h2 !== undefined;
    this.protocol = protocol;
    this.openedCount++;
    this.tcpMs = tcpMs;
    this.tlsMs = tlsMs;
  }

  addPing(roundTripMs: number): void {
    this.pings.count++;
    this.pings.sumMs += roundTripMs;
    this.pings.mostMs = Math.max(this.pings.mostMs, roundTripMs);
  }
}

export class WatchedConnection {
  readonly #h2: H2Connection | undefined;
  readonly #pings: PingWatch | undefined;
  readonly #clock: PingWatchOptions["clock"];
  /** Its counts at the last look, and when that was. */
  readonly #seen = noCounts();
  #seenMs: number;
  #settings: Settings | undefined;

  constructor(readonly row: ConnectionRow, { h2 }: OpenedConnection, options: PingWatchOptions) {
    this.#h2 = h2;
    this.#clock = options.clock;
    this.#seenMs = options.clock.now();
    if (h2?.ping === undefined) return;
    this.#pings = new PingWatch(h2.ping.bind(h2), options);
  }

  /**
   * @param growth what has grown since the last look is added to it
   * @returns undefined where the protocol shows nothing
   */
  look(growth: FactCounts): Look | undefined {
    if (this.#h2 === undefined) return undefined;
    const { facts } = this.#h2;
    addGrowth(facts, { seen: this.#seen, sums: [growth, this.row.counts] });
    this.row.mostOpenStreams = Math.max(this.row.mostOpenStreams, facts.mostOpenStreams);
    this.#pings?.look(facts);
    if (this.#pings?.isLost === true) this.#h2.onLost?.();
    const sinceMs = this.#clock.now() - this.#seenMs;
    this.#seenMs += sinceMs;
    return {
      sinceMs,
      streamsMs: sinceMs * facts.openStreams,
      pingWaitMs: this.#pings?.waitedMs ?? 0,
      settings: this.#newSettings(facts),
      isOver: this.#h2.isOpen === false && facts.openStreams === 0,
    };
  }

  /** Sends a PING, unless one is under way. */
  ping(): void {
    this.#pings?.send();
  }

  #newSettings({ peerSettings, received }: ConnectionFacts): Settings | undefined {
    const isTold = received.frames.has("SETTINGS");
    if (!isTold || peerSettings === this.#settings) return undefined;
    return this.#settings = peerSettings;
  }
}
