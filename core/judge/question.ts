/**
 * Did one threshold hold? Takes the intervals as they come and answers at the end: once for the
 * whole run, or for every window of it. Knows nothing of the generator's own fitness.
 * @module
 */

import type { Interval } from "../measure/interval.ts";
import { Totals } from "../measure/totals.ts";
import type { Verdict } from "./finding.ts";
import { evaluate, whyNoFigure } from "./evaluation.ts";
import { type FigureTerm, termsOf } from "./figure.ts";
import {
  chanceText,
  holdingOf,
  isWithinChance,
  isWorse,
  limitText,
  ownLagText,
  worseOf,
} from "./holding.ts";
import { exactDuration, formatObserved } from "./limit.ts";
import type { FoundFigure } from "./offer.ts";
import { LapWindows } from "./lap_windows.ts";
import { pickerOf } from "./picking.ts";
import type { Threshold } from "./threshold.ts";
import type { Slot } from "./window.ts";

/** What came out, without regard to the generator. */
export interface Answer {
  readonly verdict: Verdict;
  /** In the limit's base unit; of the worst window if there are windows; null: no figure. */
  readonly observed: number | null;
  /** One sentence without a full stop; empty for a plain pass. */
  readonly reason: string;
  /** The truth may be on the other side of the limit, for so few values. */
  readonly mayBeChance: boolean;
}

/** When an answer is asked for. */
export interface AnswerOptions {
  /** More intervals will come: what is not complete is left out, and waits for them. @default {false} */
  readonly isSoFar?: boolean;
}

/** One threshold and what was seen of its metric so far. */
export interface Question {
  readonly threshold: Threshold;
  /** Takes a measured interval that starts after the threshold's `after`. */
  add(interval: Interval): void;
  /**
   * Call it after the last interval, or say that it is an answer so far.
   * @param absence says why nothing of a term was recorded
   */
  answer(absence: (term: FigureTerm) => string, options?: AnswerOptions): Answer;
}

/**
 * The question that a threshold asks: of the whole run, or of windows.
 * @param options `totals`: what the caller keeps of the same intervals; absent: it keeps nothing.
 * `weighsChance`: what chance may have decided, for so few values, is no answer; of windows it is
 */
export function questionOf(
  threshold: Threshold,
  { totals, weighsChance = false }: { totals?: Totals | undefined; weighsChance?: boolean } = {},
): Question {
  if (threshold.overMs !== null || threshold.forMs !== null) return new WindowQuestion(threshold);
  return new WholeRunQuestion(threshold, {
    totals: threshold.afterMs > 0 ? undefined : totals,
    weighsChance,
  });
}

class WholeRunQuestion implements Question {
  readonly #totals: Totals;
  /** Undefined: the totals are the caller's, who adds to them. */
  readonly #picked: ((interval: Interval) => Interval) | undefined;

  readonly #weighsChance: boolean;

  constructor(
    readonly threshold: Threshold,
    { totals, weighsChance }: { totals: Totals | undefined; weighsChance: boolean },
  ) {
    this.#weighsChance = weighsChance;
    this.#totals = totals ?? new Totals();
    this.#picked = totals === undefined ? pickerOf(threshold.figure) : undefined;
  }

  add(interval: Interval): void {
    if (this.#picked !== undefined) this.#totals.add(this.#picked(interval));
  }

  answer(absence: (term: FigureTerm) => string): Answer {
    const { threshold } = this;
    const evaluation = evaluate(threshold.figure, this.#totals, {
      unit: threshold.limit.unit,
      withChance: true,
    });
    if (evaluation.kind !== "value") return inconclusive(whyNoFigure(evaluation, absence));
    const mayBeChance = isWithinChance(evaluation, threshold);
    const seen = { observed: evaluation.value, mayBeChance };
    if (mayBeChance && this.#weighsChance) {
      return { ...seen, verdict: "inconclusive", reason: chanceText(evaluation, threshold) };
    }
    switch (holdingOf(evaluation, threshold)) {
      case "holds":
        return { ...seen, verdict: "pass", reason: "" };
      case "breaks":
        return { ...seen, verdict: "fail", reason: certainBreachText(evaluation, threshold) };
      case "unclear":
        return { ...seen, verdict: "inconclusive", reason: ownLagText(evaluation, threshold) };
    }
  }
}

/** Breaches one after the other, as windows come. */
class Breaches {
  longest: Stretch | undefined;
  /** The one that goes on: from the slot that began it. */
  #current: Stretch | undefined;

  goesOn(newest: Slot): void {
    const current = this.#current = {
      startMs: this.#current?.startMs ?? newest.startMs,
      endMs: newest.endMs,
    };
    if (lengthMs(current) > lengthMs(this.longest)) this.longest = current;
  }

  ends(): void {
    this.#current = undefined;
  }
}

interface Stretch {
  readonly startMs: number;
  readonly endMs: number;
}

class WindowQuestion implements Question {
  readonly #windows: LapWindows;
  /** Terms of the figure of which nothing was recorded so far. */
  readonly #absent: Set<FigureTerm>;
  #unsuitable: string | undefined;
  #worst: Stretch & { value: number } | undefined;
  /** The worst of those that are a breach whatever lag of our own there was. */
  #worstBreach: Stretch & { value: number } | undefined;
  /** Of figures as they were measured. */
  readonly #breaches = new Breaches();
  readonly #certainBreaches = new Breaches();
  /** Why the worst window is no answer that lag of our own makes a breach, or no breach. */
  #unclear: Stretch & { value: number; reason: string } | undefined;
  #lastJudgedSlot = -1;
  /** The window with most values among those that had too few. */
  #tooFew: { needed: number; seen: number } | undefined;
  /** Slots with values that were in no window that could be judged. */
  #unjudged: Stretch | undefined;

  constructor(readonly threshold: Threshold) {
    this.#absent = new Set(termsOf(threshold.figure));
    this.#windows = new LapWindows(threshold, {
      window: (sum, newest) => this.#judge(sum, newest),
      leaves: (slot) => this.#leave(slot),
      paused: () => {
        this.#breaches.ends();
        this.#certainBreaches.ends();
        this.#lastJudgedSlot = -1;
      },
    });
  }

  add(interval: Interval): void {
    this.#windows.add(interval);
  }

  answer(
    absence: (term: FigureTerm) => string,
    { isSoFar = false }: AnswerOptions = {},
  ): Answer {
    if (!isSoFar) this.#windows.end();
    if (this.#unsuitable !== undefined) return inconclusive(this.#unsuitable);
    const [absent] = this.#absent;
    if (absent !== undefined) return inconclusive(absence(absent));
    const { widthMs, coveredMs, isFull } = this.#windows;
    if (!isFull) {
      return inconclusive(
        `the run is shorter than the window: ${lengthText(coveredMs)} of ${lengthText(widthMs)}`,
      );
    }
    const seen = { observed: this.#worst?.value ?? null, mayBeChance: false };
    const failure = this.#failure();
    if (failure !== undefined) return { ...seen, verdict: "fail", reason: failure };
    const doubt = this.#doubt();
    if (doubt !== undefined) return { ...seen, verdict: "inconclusive", reason: doubt };
    return { ...seen, verdict: "pass", reason: this.#shortBreach() };
  }

  #judge(sum: Totals, newest: Slot): void {
    const { threshold } = this;
    const evaluation = evaluate(threshold.figure, sum, {
      unit: threshold.limit.unit,
      silenceIsZero: true,
    });
    if (evaluation.kind === "unsuitable") this.#unsuitable = evaluation.reason;
    if (evaluation.kind === "too-few" && evaluation.seen >= (this.#tooFew?.seen ?? 0)) {
      this.#tooFew = evaluation;
    }
    if (evaluation.kind !== "value") {
      this.#breaches.ends();
      this.#certainBreaches.ends();
      return;
    }
    this.#lastJudgedSlot = newest.slot;
    const { startMs, endMs } = sum;
    const seen = { value: evaluation.value, startMs, endMs };
    this.#worst = worseOf(this.#worst, seen, threshold);
    const holding = holdingOf(evaluation, threshold);
    if (holding === "unclear") {
      const reason = ownLagText(evaluation, threshold);
      this.#unclear = worseOf(this.#unclear, { ...seen, reason }, threshold);
    }
    if (holding === "breaks") this.#worstBreach = worseOf(this.#worstBreach, seen, threshold);
    if (holding === "holds") this.#breaches.ends();
    else this.#breaches.goesOn(newest);
    if (holding === "breaks") this.#certainBreaches.goesOn(newest);
    else this.#certainBreaches.ends();
  }

  #leave({ slot, startMs, endMs, present }: Slot): void {
    for (const term of present) this.#absent.delete(term);
    // A sliver at the end of the run is too short to hold enough values on its own.
    const counts = present.length > 0 && endMs - startMs >= this.#windows.slotMs / 2;
    // Between two pauses there may be no time for a window.
    if (!counts || slot <= this.#lastJudgedSlot || !this.#windows.isLapFull) return;
    this.#unjudged = { startMs: this.#unjudged?.startMs ?? startMs, endMs };
  }

  #failure(): string | undefined {
    const { threshold } = this;
    if (threshold.forMs === null) {
      const worst = this.#worstBreach;
      return worst && breachText(worst.value, { of: threshold, at: worst });
    }
    const breach = this.#certainBreaches.longest;
    if (breach === undefined || lengthMs(breach) < threshold.forMs) return undefined;
    return `it was not ${limitText(threshold)} for ${lengthText(lengthMs(breach))} ` +
      `without a break, at ${stretchText(breach)}`;
  }

  #doubt(): string | undefined {
    const { forMs } = this.threshold;
    if (this.#worst === undefined || this.#unjudged !== undefined) {
      const { needed = 1, seen = 0 } = this.#tooFew ?? {};
      const at = this.#unjudged === undefined ? "" : ` at ${stretchText(this.#unjudged)}`;
      return needed === 1
        ? `there was no window with a value to judge${at}`
        : `needs ${needed} values in a window, saw at most ${seen}${at}`;
    }
    const unclear = this.#unclear;
    if (unclear !== undefined && lengthMs(this.#breaches.longest) >= (forMs ?? 0)) {
      return `at ${stretchText(unclear)} ${unclear.reason}`;
    }
    const { coveredMs } = this.#windows;
    if (forMs === null || this.#breaches.longest === undefined || coveredMs >= forMs) {
      return undefined;
    }
    return `the run is shorter than a breach must last: ` +
      `${lengthText(coveredMs)} of ${lengthText(forMs)}`;
  }

  #shortBreach(): string {
    const { longest } = this.#breaches;
    if (longest === undefined || this.threshold.forMs === null) return "";
    return `it was not ${limitText(this.threshold)} for at most ` +
      `${lengthText(lengthMs(longest))} at ${stretchText(longest)}, ` +
      `less than ${exactDuration(this.threshold.forMs)}`;
  }
}

function inconclusive(reason: string): Answer {
  return { verdict: "inconclusive", observed: null, reason, mayBeChance: false };
}

function breachText(value: number, { of, at }: { of: Threshold; at?: Stretch }): string {
  const when = at === undefined ? "" : ` at ${stretchText(at)}`;
  return `${formatObserved(value, of.limit)}${when} is not ${limitText(of)}`;
}

function certainBreachText(figure: FoundFigure, threshold: Threshold): string {
  const { value, ends } = figure;
  const text = breachText(value, { of: threshold });
  const [one, other] = ends.filter((end) => end !== value);
  if (one === undefined) return text;
  const mildest = other !== undefined && isWorse(one, other, threshold) ? other : one;
  const without = formatObserved(mildest, threshold.limit);
  return `${text}, nor is ${without}, which is without any lag of the generator's own`;
}

function stretchText({ startMs, endMs }: Stretch): string {
  return `${Math.round(startMs / 1_000)} s to ${Math.round(endMs / 1_000)} s`;
}

/** A length to the tenth of a second: the seconds of a run are not exact. */
function lengthText(ms: number): string {
  return exactDuration(Math.round(ms / 100) * 100);
}

function lengthMs(stretch: Stretch | undefined): number {
  return stretch === undefined ? 0 : stretch.endMs - stretch.startMs;
}
