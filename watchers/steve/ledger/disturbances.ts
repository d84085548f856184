/**
 * When was a type's definition changed? Then Steve reads all of its objects anew and, on
 * subscriptions that it does not stop, tells old ones again and may miss what happened in between.
 * Measured on Steve 0.10.2: the new list comes 1 to 2 s after the change. Only remembers.
 * @module
 */

/** From a change to the last of its effects at most, ms. */
const EFFECT_MS = 5_000;
/** How long a write may have been under way that was answered before the change, ms. */
const LEAD_MS = 1_000;
/** A definition changes every few seconds, and nobody asks about long ago. */
const MOST_REMEMBERED = 100;

/** The changes of one type; times are calendar ms. */
export class Disturbances {
  readonly #changedMs: number[] = [];

  changed(atMs: number): void {
    this.#changedMs.push(atMs);
    if (this.#changedMs.length > MOST_REMEMBERED) this.#changedMs.shift();
  }

  /** Whether what was written then may not be told, except along with something later. */
  mayHide(writtenMs: number): boolean {
    return this.#changedMs.some((atMs) =>
      writtenMs >= atMs - LEAD_MS && writtenMs <= atMs + EFFECT_MS
    );
  }

  /** Whether a message of then may be about something old, given how long messages are held back. */
  mayRepeat(toldMs: number, { delayMs }: { delayMs: number }): boolean {
    return this.#changedMs.some((atMs) => toldMs >= atMs && toldMs <= atMs + EFFECT_MS + delayMs);
  }
}
