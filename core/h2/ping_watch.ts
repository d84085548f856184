/**
 * Is there still somebody at the other end of a connection? Sends PINGs, one at a time, and tells a
 * dead connection from a peer that is slow with its answers: that one answers PINGs. Has no timer:
 * who owns the connection says when to send and when to look.
 *
 * The limits are those with which client-go looks after its connections (`ReadIdleTimeout` 30 s and
 * `PingTimeout` 15 s of golang.org/x/net/http2), 45 s in all at most.
 * @module
 */

import type { Clock } from "../load/clock.ts";
import type { ConnectionFacts } from "./facts.ts";

/** No frame of any kind came for so long. */
export const LONGEST_SILENCE_MS = 30_000;
/** A PING was not answered for so long. */
export const LONGEST_PING_MS = 15_000;

export interface PingWatchOptions {
  readonly clock: Clock;
  /** How long our own event loop was away in that time: what came meanwhile was not heard. */
  readonly ownLagMs?: (fromMs: number, toMs: number) => number;
  /** Told of each PING that was answered. */
  readonly onRoundTrip: (roundTripMs: number) => void;
}

export class PingWatch {
  readonly #ping: () => Promise<number>;
  readonly #options: PingWatchOptions;
  /** When the PING was sent that is not answered yet. */
  #sentMs: number | undefined;
  #heardMs: number;
  #heardBytes = 0;
  #isWaitedFor = false;

  /** @param ping the round trip in ms; rejects when the connection has ended */
  constructor(ping: () => Promise<number>, options: PingWatchOptions) {
    this.#ping = ping;
    this.#options = options;
    this.#heardMs = options.clock.now();
  }

  /** Sends a PING, unless one is under way. */
  send(): void {
    if (this.#sentMs !== undefined) return;
    this.#sentMs = this.#options.clock.now();
    const answered = () => this.#sentMs = undefined;
    this.#ping().then((roundTripMs) => {
      answered();
      this.#options.onRoundTrip(roundTripMs);
    }, answered);
  }

  /** Takes notice of what came since the last look. Called every few seconds. */
  look({ received, openStreams }: Pick<ConnectionFacts, "received" | "openStreams">): void {
    this.#isWaitedFor = openStreams > 0;
    if (received.bytes === this.#heardBytes) return;
    this.#heardBytes = received.bytes;
    this.#heardMs = this.#options.clock.now();
  }

  /** For how long a PING has been under way; 0: none is. */
  get waitedMs(): number {
    return this.#sentMs === undefined ? 0 : this.#withoutOwnLag(this.#sentMs);
  }

  /** Whether a request waits, as of the last look, and at the other end there is nobody any more. */
  get isLost(): boolean {
    return this.#isWaitedFor && this.waitedMs >= LONGEST_PING_MS &&
      this.#withoutOwnLag(this.#heardMs) >= LONGEST_SILENCE_MS;
  }

  #withoutOwnLag(sinceMs: number): number {
    const nowMs = this.#options.clock.now();
    return nowMs - sinceMs - (this.#options.ownLagMs?.(sinceMs, nowMs) ?? 0);
  }
}
