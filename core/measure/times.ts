/**
 * Times as they were measured and, as soon as one of them may be too long by lag of our own, without
 * that lag too: the truth lies between. Never says how long the lag was.
 * @module
 */

import { type EncodedHistogram, Histogram } from "./histogram.ts";

/** See the module. In the unit of the one who records, e.g. microseconds. */
export class Times {
  readonly measured = new Histogram();
  #withoutOwnLag: Histogram | undefined;

  /** Undefined: the same as measured. */
  get withoutOwnLag(): Histogram | undefined {
    return this.#withoutOwnLag;
  }

  /** @param ownLag how much of a value above 0 may be lag of our own; never more is taken off */
  record(value: number, ownLag = 0): void {
    const excess = Math.min(ownLag, Math.max(0, value));
    if (excess > 0) this.#splitOff();
    this.measured.record(value);
    this.#withoutOwnLag?.record(value - excess);
  }

  /** Adds all of the other's values. */
  add({ measured, withoutOwnLag }: Pick<Times, "measured" | "withoutOwnLag">): void {
    if (withoutOwnLag !== undefined) this.#splitOff();
    this.measured.add(measured);
    this.#withoutOwnLag?.add(withoutOwnLag ?? measured);
  }

  /** Adds what an interval holds. @param withoutOwnLag undefined: the same as measured */
  addEncoded(measured: EncodedHistogram, withoutOwnLag: EncodedHistogram | undefined): void {
    if (withoutOwnLag !== undefined) this.#splitOff();
    this.measured.addEncoded(measured);
    this.#withoutOwnLag?.addEncoded(withoutOwnLag ?? measured);
  }

  /** Takes as little memory as it can, until something is added. */
  compact(): void {
    this.measured.compact();
    this.#withoutOwnLag?.compact();
  }

  /** Up to here both are the same, so that only a run with lag pays for two. */
  #splitOff(): void {
    if (this.#withoutOwnLag !== undefined) return;
    this.#withoutOwnLag = new Histogram();
    this.#withoutOwnLag.add(this.measured);
  }
}
