/**
 * How many objects exist, and how many did on average? An exact integral over time of a count that
 * goes up and down; the times are handed in.
 * @module
 */

interface PopulationReading {
  /** Time-weighted mean since the reading before; `current` if no time has passed. */
  readonly mean: number;
  /** The most at any moment since the reading before, what was there at its beginning included. */
  readonly max: number;
  readonly current: number;
}

/** The number of objects in existence over time. All times in ms of one clock, none before the last. */
export class Population {
  readonly #startMs: number;
  #lastMs: number;
  #current = 0;
  #peak = 0;
  /** Objects times ms, from the start to the last change or reading. */
  #area = 0;
  #readMs: number;
  #readArea = 0;
  #readMax = 0;

  /** @param options `startMs`: when the population is 0 and counting begins */
  constructor(options: { startMs: number }) {
    this.#startMs = options.startMs;
    this.#lastMs = options.startMs;
    this.#readMs = options.startMs;
  }

  /** Objects that exist now. */
  get current(): number {
    return this.#current;
  }

  /** The most objects at any moment so far. */
  get peak(): number {
    return this.#peak;
  }

  /**
   * One more.
   * @throws {RangeError} if `atMs` is before the last time
   */
  add(atMs: number): void {
    this.#moveTo(atMs);
    this.#current++;
    this.#peak = Math.max(this.#peak, this.#current);
    this.#readMax = Math.max(this.#readMax, this.#current);
  }

  /**
   * One less.
   * @throws {RangeError} if there is none, or `atMs` is before the last time
   */
  remove(atMs: number): void {
    if (this.#current === 0) {
      throw new RangeError(`Cannot remove an object at ${atMs}: none is left`);
    }
    this.#moveTo(atMs);
    this.#current--;
  }

  /**
   * What there was since the last reading, or since the start; the next one begins here.
   * @throws {RangeError} if `atMs` is before the last time
   */
  takeReading(atMs: number): PopulationReading {
    this.#moveTo(atMs);
    const passedMs = atMs - this.#readMs;
    const mean = passedMs > 0 ? (this.#area - this.#readArea) / passedMs : this.#current;
    const reading = { mean, max: this.#readMax, current: this.#current };
    this.#readMs = atMs;
    this.#readArea = this.#area;
    this.#readMax = this.#current;
    return reading;
  }

  /**
   * Time-weighted mean from the start until `atMs`; `current` if no time has passed.
   * @throws {RangeError} if `atMs` is before the last time
   */
  meanUntil(atMs: number): number {
    this.#moveTo(atMs);
    const passedMs = atMs - this.#startMs;
    return passedMs > 0 ? this.#area / passedMs : this.#current;
  }

  #moveTo(atMs: number): void {
    if (!(atMs >= this.#lastMs)) {
      throw new RangeError(
        `Cannot count objects at ${atMs}: expected a time from ${this.#lastMs} on`,
      );
    }
    this.#area += this.#current * (atMs - this.#lastMs);
    this.#lastMs = atMs;
  }
}
