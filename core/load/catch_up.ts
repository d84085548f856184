/**
 * Which arrivals start at a wake-up that comes late, and when is the next one? The catch-up
 * policies as pure bookkeeping over due times; the executor sleeps and starts.
 * @module
 */

import type { LoadTime } from "./load_time.ts";

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

/** One arrival of a schedule. */
export interface Arrival {
  /** Its number in the whole schedule. */
  readonly index: number;
  /** When it is due, ms since the start. */
  readonly offsetMs: number;
}

/** One arrival that is due, by the clock. */
interface DueArrival {
  readonly index: number;
  readonly dueMs: number;
}

/** One arrival whose turn has come. */
interface TakenArrival extends DueArrival {
  /** It is not to be started but counted as dropped. */
  readonly isSkipped: boolean;
}

/** Hands out the arrivals of a schedule as time goes by. */
export class Pacer {
  readonly #arrivals: Iterator<Arrival>;
  /** By which arrivals are due. */
  readonly #time: LoadTime;
  /** What it said at the start. */
  readonly #startMs: number;
  readonly #catchUp: CatchUp;
  /** The next arrival, due at that of the schedule's time; undefined when there is none. */
  #next: { readonly index: number; readonly ownMs: number } | undefined;
  /** How much later than due arrivals start, by that time; grows only, and with `none` only. */
  #shiftMs = 0;

  /** @param options `time`: in which the offsets count, from now on */
  constructor(arrivals: Iterator<Arrival>, options: { time: LoadTime; catchUp: CatchUp }) {
    this.#arrivals = arrivals;
    this.#time = options.time;
    this.#startMs = options.time.now();
    this.#catchUp = options.catchUp;
    this.#advance();
  }

  /** Whether the schedule is. */
  get isOver(): boolean {
    return this.#next === undefined;
  }

  /** When the next arrival is to be started, as time goes now; Infinity: it is not. */
  get nextStartMs(): number {
    return this.#next === undefined
      ? Infinity
      : this.#time.clockTimeOf(this.#next.ownMs + this.#shiftMs);
  }

  /** Takes every arrival whose turn has come by `nowMs`, in order of due times. */
  take(nowMs: number): TakenArrival[] {
    const taken: DueArrival[] = [];
    for (let next = this.#next; next !== undefined; next = this.#next) {
      const lateMs = nowMs - this.nextStartMs;
      if (lateMs < 0) break;
      // Start k is then start k-1 plus the schedule's own gap, and never closer.
      if (this.#catchUp === "none" && lateMs > WAKE_UP_GRAIN_MS) {
        this.#shiftMs = this.#time.at(nowMs) - next.ownMs;
      }
      taken.push(this.#due(next));
      this.#advance();
    }
    const skipped = this.#catchUp === "skip" ? this.#countStale(taken, nowMs) : 0;
    return taken.map((arrival, place) => ({ ...arrival, isSkipped: place < skipped }));
  }

  /** Takes what was due by more than the grain before `nowMs`, when nothing will start any more. */
  takeMissed(nowMs: number): number[] {
    const missed: number[] = [];
    for (; this.#next !== undefined; this.#advance()) {
      const { dueMs } = this.#due(this.#next);
      if (dueMs >= nowMs - WAKE_UP_GRAIN_MS) break;
      missed.push(dueMs);
    }
    return missed;
  }

  /**
   * How many of the first arrivals are overdue by more than their gap to the next later one, so
   * that the schedule has gone past them. Never those of the latest due time.
   */
  #countStale(taken: readonly DueArrival[], nowMs: number): number {
    let laterMs = Infinity;
    for (let place = taken.length - 1; place >= 0; place--) {
      const due = taken[place]?.dueMs ?? 0;
      const following = taken[place + 1]?.dueMs ?? Infinity;
      if (following > due) laterMs = following;
      // Everything before a stale arrival is older still.
      if (laterMs < nowMs && nowMs - due > WAKE_UP_GRAIN_MS) return place + 1;
    }
    return 0;
  }

  #advance(): void {
    const { done, value } = this.#arrivals.next();
    this.#next = done ? undefined : { index: value.index, ownMs: this.#startMs + value.offsetMs };
  }

  #due({ index, ownMs }: { readonly index: number; readonly ownMs: number }): DueArrival {
    return { index, dueMs: this.#time.dueTimeOf(ownMs) };
  }
}
