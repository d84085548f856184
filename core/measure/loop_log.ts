/**
 * When was an event loop away, and how much of a stretch of time was that? Kept from a timer that
 * says when it was due and when it ran. Reads no clock and sets no timer.
 *
 * It is plain numbers in one buffer, so that threads can share it: one of them writes, the others see
 * how late it is at this moment. Who reads a stretch while it is written is off by that one at most.
 * @module
 */

/**
 * Lateness up to this says nothing: timers have a grain of 1 ms, and where threads share a core the
 * scheduler's slice is 3 ms.
 */
export const NOTICEABLE_LAG_MS = 4;

/** There is a tick on time between any two: the worst loop takes over a minute to fill them. */
const MOST_STRETCHES = 2_048;
/** Slots before the stretches. */
const HEAD = { isWatched: 0, wallOffset: 1, lastRan: 2, nextDue: 3, isLate: 4, stretches: 5 };
const HEAD_LENGTH = Object.keys(HEAD).length;
/** Slots of a stretch: its bounds, and how long the loop was away before it, all in ms. */
const STRETCH = { start: 0, end: 1, awayBefore: 2 };
const STRETCH_LENGTH = Object.keys(STRETCH).length;

/** What a log's buffer has to hold. */
export const LOOP_LOG_BYTES = Float64Array.BYTES_PER_ELEMENT *
  (HEAD_LENGTH + MOST_STRETCHES * STRETCH_LENGTH);

/** See the module. Times are ms of the writer's clock. */
export class LoopLog {
  readonly buffer: ArrayBufferLike;
  readonly #slots: Float64Array;

  /** @param buffer of {@link LOOP_LOG_BYTES}, all 0 or another log's; shared if threads are to share it */
  constructor(buffer: ArrayBufferLike = new ArrayBuffer(LOOP_LOG_BYTES)) {
    this.buffer = buffer;
    this.#slots = new Float64Array(buffer);
  }

  /** The calendar less the writer's clock, for readers with another clock. */
  get wallOffsetMs(): number {
    return this.#slots[HEAD.wallOffset]!;
  }

  /** The loop is served now, and will be looked at again at `nextDueMs`. */
  open(nowMs: number, options: { nextDueMs: number; wallOffsetMs: number }): void {
    this.#slots[HEAD.wallOffset] = options.wallOffsetMs;
    this.#slots[HEAD.lastRan] = nowMs;
    this.#slots[HEAD.nextDue] = options.nextDueMs;
    this.#slots[HEAD.isLate] = 0;
    this.#slots[HEAD.isWatched] = 1;
  }

  /** The timer that was due then runs now. */
  ran(nowMs: number, { dueMs, nextDueMs }: { dueMs: number; nextDueMs: number }): void {
    const slots = this.#slots;
    const isLate = nowMs - dueMs > NOTICEABLE_LAG_MS;
    // Nothing is known of the loop between the timer's last run and this one.
    if (isLate) this.#away(slots[HEAD.lastRan]!, nowMs);
    slots[HEAD.isLate] = isLate ? 1 : 0;
    slots[HEAD.lastRan] = nowMs;
    slots[HEAD.nextDue] = nextDueMs;
  }

  /** Nobody looks any more: from now on nothing counts as away. */
  close(): void {
    this.#slots[HEAD.isWatched] = 0;
  }

  /**
   * How long the loop was away in that time, at most: what it was asked meanwhile had to wait so long.
   * A loop that was late stays away until its timer is on time again.
   */
  awayMs(fromMs: number, toMs: number): number {
    const slots = this.#slots;
    const lastRanMs = slots[HEAD.lastRan]!;
    const isAway = slots[HEAD.isWatched] === 1 &&
      (slots[HEAD.isLate] === 1 || toMs - slots[HEAD.nextDue]! > NOTICEABLE_LAG_MS);
    const nowAwayMs = isAway ? Math.max(0, toMs - Math.max(fromMs, lastRanMs)) : 0;
    const count = slots[HEAD.stretches]!;
    if (count === 0 || fromMs >= this.#slot(count - 1, STRETCH.end)) return nowAwayMs;
    return nowAwayMs + this.#awayBefore(toMs, count) - this.#awayBefore(fromMs, count);
  }

  /** Adds a stretch, or makes the latest one longer that ended where this begins. */
  #away(startMs: number, endMs: number): void {
    const slots = this.#slots;
    const count = slots[HEAD.stretches]!;
    const latestEndMs = count === 0 ? -Infinity : this.#slot(count - 1, STRETCH.end);
    if (count > 0 && latestEndMs >= startMs) {
      slots[placeOf(count - 1) + STRETCH.end] = endMs;
      return;
    }
    const place = placeOf(count);
    slots[place + STRETCH.start] = startMs;
    slots[place + STRETCH.awayBefore] = count === 0 ? 0 : this.#awayBefore(startMs, count);
    slots[place + STRETCH.end] = endMs;
    slots[HEAD.stretches] = count + 1;
  }

  /** How long the loop was away in stretches before that time; what is forgotten is left out. */
  #awayBefore(atMs: number, count: number): number {
    const oldest = Math.max(0, count - MOST_STRETCHES);
    let low = oldest;
    let high = count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#slot(middle, STRETCH.start) < atMs) low = middle + 1;
      else high = middle;
    }
    if (low === oldest) return this.#slot(oldest, STRETCH.awayBefore);
    const latest = low - 1;
    const startMs = this.#slot(latest, STRETCH.start);
    return this.#slot(latest, STRETCH.awayBefore) +
      Math.min(atMs, this.#slot(latest, STRETCH.end)) - startMs;
  }

  #slot(stretch: number, part: number): number {
    return this.#slots[placeOf(stretch) + part]!;
  }
}

function placeOf(stretch: number): number {
  return HEAD_LENGTH + (stretch % MOST_STRETCHES) * STRETCH_LENGTH;
}
