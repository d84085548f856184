/**
 * How did a stream that is no more come to its end? Late frames are judged by it: RFC 9113, section
 * 5.1, "closed". Takes the same few bytes however many streams there have been.
 * @module
 */

/** Ids are used in turn, so a late frame is of one of the last; older ones count as `forgotten`. */
const REMEMBERED = 1_024;

const MANNERS = [
  "forgotten",
  "both ended",
  "reset by us",
  "reset by the peer",
  "passed over",
] as const;

export type Manner = typeof MANNERS[number];

export class ClosedStreams {
  readonly #manners = new Uint8Array(REMEMBERED);
  /** Of streams so far; -1: none. */
  #highestId = -1;

  /** A stream has begun; ids grow. */
  begin(id: number): void {
    // Those between the two were never used, and are closed by this: RFC 9113, section 5.1.1.
    const first = Math.max(this.#highestId + 2, id - 2 * (REMEMBERED - 1));
    for (let skipped = first; skipped < id; skipped += 2) this.#note(skipped, "passed over");
    this.#note(id, "forgotten");
    this.#highestId = id;
  }

  end(id: number, manner: Manner): void {
    if (this.#isRemembered(id)) this.#note(id, manner);
  }

  /** Of a stream that is not idle and not open. */
  mannerOf(id: number): Manner {
    return (this.#isRemembered(id) && MANNERS[this.#manners[slotOf(id)]!]) || "forgotten";
  }

  #note(id: number, manner: Manner): void {
    this.#manners[slotOf(id)] = MANNERS.indexOf(manner);
  }

  #isRemembered(id: number): boolean {
    return id > this.#highestId - 2 * REMEMBERED;
  }
}

/** Ids of a client are all odd: RFC 9113, section 5.1.1. */
function slotOf(id: number): number {
  return (id >>> 1) % REMEMBERED;
}
