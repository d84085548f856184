/**
 * Which stretches of a run does a threshold with `over` or `for` look at? Groups intervals into
 * slots of about a second, whichever thread they come from, and slides a window over them slot by
 * slot. Keeps one window's worth of totals at most; never judges.
 * @module
 */

import { type Interval, INTERVAL_MS } from "../measure/interval.ts";
import { Totals } from "../measure/totals.ts";
import { isRecorded } from "./evaluation.ts";
import { type Figure, type FigureTerm, termsOf } from "./figure.ts";
import { pickerOf } from "./picking.ts";
import type { Threshold } from "./threshold.ts";

/**
 * A window is at most this many slots. A histogram takes 115 kB and 0.1 ms to merge: a threshold
 * keeps at most 7 MB, and once per window stops the load for about 10 ms to turn its queue over.
 * Windows of over a minute therefore move on by a sixtieth of their width.
 */
const SLOTS_PER_WINDOW = 60;
/** A slot is closed once a slot this much later was seen: threads rotate at different moments. */
const LATE_SLOTS = 2;

/** One slot without its figures; slots are numbered from 0 at the first interval. */
export interface Slot {
  readonly slot: number;
  /** Bounds of its intervals, ms. */
  readonly startMs: number;
  readonly endMs: number;
  /** Terms of the threshold's figure that were recorded in it. */
  readonly present: readonly FigureTerm[];
}

/** Receives what the window shows, in order of time. */
export interface WindowSink {
  /** Called for each full window, with the slot that is new in it. */
  window(sum: Totals, newest: Slot): void;
  /** Called for each slot that no later window will show. */
  leaves(slot: Slot): void;
}

/** Whether so much time is as long as the window, but for half a slot that timers may be late. */
export function isFilled(
  { widthMs, slotMs }: Pick<SlidingWindow, "widthMs" | "slotMs">,
  coveredMs: number,
): boolean {
  return coveredMs >= widthMs - slotMs / 2;
}

/** The sliding window of one threshold: `over` wide, or one slot when there is no `over`. */
export class SlidingWindow {
  readonly slotMs: number;
  readonly widthMs: number;
  readonly #slotCount: number;
  readonly #figure: Figure;
  readonly #picked: (interval: Interval) => Interval;
  readonly #sink: WindowSink;
  readonly #queue = new SlotQueue();
  /** Start of slot 0: the first interval's start, to the second. */
  #originMs: number | undefined;
  /** Slots that intervals may still be added to. */
  readonly #open = new Map<number, Totals>();
  #latestOpen = -1;
  #lastClosed: { slot: number; endMs: number } = { slot: -1, endMs: -Infinity };
  #firstStartMs = Infinity;

  constructor(threshold: Threshold, sink: WindowSink) {
    this.widthMs = threshold.overMs ?? INTERVAL_MS;
    const seconds = Math.floor(this.widthMs / INTERVAL_MS);
    this.#slotCount = Math.min(SLOTS_PER_WINDOW, Math.max(1, seconds));
    this.slotMs = this.widthMs / this.#slotCount;
    this.#figure = threshold.figure;
    this.#picked = pickerOf(threshold.figure);
    this.#sink = sink;
  }

  /** Length of the run so far as the window saw it, ms. */
  get coveredMs(): number {
    return Math.max(0, this.#lastClosed.endMs - this.#firstStartMs);
  }

  /** Whether the run so far is as long as the window. */
  get isFull(): boolean {
    return isFilled(this, this.coveredMs);
  }

  add(interval: Interval): void {
    const roundedMs = Math.round(interval.startMs / INTERVAL_MS) * INTERVAL_MS;
    this.#originMs ??= roundedMs;
    const slot = Math.max(
      Math.floor((roundedMs - this.#originMs) / this.slotMs + 1e-9),
      // Too late for its own slot, it is counted in the earliest one that can still take it.
      this.#lastClosed.slot + 1,
    );
    let totals = this.#open.get(slot);
    if (totals === undefined) this.#open.set(slot, totals = new Totals());
    totals.add(this.#picked(interval));
    this.#latestOpen = Math.max(this.#latestOpen, slot);
    this.#closeUpTo(this.#latestOpen - LATE_SLOTS);
  }

  /** Shows what is left; an interval that comes later starts behind it. */
  end(): void {
    this.#closeUpTo(this.#latestOpen);
    for (const slot of this.#queue.removeBefore(Infinity)) this.#sink.leaves(slot);
  }

  #closeUpTo(last: number): void {
    for (let slot = this.#lastClosed.slot + 1; slot <= last; slot++) {
      const totals = this.#open.get(slot) ?? this.#silence(slot);
      this.#open.delete(slot);
      if (totals !== undefined) this.#push(slot, totals);
    }
    this.#lastClosed.slot = Math.max(this.#lastClosed.slot, last);
  }

  /**
   * The totals of a slot in which no interval starts: nothing was recorded in it. Undefined if the
   * intervals around it cover most of it: a stalled generator leaves a long one, late timers shift them.
   */
  #silence(slot: number): Totals | undefined {
    const slotStartMs = (this.#originMs ?? 0) + slot * this.slotMs;
    const later = [...this.#open].filter(([other]) => other > slot).map(([, { startMs }]) =>
      startMs
    );
    const startMs = Math.max(slotStartMs, this.#lastClosed.endMs);
    const endMs = Math.min(slotStartMs + this.slotMs, ...later);
    if (endMs - startMs < this.slotMs / 2) return undefined;
    const totals = new Totals();
    totals.cover({ startMs, endMs });
    return totals;
  }

  #push(slot: number, totals: Totals): void {
    this.#firstStartMs = Math.min(this.#firstStartMs, totals.startMs);
    this.#lastClosed.endMs = Math.max(this.#lastClosed.endMs, totals.endMs);
    const firstSlot = slot - this.#slotCount + 1;
    for (const gone of this.#queue.removeBefore(firstSlot)) this.#sink.leaves(gone);
    const { startMs, endMs } = totals;
    const present = termsOf(this.#figure).filter((term) => isRecorded(term, totals));
    const newest = { slot, startMs, endMs, present };
    this.#queue.push(newest, totals);
    if (this.isFull) this.#sink.window(this.#queue.sum(), newest);
  }
}

/**
 * A queue that knows the sum of what it holds without adding it all up each time: totals cannot
 * be subtracted, so the older part keeps the sum from each slot to the part's end.
 * Source: two-stack aggregation, Tangwongsan, Hirzel, Schneider, "Low-latency sliding-window
 * aggregation in worst-case constant time" (DEBS 2017), section 2.
 */
class SlotQueue {
  /** The older part, newest first, each with the sum from itself to the end of the part. */
  #older: { slot: Slot; sum: Totals }[] = [];
  #newer: { slot: Slot; totals: Totals }[] = [];
  #newerSum: Totals | undefined;

  push(slot: Slot, totals: Totals): void {
    this.#newer.push({ slot, totals });
    (this.#newerSum ??= new Totals()).merge(totals);
  }

  sum(): Totals {
    return sumOf(this.#older.at(-1)?.sum, this.#newerSum);
  }

  /** Takes out every slot before the given one, oldest first. */
  removeBefore(slot: number): Slot[] {
    const removed: Slot[] = [];
    for (;;) {
      const oldest = (this.#older.at(-1) ?? this.#newer[0])?.slot;
      if (oldest === undefined || oldest.slot >= slot) return removed;
      if (this.#older.length === 0) this.#turnOver();
      this.#older.pop();
      removed.push(oldest);
    }
  }

  #turnOver(): void {
    let sum: Totals | undefined;
    for (const { slot, totals } of this.#newer.reverse()) {
      sum = sum === undefined ? totals : sumOf(totals, sum);
      this.#older.push({ slot, sum });
    }
    this.#newer = [];
    this.#newerSum = undefined;
  }
}

/** New totals of both; neither is changed. */
function sumOf(earlier: Totals | undefined, later: Totals | undefined): Totals {
  const sum = new Totals();
  if (earlier !== undefined) sum.merge(earlier);
  if (later !== undefined) sum.merge(later);
  return sum;
}
