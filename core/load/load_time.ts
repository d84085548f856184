/**
 * A time of the load's own: it goes at a factor of the clock's time, which may be changed while the
 * load goes, and stands still at 0. What is due by it becomes due on the clock through it. Never
 * decides how fast it goes.
 * @module
 */

import type { Clock } from "./clock.ts";
import { Wakes } from "./wakes.ts";

/** From then on it goes at one factor, until the next piece. */
interface Piece {
  readonly clockMs: number;
  /** What it says then. */
  readonly ownMs: number;
  /** >= 0. */
  readonly factor: number;
}

/** As the clock's time until it is told to go otherwise; it never goes back. */
export class LoadTime {
  readonly #clock: Clock;
  /** In order of time; one more for each change. */
  readonly #pieces: Piece[] = [{ clockMs: 0, ownMs: 0, factor: 1 }];
  /** Clock time at which it last went on after it had stood still; -Infinity: it never had. */
  #goingSinceMs = -Infinity;
  readonly #changes = new Wakes();
  #changed = new AbortController();
  /** Of those who sleep until it changes, too. */
  #either = new WeakMap<AbortSignal, AbortSignal>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.at(this.#clock.now());
  }

  get isStandingStill(): boolean {
    return this.#latest.factor === 0;
  }

  /** What it said at that clock time, or would say if nothing changed until then. */
  at(clockMs: number): number {
    const piece = this.#pieces.findLast((piece) => piece.clockMs <= clockMs) ?? this.#pieces[0]!;
    return piece.ownMs + (clockMs - piece.clockMs) * piece.factor;
  }

  /**
   * Clock time at which it says that, or did, if nothing changes until then; Infinity: never. What is
   * due at the moment at which it stands still is due when it goes on.
   */
  clockTimeOf(ownMs: number): number {
    const piece = this.#pieces.findLast((piece) => piece.ownMs <= ownMs) ?? this.#pieces[0]!;
    if (piece.factor === 0) return Infinity;
    return piece.clockMs + (ownMs - piece.ownMs) / piece.factor;
  }

  /**
   * When what begins now was due, by that time of its own: what was due before it stood still, and
   * had not begun, is due when it goes on, so that no pause is a part of any wait.
   */
  dueTimeOf(ownMs: number): number {
    return Math.max(this.clockTimeOf(ownMs), this.#goingSinceMs);
  }

  /**
   * Resolves at that time of its own, not while it stands still, or as soon as the signal aborts; never
   * rejects.
   */
  async sleepUntil(ownMs: number, signal: AbortSignal): Promise<void> {
    for (;;) {
      const atMs = this.isStandingStill ? Infinity : this.clockTimeOf(ownMs);
      if (atMs <= this.#clock.now() || signal.aborted) return;
      await this.#clock.sleepUntil(atMs, this.changeOr(signal));
    }
  }

  /**
   * Calls back once at that time of its own, not while it stands still, unless the returned function is
   * called before. Sooner than who sleeps until then goes on.
   */
  callAt(ownMs: number, callback: () => void): () => void {
    let takeBack = () => {};
    const set = () => {
      takeBack();
      const atMs = this.isStandingStill ? Infinity : this.clockTimeOf(ownMs);
      takeBack = this.#clock.callAt(atMs, () => {
        leave();
        callback();
      });
    };
    const leave = this.#changes.woken(set);
    set();
    return () => {
      leave();
      takeBack();
    };
  }

  /** Aborts with the given signal, or when clock times of what is due will be others. */
  changeOr(signal: AbortSignal): AbortSignal {
    let either = this.#either.get(signal);
    if (either === undefined) {
      either = AbortSignal.any([signal, this.#changed.signal]);
      this.#either.set(signal, either);
    }
    return either;
  }

  /** Goes at so many ms in a ms of the clock from now on. @param factor >= 0; 0: it stands still */
  goAt(factor: number): void {
    const { isStandingStill } = this;
    const clockMs = this.#clock.now();
    this.#pieces.push({ clockMs, ownMs: this.at(clockMs), factor });
    if (isStandingStill && factor > 0) this.#goingSinceMs = clockMs;
    const changed = this.#changed;
    this.#changed = new AbortController();
    this.#either = new WeakMap();
    this.#changes.wake();
    changed.abort();
  }

  get #latest(): Piece {
    return this.#pieces.at(-1)!;
  }
}
