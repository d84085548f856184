/**
 * Is one connection to an API server alive? Knows what is under way on it; when it has been silent
 * for too long it asks, and when the answer does not come either it cuts everything that waits and
 * has the connection replaced. Told the time by its owner; never sets a timer.
 *
 * Over HTTP/2 all requests of a wire share one socket, so that anything that comes proves all of it; an
 * old wire, which takes no new requests, is asked like the latest. Over HTTP/1.1 each has its own: an
 * answer proves that the server can be reached, which is all that a request without an answer can
 * know, and each stream has to prove itself ([013](../../docs/design/013-proof-of-life.md)).
 * @module
 */

import { OperationFailedError } from "../../core/errors.ts";
import { AbortGroups } from "../../core/load/abort_groups.ts";
import type { Clock } from "../../core/load/clock.ts";
import { formatDuration } from "../../core/units.ts";
import { DEFAULT_LIFE_POLICY, type LifePolicy, ProofOfLife } from "./proof_of_life.ts";
import { HTTP1_WATCH_SECONDS } from "./short_watches.ts";
import { type Carrier, UnderWay } from "./under_way.ts";
import type { Wire } from "./wire.ts";

/** A stretch without a proof of life that was too long, on one connection. */
export interface Silence {
  /** The last proof before it, clock ms. */
  readonly fromMs: number;
  /** The first one after it; undefined: none yet. */
  untilMs: number | undefined;
  /** Whether a watch was on it, which may have missed or delayed what happened meanwhile. */
  readonly hadWatch: boolean;
}

interface ConnectionLifeOptions {
  /** For messages, e.g. `https://10.0.0.1:6443`. */
  readonly server: string;
  readonly http1: boolean;
  readonly clock: Clock;
  /**
   * Resolves when the server has answered on this wire, or, if that has ended, on the next one.
   * @param wire undefined: on any
   */
  readonly ask: (wire: Wire | undefined, signal: AbortSignal) => Promise<void>;
}

/** A stream over HTTP/1.1 ends in time, or soon after. */
const HTTP1_STREAM_POLICY: LifePolicy = {
  ...DEFAULT_LIFE_POLICY,
  askAfterMs: Infinity,
  loseAfterMs: HTTP1_WATCH_SECONDS * 1_000 + DEFAULT_LIFE_POLICY.askAfterMs,
};

/** What lives or dies together. */
interface Bond {
  readonly wire: Wire | undefined;
  readonly proof: ProofOfLife;
  /** One stream over HTTP/1.1, on its own socket. */
  readonly isAlone: boolean;
  readonly requests: Set<UnderWay>;
  asking: AbortController | undefined;
}

/** See the module. */
export class ConnectionLife implements Carrier {
  readonly #options: ConnectionLifeOptions;
  readonly #aborts = new AbortGroups();
  readonly #silences: Silence[] = [];
  /** By a wire, or by a stream over HTTP/1.1. */
  readonly #bonds = new WeakMap<Wire | UnderWay, Bond>();
  /** Those with requests. */
  readonly #awaited = new Set<Bond>();
  /** By each wire that has watches, and by the latest that had one: the one that had it last. */
  readonly #watched = new Map<Wire | undefined, Bond>();
  #openSilence: Silence | undefined;
  #asked = 0;
  #lost = 0;
  #sentAgain = 0;

  constructor(options: ConnectionLifeOptions) {
    this.#options = options;
  }

  /** All that there were, in order. */
  get silences(): readonly Silence[] {
    return this.#silences;
  }

  /** How many questions were sent for nothing but a proof. */
  get asked(): number {
    return this.#asked;
  }

  /** How often what waited for it was given up. */
  get lost(): number {
    return this.#lost;
  }

  /** How many requests were sent a second time, as the server had not looked at them when it left. */
  get sentAgain(): number {
    return this.#sentAgain;
  }

  /** One of those. */
  sendsAgain(): void {
    this.#sentAgain++;
  }

  /** A request that is about to be sent. */
  begin(signal: AbortSignal | undefined): UnderWay {
    return new UnderWay(this, { aborts: this.#aborts, signal });
  }

  waits(request: UnderWay): void {
    const bond = this.#bondOf(request);
    if (request.isStream) this.#carriesWatch(bond);
    // Before that nobody expected anything.
    if (bond.requests.size === 0) bond.proof.proved(this.#options.clock.now());
    bond.requests.add(request);
    this.#awaited.add(bond);
  }

  rests(request: UnderWay): void {
    if (request.wire === undefined) return;
    const bond = this.#bondOf(request);
    bond.requests.delete(request);
    if (bond.requests.size === 0) this.#awaited.delete(bond);
    if (request.isStream) this.#watched.set(bond.wire, bond);
  }

  heard(request: UnderWay): void {
    this.#proved(this.#bondOf(request));
  }

  /** To be called every `lookEveryMs`: does what has become due. */
  look(nowMs: number): void {
    for (const bond of [...this.#awaited]) {
      const due = bond.proof.look(nowMs);
      if (due === "ask") void this.#ask(bond);
      else if (due === "lost") this.#lose(bond);
    }
  }

  /**
   * The end of a run is proved as well: what carried a watch is asked once more, and is silent from
   * its last proof on if it does not answer until the signal aborts.
   */
  async settle(signal: AbortSignal): Promise<void> {
    if (this.#openSilence !== undefined) return;
    const unproven = await Promise.all(
      [...this.#watched.values()].map(async (bond) => {
        const { provenMs } = bond.proof;
        return await this.#ask(bond, signal) ? Infinity : provenMs;
      }),
    );
    const fromMs = Math.min(...unproven);
    if (fromMs < Infinity) this.#begins({ fromMs, untilMs: undefined, hadWatch: true });
  }

  /** Nothing is awaited any more: a silence that is not over ends here. */
  end(nowMs: number): void {
    if (this.#openSilence !== undefined) this.#openSilence.untilMs = nowMs;
    this.#openSilence = undefined;
  }

  /** Old wires on which nothing waits any more have nothing to prove. */
  #carriesWatch(bond: Bond): void {
    for (const [wire, other] of this.#watched) {
      if (!this.#awaited.has(other)) this.#watched.delete(wire);
    }
    this.#watched.set(bond.wire, bond);
  }

  #bondOf(request: UnderWay): Bond {
    const isAlone = request.isStream && this.#options.http1;
    const key = isAlone ? request : request.wire!;
    let bond = this.#bonds.get(key);
    if (bond === undefined) {
      const policy = isAlone ? HTTP1_STREAM_POLICY : DEFAULT_LIFE_POLICY;
      const proof = new ProofOfLife(policy, this.#options.clock.now());
      bond = { wire: request.wire, proof, isAlone, requests: new Set(), asking: undefined };
      this.#bonds.set(key, bond);
    }
    return bond;
  }

  /** @returns whether there was an answer */
  async #ask(bond: Bond, signal?: AbortSignal): Promise<boolean> {
    bond.asking?.abort();
    const asking = bond.asking = new AbortController();
    this.#asked++;
    try {
      await this.#options.ask(bond.wire, signal ?? asking.signal);
      if (!asking.signal.aborted) this.#proved(bond);
      return true;
    } catch {
      return false; // no proof, whatever it was
    }
  }

  #proved({ proof }: Bond): void {
    const nowMs = this.#options.clock.now();
    proof.proved(nowMs);
    this.end(nowMs);
  }

  #lose(bond: Bond): void {
    const { clock, server } = this.#options;
    const { proof, wire } = bond;
    const fromMs = proof.provenMs;
    const requests = this.#lostWith(bond);
    const hadWatch = requests.some(({ isStream }) => isStream);
    bond.asking?.abort();
    this.#lost++;
    wire?.[Symbol.dispose]();
    if (this.#openSilence === undefined) this.#begins({ fromMs, untilMs: undefined, hadWatch });
    const silentMs = clock.now() - fromMs;
    proof.proved(clock.now()); // what is begun from now on has its own time
    const what = `Nothing came from ${server} for ${formatDuration(silentMs)}: the connection is ` +
      "taken for lost";
    for (const request of requests) request.cut(new OperationFailedError("stalled", what));
  }

  /** A server that does not answer over HTTP/1.1 takes the streams with it. */
  #lostWith(bond: Bond): UnderWay[] {
    const bonds = bond.isAlone
      ? [bond]
      : [...this.#awaited].filter(({ wire }) => wire === bond.wire);
    return bonds.flatMap(({ requests }) => [...requests]);
  }

  #begins(silence: Silence): void {
    this.#openSilence = silence;
    this.#silences.push(silence);
  }
}
