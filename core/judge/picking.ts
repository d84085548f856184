/**
 * Which part of an interval does a figure need? Its own series alone, merged over the tags that it
 * does not name, with no other times than its own: then totals of many windows take as little memory
 * as one histogram each. Never takes a figure out of anything.
 * @module
 */

import { ownValue, setOwnValue } from "../named_values.ts";
import type { Interval, OperationInterval } from "../measure/interval.ts";
import type { Tags } from "../measure/sample.ts";
import { tagsMatch } from "../measure/series_key.ts";
import { type Figure, type FigureTerm, termsOf, timeViewOf } from "./figure.ts";
import { TIME_VIEWS, type TimeView } from "./threshold_words.ts";

/** Takes out of intervals what `evaluate` needs of them for this figure, and nothing else. */
export function pickerOf(figure: Figure): (interval: Interval) => Interval {
  const metrics = [...Map.groupBy(termsOf(figure), ({ metric }) => metric)]
    .map(([name, terms]) => new Metric(name, terms));
  return (interval) => {
    const picked: Interval = {
      ...interval,
      operations: [],
      distributions: [],
      counters: [],
      gauges: [],
    };
    for (const metric of metrics) metric.pick(interval, picked);
    return picked;
  };
}

/** What a figure's terms about one metric see of it. */
class Metric {
  readonly #name: string;
  readonly #terms: readonly FigureTerm[];
  /** Tags by which they tell its series apart. */
  readonly #keys: readonly string[];
  /** Leaves out of an operation the times that no term needs. */
  readonly #withoutTimes: Pick<OperationInterval, TimeView>;

  constructor(name: string, terms: readonly FigureTerm[]) {
    this.#name = name;
    this.#terms = terms;
    this.#keys = [...new Set(terms.flatMap(({ tags }) => Object.keys(tags)))];
    const views = terms.map(timeViewOf);
    const notNeeded = TIME_VIEWS.filter((view) => !views.includes(view));
    this.#withoutTimes = Object.fromEntries(notNeeded.map((view) => [view, undefined]));
  }

  pick(from: Interval, to: Interval): void {
    for (const operation of from.operations) {
      if (operation.op !== this.#name || !this.#has(operation.tags)) continue;
      const tags = this.#ownTags(operation.tags);
      to.operations.push({ ...operation, ...this.#withoutTimes, tags });
    }
    this.#pickNamed(from.distributions, to.distributions);
    this.#pickNamed(from.counters, to.counters);
    this.#pickNamed(from.gauges, to.gauges);
    for (const counter of from.counters) {
      const { name, tags, value } = counter;
      // Said of all series of the metric, whatever their tags.
      const isOfAll = name === this.#name && tags === undefined && value === 0;
      if (isOfAll && !this.#has(tags)) to.counters.push(counter);
    }
  }

  #pickNamed<S extends { readonly name: string; tags?: Tags | undefined }>(
    from: readonly S[],
    to: S[],
  ): void {
    for (const series of from) {
      if (series.name !== this.#name || !this.#has(series.tags)) continue;
      to.push({ ...series, tags: this.#ownTags(series.tags) });
    }
  }

  #has(tags: Tags | undefined): boolean {
    return this.#terms.some((term) => tagsMatch(term.tags, tags));
  }

  #ownTags(tags: Tags | undefined): Tags | undefined {
    const own: Record<string, string> = {};
    for (const key of this.#keys) {
      const value = tags === undefined ? undefined : ownValue(tags, key);
      if (value !== undefined) setOwnValue(own, key, value);
    }
    return Object.keys(own).length === 0 ? undefined : own;
  }
}
