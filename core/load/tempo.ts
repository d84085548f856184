/**
 * How fast a load goes, and how wide it is, as whoever steers the run wants it from now on. Those who
 * put the load on take their times and their number of workers from here; nothing is started here.
 * @module
 */

import type { Clock } from "./clock.ts";
import { LoadTime } from "./load_time.ts";
import { Wakes } from "./wakes.ts";

/** What can be changed of a tempo. */
export interface TempoState {
  /** > 0: schedules go at this factor of what they were made for. */
  readonly factor: number;
  /** Nothing begins. */
  readonly isPaused: boolean;
  /** How many workers closed loads have, in all generators; undefined: as many as they were made for. */
  readonly workers: number | undefined;
}

/** One for all loads of a run. */
export class Tempo {
  /** Arrivals of schedules are due by it: it goes faster or slower with the rate that is asked for. */
  readonly schedule: LoadTime;
  /** The clock's time without pauses: for what lasts as long whatever the rate, as thinking does. */
  readonly running: LoadTime;
  readonly #clock: Clock;
  readonly #changes = new Wakes();
  #state: TempoState = { factor: 1, isPaused: false, workers: undefined };
  #pausedAtMs = 0;
  #pacedSinceMs = -Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.schedule = new LoadTime(clock);
    this.running = new LoadTime(clock);
  }

  get state(): TempoState {
    return this.#state;
  }

  get isPaused(): boolean {
    return this.#state.isPaused;
  }

  /** How long the pause has lasted that there is now; 0 without one. */
  get pausedForMs(): number {
    return this.isPaused ? this.#clock.now() - this.#pausedAtMs : 0;
  }

  /** Running time at which schedules were last told to go at another factor; -Infinity: never. */
  get pacedSinceMs(): number {
    return this.#pacedSinceMs;
  }

  /**
   * Running time of what follows on something that ends now. What ends in a pause goes on as long after
   * it: all at once would be another load.
   */
  get afterNowMs(): number {
    return this.running.now() + this.pausedForMs;
  }

  /** How many workers there are to be, of a closed load that was made for so many. */
  workersOf(planned: number): number {
    return this.#state.workers ?? planned;
  }

  /** In force at once. @throws {RangeError} for a factor that is not above 0, or no whole worker */
  change(change: Partial<TempoState>): void {
    const before = this.#state;
    const state = { ...before, ...change };
    const { factor, isPaused, workers = 1 } = state;
    if (!(factor > 0 && factor < Infinity)) throw new RangeError(`Cannot go at a factor ${factor}`);
    if (!(Number.isInteger(workers) && workers > 0)) {
      throw new RangeError(`Cannot have ${workers} workers`);
    }
    this.#state = state;
    if (isPaused && !before.isPaused) this.#pausedAtMs = this.#clock.now();
    if (factor !== before.factor) this.#pacedSinceMs = this.running.now();
    if (isPaused !== before.isPaused) this.running.goAt(isPaused ? 0 : 1);
    if (factor !== before.factor || isPaused !== before.isPaused) {
      this.schedule.goAt(isPaused ? 0 : factor);
    }
    this.#changes.wake();
  }

  /** Calls back whenever it has changed, until the returned function is called. */
  onChange(listener: () => void): () => void {
    return this.#changes.woken(listener);
  }
}
