/**
 * Is one connection to an API server alive? Knows what is under way on it; when it has been silent
 * for too long it asks, and when the answer does not come either it cuts everything that waits and
 * has the connection replaced. Told the time by its owner; never sets a timer.
 *
 * Over HTTP/2 all requests share one socket, so that anything that comes proves all of it. Over
 * HTTP/1.1 each has its own: an answer proves that the server can be reached, which is all that a
 * request without an answer can know, and each stream has to prove itself
 * ([013](../../docs/design/013-proof-of-life.md)).
 * @module
 */

import { OperationFailedError } from "../../core/errors.ts";
import { AbortGroups } from "../../core/load/abort_groups.ts";
import type { Clock } from "../../core/load/clock.ts";
import { formatDuration } from "../../core/units.ts";
import { DEFAULT_LIFE_POLICY, type LifePolicy, ProofOfLife } from "./proof_of_life.ts";
import { HTTP1_WATCH_SECONDS } from "./short_watches.ts";
import { type Carrier, UnderWay } from "./under_way.ts";

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
  /** Sends a small request; resolves when its answer has begun. */
  readonly ask: (signal: AbortSignal) => Promise<void>;
  /** Sends whatever comes next over a new socket. */
  readonly replace: () => void;
}

/** A stream over HTTP/1.1 ends in time, or soon after. */
const HTTP1_STREAM_POLICY: LifePolicy = {
  ...DEFAULT_LIFE_POLICY,
  askAfterMs: Infinity,
  loseAfterMs: HTTP1_WATCH_SECONDS * 1_000 + DEFAULT_LIFE_POLICY.askAfterMs,
};

/** See the module. */
export class ConnectionLife implements Carrier {
  readonly #options: ConnectionLifeOptions;
  readonly #aborts = new AbortGroups();
  readonly #silences: Silence[] = [];
  /** What shares the proof: everything over HTTP/2; over HTTP/1.1 what has no answer yet. */
  readonly #sharing = new Set<UnderWay>();
  readonly #shared: ProofOfLife;
  /** Over HTTP/1.1 the streams. */
  readonly #alone = new Map<UnderWay, ProofOfLife>();
  #hadWatch = false;
  #watchProvenMs = -Infinity;
  #openSilence: Silence | undefined;
  #asking: AbortController | undefined;
  #asked = 0;
  #lost = 0;

  constructor(options: ConnectionLifeOptions) {
    this.#options = options;
    this.#shared = new ProofOfLife(DEFAULT_LIFE_POLICY, options.clock.now());
  }

  /** All that there were, in order. */
  get silences(): readonly Silence[] {
    return this.#silences;
  }

  /** How many requests were sent for nothing but a proof. */
  get asked(): number {
    return this.#asked;
  }

  /** How often what waited for it was given up. */
  get lost(): number {
    return this.#lost;
  }

  /** A request that is about to be sent. */
  begin(signal: AbortSignal | undefined): UnderWay {
    return new UnderWay(this, { aborts: this.#aborts, signal });
  }

  waits(request: UnderWay): void {
    const nowMs = this.#options.clock.now();
    if (request.isStream) this.#hadWatch = true;
    if (request.isStream && this.#options.http1) {
      this.#alone.set(request, new ProofOfLife(HTTP1_STREAM_POLICY, nowMs));
      return;
    }
    // Before that nobody expected anything.
    if (this.#sharing.size === 0) this.#shared.proved(nowMs);
    this.#sharing.add(request);
  }

  rests(request: UnderWay): void {
    this.#sharing.delete(request);
    const alone = this.#alone.get(request);
    if (alone === undefined) return;
    this.#watchProvenMs = alone.provenMs;
    this.#alone.delete(request);
  }

  heard(request: UnderWay): void {
    const proof = this.#alone.get(request) ?? this.#shared;
    this.#proved(proof);
  }

  /** To be called every `lookEveryMs`: does what has become due. */
  look(nowMs: number): void {
    for (const [request, proof] of this.#alone) {
      if (proof.look(nowMs) === "lost") this.#lose([request], proof);
    }
    if (this.#sharing.size === 0) return;
    const due = this.#shared.look(nowMs);
    if (due === "ask") void this.#ask();
    else if (due === "lost") this.#lose([...this.#sharing, ...this.#alone.keys()], this.#shared);
  }

  /** Streams that were begun over another socket than the next request takes have to be begun anew. */
  leave(why: string): void {
    if (this.#options.http1) return;
    for (const request of this.#sharing) {
      if (request.isStream) request.cut(new OperationFailedError("goaway", why));
    }
  }

  /**
   * The end of a run is proved as well: what carried a watch is asked once more, and is silent from
   * its last proof on if it does not answer until the signal aborts.
   */
  async settle(signal: AbortSignal): Promise<void> {
    if (!this.#hadWatch || this.#openSilence !== undefined) return;
    const fromMs = this.#options.http1 ? this.#watchProvenMs : this.#shared.provenMs;
    if (await this.#ask(signal)) return;
    this.#begins({ fromMs, untilMs: undefined, hadWatch: true });
  }

  /** Nothing is awaited any more: a silence that is not over ends here. */
  end(nowMs: number): void {
    if (this.#openSilence !== undefined) this.#openSilence.untilMs = nowMs;
    this.#openSilence = undefined;
  }

  /** @returns whether there was an answer */
  async #ask(signal?: AbortSignal): Promise<boolean> {
    this.#asking?.abort();
    const asking = this.#asking = new AbortController();
    this.#asked++;
    try {
      await this.#options.ask(signal ?? asking.signal);
      if (!asking.signal.aborted) this.#proved(this.#shared);
      return true;
    } catch {
      return false; // no proof, whatever it was
    }
  }

  #proved(proof: ProofOfLife): void {
    const nowMs = this.#options.clock.now();
    proof.proved(nowMs);
    this.end(nowMs);
  }

  #lose(requests: readonly UnderWay[], proof: ProofOfLife): void {
    const { clock, server, replace } = this.#options;
    const fromMs = proof.provenMs;
    const hadWatch = requests.some(({ isStream }) => isStream);
    this.#asking?.abort();
    this.#lost++;
    replace();
    if (this.#openSilence === undefined) this.#begins({ fromMs, untilMs: undefined, hadWatch });
    const silentMs = clock.now() - fromMs;
    proof.proved(clock.now()); // what is begun from now on has its own time
    const what = `Nothing came from ${server} for ${formatDuration(silentMs)}: the connection is ` +
      "taken for lost";
    for (const request of requests) request.cut(new OperationFailedError("stalled", what));
  }

  #begins(silence: Silence): void {
    this.#openSilence = silence;
    this.#silences.push(silence);
  }
}
