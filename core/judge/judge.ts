/**
 * Did the run hold what was asked of it? Folds intervals as they are measured and says pass, fail
 * or inconclusive for each threshold at the end. Pure: no clock, no I/O; no data is never a pass.
 * @module
 */

import type { Interval } from "../measure/interval.ts";
import { seriesKey, tagsMatch } from "../measure/series_key.ts";
import type { Totals } from "../measure/totals.ts";
import type { Tags } from "../measure/sample.ts";
import type { FigureTerm } from "./figure.ts";
import type { Finding, Judged } from "./finding.ts";
import { exactDuration, formatLimit, formatObserved } from "./limit.ts";
import { didYouMean } from "../nearest.ts";
import { type Answer, type AnswerOptions, type Question, questionOf } from "./question.ts";
import { formatThreshold, type Threshold } from "./threshold.ts";
import { unfitText, type Validity } from "./validity.ts";

/** Most names that a reason lists. */
const NAMES_SHOWN = 10;

/** Which answers are asked for, and when. */
export interface JudgedOptions extends AnswerOptions {
  /** The canonical text of the only threshold that is to be answered. @default all of them */
  readonly only?: string;
}

/**
 * Judges a run against thresholds. Holds one histogram a threshold, and for a threshold with
 * windows those of one window, however long the run is.
 */
export class Judge {
  readonly #questions: readonly Question[];
  readonly #seen: SeenSeries;
  readonly #totals: Totals | undefined;

  /**
   * @param options `measures`: names that the run can have, whether or not anything comes; `totals`:
   * to which the caller adds the same intervals for itself, so that not all is folded twice;
   * `weighChance`: those thresholds of which what chance may have decided is no answer
   */
  constructor(
    thresholds: readonly Threshold[],
    { measures = [], totals, weighChance = () => false }: {
      measures?: readonly string[];
      totals?: Totals;
      weighChance?: (threshold: Threshold) => boolean;
    } = {},
  ) {
    this.#questions = thresholds.map((threshold) =>
      questionOf(threshold, { totals, weighsChance: weighChance(threshold) })
    );
    this.#seen = new SeenSeries(measures);
    this.#totals = totals;
  }

  /** Takes the next interval, in order of time; several may cover the same time, one per thread. */
  add(interval: Interval): void {
    if (interval.phase === "warmup") return;
    if (this.#totals === undefined) this.#seen.add(interval);
    for (const question of this.#questions) {
      if (interval.startMs >= question.threshold.afterMs) question.add(interval);
    }
  }

  /** One finding per threshold, in their order; see {@link Judge.judged}. */
  findings(validity: Validity): Finding[] {
    return this.judged(validity).map(({ finding }) => finding);
  }

  /**
   * Each threshold with its answer, in their order; call it after the last interval, or say that
   * they are answers so far.
   * With an invalid generator nothing passes, and only what no weakness of it can explain away
   * still fails: more failures or drops than allowed.
   */
  judged(validity: Validity, { only, ...options }: JudgedOptions = {}): Judged[] {
    const asked = only === undefined
      ? this.#questions
      : this.#questions.filter(({ threshold }) => formatThreshold(threshold) === only);
    return asked.map((question) => {
      const { threshold } = question;
      const absence = options.isSoFar
        ? ({ metric }: FigureTerm) => `there is nothing of ${metric} so far`
        : (term: FigureTerm) => this.#absenceOf(term, threshold);
      const answer = question.answer(absence, options);
      const { observed, verdict, reason, mayBeChance } = weighed(answer, { threshold, validity });
      const finding = {
        subject: threshold.source,
        verdict,
        observed: observed === null ? null : formatObserved(observed, threshold.limit),
        limit: formatLimit(threshold.limit),
        reason,
      };
      return { threshold, finding, observed, mayBeChance };
    });
  }

  #absenceOf(term: FigureTerm, threshold: Threshold): string {
    if (this.#totals !== undefined) this.#seen.addTotals(this.#totals);
    return this.#seen.absenceOf(term, threshold);
  }
}

/** The answer as far as the generator can be trusted with it. */
function weighed(
  answer: Answer,
  { threshold, validity }: { threshold: Threshold; validity: Validity },
): Answer {
  if (validity.level !== "invalid" || answer.verdict === "inconclusive") return answer;
  if (answer.verdict === "fail" && isExcessOfFailures(answer, threshold)) return answer;
  return { ...answer, verdict: "inconclusive", reason: unfitText(validity) };
}

/** A failure is a failure and a drop is a drop, whatever the generator's state; too few are not. */
function isExcessOfFailures({ observed }: Answer, { figure, limit }: Threshold): boolean {
  const { view, stat, per } = figure;
  if (observed === null || per !== null || (stat.kind !== "count" && stat.kind !== "ratio")) {
    return false;
  }
  if (view === "failed" || view === "dropped") return observed > limit.value;
  return view === "ok" && stat.kind === "ratio" && observed < limit.value;
}

/** Which series a run has, for telling why a threshold found none. */
class SeenSeries {
  readonly #byName = new Map<string, Map<string, Tags | undefined>>();
  readonly #operations = new Set<string>();
  readonly #measures: ReadonlySet<string>;

  constructor(measures: readonly string[]) {
    this.#measures = new Set(measures);
  }

  add({ operations, distributions, counters, gauges }: Interval): void {
    this.#addSeries(operations, [distributions, counters, gauges]);
  }

  addTotals({ operations, distributions, counters, gauges }: Totals): void {
    const others = [distributions.values(), counters.values(), gauges.values()];
    this.#addSeries(operations.values(), others);
  }

  /** Why there was nothing to judge, as one sentence. */
  absenceOf({ metric, tags, view }: FigureTerm, { afterMs }: Pick<Threshold, "afterMs">): string {
    if (this.#byName.size === 0) return "nothing was measured";
    const series = this.#byName.get(metric);
    if (series === undefined && this.#measures.has(metric)) return `${metric} has no values`;
    if (series === undefined) {
      const names = [...new Set([...this.#byName.keys(), ...this.#measures])].sort();
      return `no metric is called "${metric}"${didYouMean(metric, names)}; ` +
        `there are ${listed(names)}`;
    }
    if (view !== null && !this.#operations.has(metric)) {
      return `${metric} is no operation: it has no ${view} side, leave out ".${view}"`;
    }
    if ([...series.values()].some((seen) => tagsMatch(tags, seen))) {
      return `${seriesKey(metric, tags)} has no values after ${exactDuration(afterMs)}`;
    }
    return `no series is ${seriesKey(metric, tags)}; there are ${
      listed([...series.keys()].sort())
    }`;
  }

  #addSeries(
    operations: Iterable<{ readonly op: string; readonly tags?: Tags | undefined }>,
    others: Iterable<Iterable<{ readonly name: string; readonly tags?: Tags | undefined }>>,
  ): void {
    for (const { op, tags } of operations) {
      this.#operations.add(op);
      this.#note(op, tags);
    }
    for (const kind of others) for (const { name, tags } of kind) this.#note(name, tags);
  }

  #note(name: string, tags: Tags | undefined): void {
    let series = this.#byName.get(name);
    if (series === undefined) this.#byName.set(name, series = new Map());
    series.set(seriesKey(name, tags), tags);
  }
}

function listed(names: readonly string[]): string {
  const more = names.length - NAMES_SHOWN;
  const shown = names.slice(0, NAMES_SHOWN).join(", ");
  return more > 0 ? `${shown} and ${more} more` : shown;
}
