/**
 * Was a subscription of mode `resource.changes` told in time that something changed? A notification
 * stands for every change up to its revision, so one cursor is all that has to be kept. Pure.
 * @module
 */

import { Account, type Happening } from "./account.ts";
import type { BookedWrite } from "./written_book.ts";

/** How long after a stall what comes may still be an effect of it, ms. */
const STALL_EFFECT_MS = 2_500;

/** See the module. */
export class ChangeAccount extends Account {
  /** Every change up to this revision was told or given up. */
  #judgedRevision = 0;
  /** Of the latest notification, or what the session began with. */
  #toldRevision = 0;

  protected begin(baseRevision: number): void {
    this.#judgedRevision = baseRevision;
    this.#toldRevision = baseRevision;
  }

  protected tell({ revision, atMs }: Extract<Happening, { kind: "told" }>): void {
    const { book, totals, onDelay } = this.rules;
    if (revision <= this.#toldRevision) {
      if (this.mayRepeat(atMs)) totals.replayed++;
      else if (revision === this.#toldRevision) totals.duplicates++;
      else totals.outOfOrder++;
      return;
    }
    const named = book.find(revision);
    if (named !== undefined) onDelay({ from: "named", delayMs: atMs - named.atMs, atMs });
    this.#coverTo(revision, atMs);
    this.#toldRevision = revision;
  }

  protected giveUp(
    dueMs: number,
    { as, heardUntilMs: untilMs }: { as: "lost" | "late" | "unproven"; heardUntilMs: number },
  ): void {
    const { book, limitMs } = this.rules;
    for (let index = book.indexAfter(this.#judgedRevision);; index++) {
      const written = book.at(index);
      if (written === undefined) return;
      if (this.isExpected(written)) {
        if (this.waitMs(written, dueMs) <= limitMs) return;
        this.fail(written, { as, untilMs });
      }
      this.#judgedRevision = written.revision;
    }
  }

  protected firstOpen(): BookedWrite | undefined {
    const { book } = this.rules;
    for (let index = book.indexAfter(this.#judgedRevision);; index++) {
      const written = book.at(index);
      if (written === undefined || this.isExpected(written)) return written;
    }
  }

  protected open(atMs: number): number {
    const { book } = this.rules;
    let count = 0;
    for (let index = book.indexAfter(this.#judgedRevision);; index++) {
      const written = book.at(index);
      if (written === undefined) return count;
      if (written.atMs <= atMs && this.isExpected(written)) count++;
    }
  }

  /** Judges everything that a notification is the first to tell. */
  #coverTo(revision: number, atMs: number): void {
    const { book, disturbances, totals, limitMs, onDelay } = this.rules;
    const end = book.indexAfter(revision);
    const isHeldUp = this.#isHeldUp(revision, atMs);
    let isOldest = true;
    for (let index = book.indexAfter(this.#judgedRevision); index < end; index++) {
      const written = book.at(index);
      if (written === undefined || !this.isExpected(written)) continue;
      const waitMs = this.waitMs(written, atMs);
      if (isOldest) onDelay({ from: "oldest", delayMs: waitMs, atMs });
      isOldest = false;
      if (waitMs <= limitMs) totals.told++;
      else if (isHeldUp) this.fail(written, { as: "late", untilMs: atMs });
      else if (disturbances.mayHide(written.atMs)) totals.explained++;
      else this.fail(written, { as: "missed", untilMs: atMs });
    }
    this.#judgedRevision = Math.max(this.#judgedRevision, revision);
  }

  /**
   * A notification is about the latest change when it is sent. If even that one is too old, the
   * notification was held up; if it is not, an earlier one was due and never came, unless it came to
   * nobody else either: then the server stood still.
   */
  #isHeldUp(revision: number, atMs: number): boolean {
    const { book, limitMs, stalledMs } = this.rules;
    if (atMs - stalledMs <= STALL_EFFECT_MS) return true;
    const written = book.findFrom(revision);
    return written !== undefined && this.waitMs(written, atMs) > limitMs;
  }
}
