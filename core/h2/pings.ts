/** PING frames of this end that are not answered yet. RFC 9113, section 6.7. @module */

import type { Clock } from "../load/clock.ts";

interface Ping {
  readonly sentMs: number;
  readonly resolve: (roundTripMs: number) => void;
  readonly reject: (error: Error) => void;
}

export class Pings {
  readonly #clock: Clock;
  readonly #pings = new Map<number, Ping>();
  #sent = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @returns the 8 bytes to send, and the round trip once they have come back */
  send(): { opaque: Uint8Array; roundTripMs: Promise<number> } {
    const number = ++this.#sent;
    const opaque = new Uint8Array(8);
    new DataView(opaque.buffer).setUint32(4, number);
    const roundTripMs = new Promise<number>((resolve, reject) => {
      this.#pings.set(number, { sentMs: this.#clock.now(), resolve, reject });
    });
    return { opaque, roundTripMs };
  }

  /** @returns the round trip; undefined for what was never sent, or is answered already */
  onAck(opaque: Uint8Array): number | undefined {
    const view = new DataView(opaque.buffer, opaque.byteOffset, 8);
    const ping = view.getUint32(0) === 0 ? this.#pings.get(view.getUint32(4)) : undefined;
    if (ping === undefined) return undefined;
    this.#pings.delete(view.getUint32(4));
    const roundTripMs = this.#clock.now() - ping.sentMs;
    ping.resolve(roundTripMs);
    return roundTripMs;
  }

  /** No answers will come any more. */
  fail(error: Error): void {
    for (const { reject } of this.#pings.values()) reject(error);
    this.#pings.clear();
  }
}
