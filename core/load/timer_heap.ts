/**
 * Which sleeper is due next? A binary min-heap ordered by due time, then by order of arrival.
 * Never looks at a clock.
 * Source: Williams, "Algorithm 232: Heapsort", CACM 7(6), 1964, with each entry knowing its place
 * so that it can be taken out of the middle.
 * @module
 */

/** One entry of a {@link TimerHeap}. Owned by the heap while it is in it. */
export interface HeapTimer {
  /** When it is due, ms. */
  readonly atMs: number;
  /** Called by whoever takes the timer out because it is due. */
  readonly wake: () => void;
  /** Ties are served in this order. */
  readonly sequence: number;
  /** Its index in the heap; -1 when it is not in the heap. Written by the heap only. */
  place: number;
}

function isBefore(one: HeapTimer, other: HeapTimer): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.sequence < other.sequence);
}

/** Add, take the earliest and remove any timer in O(log n). */
export class TimerHeap {
  /** Invariants: no timer is before its parent at (i - 1) >> 1; `timers[i].place === i`. */
  readonly #timers: HeapTimer[] = [];
  #nextSequence = 0;

  /** How many timers wait. */
  get size(): number {
    return this.#timers.length;
  }

  /** When the earliest timer is due, ms; Infinity when there is none. */
  get earliestMs(): number {
    return this.#timers[0]?.atMs ?? Infinity;
  }

  /** Adds a timer. */
  add(atMs: number, wake: () => void): HeapTimer {
    const timer: HeapTimer = { atMs, wake, sequence: this.#nextSequence++, place: -1 };
    this.#timers.push(timer);
    this.#rise(timer, this.#timers.length - 1);
    return timer;
  }

  /** Takes out the earliest timer if it is due at `nowMs`; else undefined. */
  takeDue(nowMs: number): HeapTimer | undefined {
    const earliest = this.#timers[0];
    if (earliest === undefined || earliest.atMs > nowMs) return undefined;
    this.remove(earliest);
    return earliest;
  }

  /** Takes a timer out wherever it stands; false if it was not in the heap any more. */
  remove(timer: HeapTimer): boolean {
    const { place } = timer;
    if (place < 0) return false;
    timer.place = -1;
    const last = this.#timers.pop();
    if (last === undefined || last === timer) return true;
    const parent = place > 0 ? this.#timers[(place - 1) >> 1] : undefined;
    if (parent !== undefined && isBefore(last, parent)) this.#rise(last, place);
    else this.#sink(last, place);
    return true;
  }

  #rise(timer: HeapTimer, from: number): void {
    let place = from;
    while (place > 0) {
      const parentPlace = (place - 1) >> 1;
      const parent = this.#timers[parentPlace];
      if (parent === undefined || !isBefore(timer, parent)) break;
      this.#put(parent, place);
      place = parentPlace;
    }
    this.#put(timer, place);
  }

  #sink(timer: HeapTimer, from: number): void {
    let place = from;
    for (;;) {
      let childPlace = 2 * place + 1;
      let child = this.#timers[childPlace];
      const right = this.#timers[childPlace + 1];
      if (right !== undefined && child !== undefined && isBefore(right, child)) {
        child = right;
        childPlace++;
      }
      if (child === undefined || !isBefore(child, timer)) break;
      this.#put(child, place);
      place = childPlace;
    }
    this.#put(timer, place);
  }

  #put(timer: HeapTimer, place: number): void {
    this.#timers[place] = timer;
    timer.place = place;
  }
}
