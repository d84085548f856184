/**
 * Is the number of attached routes that a Gateway tells right, as far as it can be known while routes
 * come and go? A count that lags behind is not wrong: while routes are added it may rise in coarse
 * steps, and it may stay high long after they were deleted, as long as it gets there. Told the time;
 * waits for nothing, and never says how slow a controller is.
 * @module
 */

/** How many routes there are: some may be on their way, in or out. */
export interface PossibleCount {
  /** Those that are certainly there: made, and no delete sent. */
  readonly least: number;
  /** Those that may be there: a create sent, and no delete answered. */
  readonly most: number;
}

/** What was wrong in some time; all 0: nothing. */
export interface CountFaults {
  /** By how much the count was above what was ever possible up to then, or stayed above what is. */
  readonly overCount: number;
  /** By how much it stayed below what is certain. */
  readonly underCount: number;
  /** By how much more it stayed above what is possible once routes were deleted than it did before. */
  readonly residue: number;
  /** How often it went away from where it had rightly come to. */
  readonly flaps: number;
}

interface CountTrackerOptions {
  /** As it is told before any route is made. */
  readonly count: number;
  /** How long a count has to stay as it is, with nothing done, to be judged. */
  readonly holdMs: number;
  readonly atMs: number;
}

/**
 * See the module. A count that is wrong for `holdMs` after it was right is a fault. One that has not
 * been right yet may only be late, and is judged as it stands when routes begin to go instead of to
 * come, or to come instead of to go, and whenever faults are taken. For probes that add, wait,
 * delete and wait: where routes come and go at once, a late count can look like one that flaps.
 */
export class CountTracker {
  readonly #holdMs: number;
  #count: number;
  #possible: PossibleCount;
  /** The most that was ever possible. */
  #peak: number;
  #isComingDown = false;
  /** By how much it was too high when routes began to go: no residue of theirs. */
  #excessBefore = 0;
  /** Since when neither the count nor what is expected has changed. */
  #sinceMs: number;
  /** Whether the count has come to be right since what is expected has changed. */
  #hasArrived = false;
  #faults = NO_FAULTS;

  constructor({ count, holdMs, atMs }: CountTrackerOptions) {
    this.#holdMs = holdMs;
    this.#count = count;
    this.#possible = { least: count, most: count };
    this.#peak = count;
    this.#sinceMs = atMs;
  }

  /** Whether the count is one that is possible. */
  get isRight(): boolean {
    return this.#excess === 0;
  }

  /** As a watch has shown it. */
  observe(count: number, atMs: number): void {
    if (count === this.#count) return;
    const hadArrived = this.#isSettled(atMs);
    const wasRight = this.isRight;
    if (hadArrived) this.#faults = this.faults(atMs);
    this.#count = count;
    this.#sinceMs = atMs;
    this.#hasArrived = hadArrived || this.isRight;
    if (hadArrived && wasRight && !this.isRight) this.#add({ flaps: this.#faults.flaps + 1 });
    this.#add({ overCount: count - this.#peak });
  }

  /**
   * Before creates or deletes are sent, and after they were answered: one by one, or a whole phase of
   * them. A count may be seen before the answer to the create that it counts.
   */
  expect(possible: PossibleCount, atMs: number): void {
    const { least, most } = this.#possible;
    if (possible.least === least && possible.most === most) return;
    // An answer tells nothing new, only which of what was possible is so.
    const isAnswer = possible.least >= least && possible.most <= most;
    const isComingDown = isAnswer ? this.#isComingDown : possible.most <= most;
    // On its way further in one direction it may only be late.
    const isDue = this.#hasArrived || isComingDown !== this.#isComingDown;
    if (isDue) this.#faults = this.faults(atMs);
    if (isComingDown && !this.#isComingDown) this.#excessBefore = Math.max(0, this.#excess);
    this.#isComingDown = isComingDown;
    this.#possible = possible;
    this.#peak = Math.max(this.#peak, possible.most);
    this.#sinceMs = atMs;
    this.#hasArrived = this.#hasArrived && isAnswer && this.isRight;
  }

  /** Since they were taken last, with the count as it stands. */
  faults(atMs: number): CountFaults {
    const excess = this.#excess;
    if (excess === 0 || atMs - this.#sinceMs < this.#holdMs) return this.#faults;
    if (excess < 0) return higher(this.#faults, { underCount: -excess });
    if (!this.#isComingDown) return higher(this.#faults, { overCount: excess });
    const before = Math.min(excess, this.#excessBefore);
    return higher(this.#faults, { overCount: before, residue: excess - before });
  }

  /** The same, and what comes is of another time. */
  take(atMs: number): CountFaults {
    const faults = this.faults(atMs);
    this.#faults = NO_FAULTS;
    return faults;
  }

  /** Above what is possible, or negative: below what is certain. */
  get #excess(): number {
    const { least, most } = this.#possible;
    return Math.max(0, this.#count - most) || Math.min(0, this.#count - least);
  }

  /** Whether the count was right as long as that counts: from when it came to be, or by staying so. */
  #isSettled(atMs: number): boolean {
    return this.#hasArrived || (this.isRight && atMs - this.#sinceMs >= this.#holdMs);
  }

  #add(faults: Partial<CountFaults>): void {
    this.#faults = higher(this.#faults, faults);
  }
}

const NO_FAULTS: CountFaults = { overCount: 0, underCount: 0, residue: 0, flaps: 0 };

function higher(one: CountFaults, other: Partial<CountFaults>): CountFaults {
  return {
    overCount: Math.max(one.overCount, other.overCount ?? 0),
    underCount: Math.max(one.underCount, other.underCount ?? 0),
    residue: Math.max(one.residue, other.residue ?? 0),
    flaps: Math.max(one.flaps, other.flaps ?? 0),
  };
}
