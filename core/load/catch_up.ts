/**
 * Which arrivals start at a wake-up that comes late, and when is the next one? The catch-up
 * policies as pure bookkeeping over due times; the executor sleeps and starts.
 * @module
 */

/**
 * What becomes of arrivals that the generator itself is late for (a pause, a busy event loop; a
 * slow server never delays an arrival):
 * `burst` starts all of them at once; `skip` starts the latest and counts the others as dropped;
 * `none` starts the rest of the schedule later by as much, in its own rhythm. Due times stay what
 * they were, so that the response time shows the delay in each case.
 */
export type CatchUp = "burst" | "skip" | "none";

/**
 * Lateness up to this is the grain of timers and of a busy event loop, and not a reason to skip or
 * to shift: timers are in whole ms, so at 5,000 arrivals a second every wake-up finds several due.
 */
const WAKE_UP_GRAIN_MS = 10;

/** One arrival whose turn has come. */
interface TakenArrival {
  readonly dueMs: number;
  /** It is not to be started but counted as dropped. */
  readonly isSkipped: boolean;
}

/** Hands out the arrivals of a schedule as time goes by. */
export class Pacer {
  readonly #offsets: Iterator<number>;
  readonly #startMs: number;
  readonly #catchUp: CatchUp;
  /** Due time of the next arrival; Infinity when there is none. */
  #nextDueMs = Infinity;
  /** How much later than due arrivals start; grows only, and with `none` only. */
  #shiftMs = 0;

  /** @param options `startMs`: the clock time that the offsets count from */
  constructor(offsets: Iterator<number>, options: { startMs: number; catchUp: CatchUp }) {
    this.#offsets = offsets;
    this.#startMs = options.startMs;
    this.#catchUp = options.catchUp;
    this.#advance();
  }

  /** When the next arrival is to be started; Infinity when the schedule is over. */
  get nextStartMs(): number {
    return this.#nextDueMs + this.#shiftMs;
  }

  /** Takes every arrival whose turn has come by `nowMs`, in order of due times. */
  take(nowMs: number): TakenArrival[] {
    const dueMs: number[] = [];
    while (this.nextStartMs <= nowMs) {
      const lateMs = nowMs - this.nextStartMs;
      // Start k is then start k-1 plus the schedule's own gap, and never closer.
      if (this.#catchUp === "none" && lateMs > WAKE_UP_GRAIN_MS) this.#shiftMs += lateMs;
      dueMs.push(this.#nextDueMs);
      this.#advance();
    }
    const skipped = this.#catchUp === "skip" ? this.#countStale(dueMs, nowMs) : 0;
    return dueMs.map((due, index) => ({ dueMs: due, isSkipped: index < skipped }));
  }

  /** Takes what was due by more than the grain before `nowMs`, when nothing will start any more. */
  takeMissed(nowMs: number): number[] {
    const missed: number[] = [];
    for (; this.#nextDueMs < nowMs - WAKE_UP_GRAIN_MS; this.#advance()) {
      missed.push(this.#nextDueMs);
    }
    return missed;
  }

  /**
   * How many of the first due times are overdue by more than their gap to the next later one, so
   * that the schedule has gone past them. Never those of the latest due time.
   */
  #countStale(dueMs: readonly number[], nowMs: number): number {
    let laterMs = Infinity;
    for (let index = dueMs.length - 1; index >= 0; index--) {
      const due = dueMs[index] ?? 0;
      const following = dueMs[index + 1] ?? Infinity;
      if (following > due) laterMs = following;
      // Everything before a stale arrival is older still.
      if (laterMs < nowMs && nowMs - due > WAKE_UP_GRAIN_MS) return index + 1;
    }
    return 0;
  }

  #advance(): void {
    const { done, value } = this.#offsets.next();
    this.#nextDueMs = done ? Infinity : this.#startMs + value;
  }
}
