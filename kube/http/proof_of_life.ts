/**
 * Does the other side still live? Counts for how long it has not shown it, and says when to ask and
 * when to give up. Told the time; never sends and never sets a timer.
 *
 * A connection that dies without a FIN (a frozen forwarder, a lost entry of a NAT) says nothing, and
 * the kernel of a frozen forwarder acknowledges every byte: only an answer is a proof.
 * Source of the idea: client-go, which pings an HTTP/2 connection after 30 s without a frame and
 * gives it up 15 s later (golang.org/x/net/http2, ReadIdleTimeout and PingTimeout).
 * @module
 */

/** Bounds, ms. */
export interface LifePolicy {
  /** Silence after which to ask; Infinity: never. */
  readonly askAfterMs: number;
  /** Silence after which to give up. */
  readonly loseAfterMs: number;
  /** How often it is looked at. */
  readonly lookEveryMs: number;
}

/** Replaced within 45 s, what it takes to connect again included. */
export const DEFAULT_LIFE_POLICY: LifePolicy = {
  askAfterMs: 15_000,
  loseAfterMs: 30_000,
  lookEveryMs: 1_000,
};

/**
 * Time between two looks counts as silence up to this many periods: a process that was stopped, or
 * too busy to look, has not listened either.
 */
const MOST_PERIODS_AT_ONCE = 2;

/** See the module. */
export class ProofOfLife {
  readonly #policy: LifePolicy;
  #provenMs: number;
  #lookedMs: number;
  #silentMs = 0;
  #hasAsked = false;

  constructor(policy: LifePolicy, nowMs: number) {
    this.#policy = policy;
    this.#provenMs = this.#lookedMs = nowMs;
  }

  /** When it last showed that it lives, or when it was first asked for anything. */
  get provenMs(): number {
    return this.#provenMs;
  }

  /** Something came, or nothing has been expected until now. */
  proved(nowMs: number): void {
    this.#provenMs = this.#lookedMs = nowMs;
    this.#silentMs = 0;
    this.#hasAsked = false;
  }

  /** What is due now. `ask` comes once in a silence. */
  look(nowMs: number): "ask" | "lost" | undefined {
    const { askAfterMs, loseAfterMs, lookEveryMs } = this.#policy;
    this.#silentMs += Math.min(nowMs - this.#lookedMs, MOST_PERIODS_AT_ONCE * lookEveryMs);
    this.#lookedMs = nowMs;
    if (this.#silentMs >= loseAfterMs) return "lost";
    if (this.#silentMs < askAfterMs || this.#hasAsked) return undefined;
    this.#hasAsked = true;
    return "ask";
  }
}
