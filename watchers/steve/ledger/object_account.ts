/**
 * Was a subscription of mode `""` told each change exactly once, in order and in time? Keeps a
 * cursor, what is missing behind it and a few of the latest revisions. Pure.
 * @module
 */

import { Account, type Happening } from "./account.ts";
import type { BookedWrite } from "./written_book.ts";

/** How far back a message that is sent twice is told from one that comes late. */
const REMEMBERED = 32;

/** See the module. */
export class ObjectAccount extends Account {
  /** Greatest revision told, or given up; everything up to it that was not told is in `#missing`. */
  #cursor = 0;
  /** By revision; each stays until it is told or given up, so there are never many. */
  readonly #missing = new Map<number, BookedWrite>();
  /** The latest revisions told, a ring. */
  readonly #recent: number[] = [];
  #nextRecent = 0;

  protected begin(baseRevision: number): void {
    this.#cursor = baseRevision;
    this.#missing.clear();
    this.#recent.length = 0;
    this.#nextRecent = 0;
  }

  protected tell(told: Extract<Happening, { kind: "told" }>): void {
    const { totals, book } = this.rules;
    const { revision } = told;
    if (revision <= this.#cursor) return this.#tellOlder(told);
    this.#miss(revision);
    this.#cursor = revision;
    this.#remember(revision);
    const written = book.find(revision);
    if (written === undefined) return;
    if (this.isExpected(written)) this.#count(written, told);
    else totals.explained++;
  }

  protected giveUp(
    dueMs: number,
    { as, heardUntilMs: untilMs }: { as: "lost" | "late" | "unproven"; heardUntilMs: number },
  ): void {
    const { book, limitMs } = this.rules;
    for (let index = book.indexAfter(this.#cursor);; index++) {
      const written = book.at(index);
      if (written === undefined || this.waitMs(written, dueMs) <= limitMs) break;
      if (this.isExpected(written)) this.#missing.set(written.revision, written);
      this.#cursor = written.revision;
    }
    for (const written of this.#missing.values()) {
      if (this.waitMs(written, dueMs) <= limitMs) continue;
      this.#missing.delete(written.revision);
      this.fail(written, { as, untilMs });
    }
  }

  protected firstOpen(): BookedWrite | undefined {
    const { book } = this.rules;
    for (const written of this.#missing.values()) return written;
    for (let index = book.indexAfter(this.#cursor);; index++) {
      const written = book.at(index);
      if (written === undefined || this.isExpected(written)) return written;
    }
  }

  protected open(atMs: number): number {
    const { book } = this.rules;
    let count = this.#missing.size;
    for (let index = book.indexAfter(this.#cursor);; index++) {
      const written = book.at(index);
      if (written === undefined) return count;
      if (written.atMs <= atMs && this.isExpected(written)) count++;
    }
  }

  #tellOlder(told: Extract<Happening, { kind: "told" }>): void {
    const { totals } = this.rules;
    const { revision } = told;
    const written = this.#missing.get(revision);
    if (written !== undefined) {
      totals.outOfOrder++;
      this.#missing.delete(revision);
      this.#remember(revision);
      return this.#count(written, told);
    }
    if (this.mayRepeat(told.atMs)) totals.replayed++;
    else if (this.#recent.includes(revision)) totals.duplicates++;
    else totals.outOfOrder++;
  }

  #count(written: BookedWrite, { atMs, op }: Extract<Happening, { kind: "told" }>): void {
    const { totals, limitMs, onDelay } = this.rules;
    onDelay({ from: "named", delayMs: atMs - written.atMs, atMs });
    if (op !== written.op) totals.wrongKind++;
    if (this.waitMs(written, atMs) <= limitMs) totals.told++;
    else this.fail(written, { as: "late", untilMs: atMs });
  }

  /** Notes what was skipped on the way from the cursor to a revision. */
  #miss(revision: number): void {
    const { book, disturbances, totals } = this.rules;
    for (let index = book.indexAfter(this.#cursor);; index++) {
      const written = book.at(index);
      if (written === undefined || written.revision >= revision) return;
      if (!this.isExpected(written)) continue;
      if (disturbances.mayHide(written.atMs)) totals.explained++;
      else this.#missing.set(written.revision, written);
    }
  }

  #remember(revision: number): void {
    this.#recent[this.#nextRecent] = revision;
    this.#nextRecent = (this.#nextRecent + 1) % REMEMBERED;
  }
}
