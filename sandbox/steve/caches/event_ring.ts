/**
 * What has happened to one type, as far back as a fixed number of events? A watch that names a
 * resourceVersion begins after the event that has exactly this one.
 * Source: rancher/steve v0.10.2, pkg/sqlcache/informer/internal/ring/circular_buffer.go and
 * listoption_indexer.go (Watch).
 * @module
 */

/** Has the words of the server. */
export class SlowReaderError extends Error {
  override name = "SlowReaderError";

  constructor(missed: number) {
    super(`slow reader detected; items missed: ${missed}`);
  }
}

/** Events are numbered from 1 on. */
export class EventRing<Event extends { readonly revision: string }> {
  readonly #events: Event[] = [];
  readonly #size: number;
  #last = 0;

  /** @param size most events that are kept, at least 1 */
  constructor(size: number) {
    this.#size = size;
  }

  /** The number of the newest event; 0 before the first. */
  get last(): number {
    return this.#last;
  }

  add(event: Event): void {
    this.#events[this.#last % this.#size] = event;
    this.#last++;
  }

  /**
   * The number of the newest event with exactly this revision; undefined if there is none (any more).
   * In a full ring the oldest event is not found: the server's search ends where it will write next.
   */
  find(revision: string): number | undefined {
    const oldest = Math.max(1, this.#last - this.#size + 2);
    for (let number = this.#last; number >= oldest; number--) {
      if (this.#at(number).revision === revision) return number;
    }
    return undefined;
  }

  /**
   * @param number up to {@link last}
   * @throws {SlowReaderError} if it has been overwritten
   */
  read(number: number): Event {
    const laps = Math.floor((this.#last - number) / this.#size);
    // It finds a later event in the place of the one that it is looking for.
    if (laps > 0) throw new SlowReaderError(laps * this.#size);
    return this.#at(number);
  }

  #at(number: number): Event {
    return this.#events[(number - 1) % this.#size]!;
  }
}
