/**
 * Which part of an interval does a figure need? Its own series alone, merged over the tags that it
 * does not name, with no other times than its own: then totals of many windows take as little memory
 * as one histogram each. Never takes a figure out of anything.
 * @module
 */

import type { Interval } from "../measure/interval.ts";
import type { Tags } from "../measure/sample.ts";
import { tagsMatch } from "../measure/series_key.ts";
import { type Figure, type FigureTerm, termsOf, timeViewOf } from "./figure.ts";

/** Takes out of intervals what `evaluate` needs of them for this figure, and nothing else. */
export function pickerOf(figure: Figure): (interval: Interval) => Interval {
  const metrics = new Map(
    [...Map.groupBy(termsOf(figure), ({ metric }) => metric)].map(([metric, terms]) =>
      [metric, new Metric(terms)] as const
    ),
  );
  /** The series that the figure sees under this name, with the tags by which it tells them apart. */
  const seen = <S extends { readonly tags?: Tags | undefined }>(
    series: readonly S[],
    nameOf: (one: S) => string,
  ): S[] =>
    series.flatMap((one) => {
      const metric = metrics.get(nameOf(one));
      return metric?.has(one.tags) ? [{ ...one, tags: metric.ownTags(one.tags) }] : [];
    });
  const nameOf = ({ name }: { readonly name: string }) => name;
  return (interval) => ({
    ...interval,
    operations: seen(interval.operations, ({ op }) => op).map((operation) => ({
      ...operation,
      ...metrics.get(operation.op)?.withoutTimes,
    })),
    distributions: seen(interval.distributions, nameOf),
    counters: [
      ...seen(interval.counters, nameOf),
      // Said of all series of the metric, whatever their tags.
      ...interval.counters.filter(({ name, tags, value }) =>
        value === 0 && tags === undefined && metrics.get(name)?.has(tags) === false
      ),
    ],
    gauges: seen(interval.gauges, nameOf),
  });
}

/** What a figure's terms about one metric see of it. */
class Metric {
  readonly #terms: readonly FigureTerm[];
  readonly #keys: readonly string[];
  /** To leave out of an operation the times that no term needs. */
  readonly withoutTimes: Readonly<Partial<Record<"service" | "response" | "lag", undefined>>>;

  constructor(terms: readonly FigureTerm[]) {
    this.#terms = terms;
    this.#keys = [...new Set(terms.flatMap(({ tags }) => Object.keys(tags)))];
    const views = terms.map(timeViewOf);
    this.withoutTimes = Object.fromEntries(
      (["service", "response", "lag"] as const)
        .filter((view) => !views.includes(view))
        .map((view) => [view, undefined]),
    );
  }

  has(tags: Tags | undefined): boolean {
    return this.#terms.some((term) => tagsMatch(term.tags, tags));
  }

  ownTags(tags: Tags | undefined): Tags | undefined {
    const own = this.#keys.flatMap((key) => {
      const value = tags?.[key];
      return value === undefined ? [] : [[key, value] as const];
    });
    return own.length === 0 ? undefined : Object.fromEntries(own);
  }
}
