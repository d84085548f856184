/**
 * Which counters does a report for people list? Those that no table has instead, and of one with very
 * many series their sums. JSON and CSV have all of them.
 * @module
 */

import { parseFigure } from "../judge/figure.ts";
import { tagsMatch } from "../measure/series_key.ts";
import type { CounterSummary } from "../measure/summary.ts";
import type { Report } from "./report.ts";

/** Of one name; more are not read. */
const MOST_SERIES = 20;

export function listedCounters(
  { manifest, summary }: Pick<Report, "manifest" | "summary">,
): CounterSummary[] {
  const tabled = manifest.tables.flatMap(({ rows, columns }) =>
    rows.by === "tag" && rows.isOnlyHere === true
      ? columns.map(({ figure }) => ({ ...parseFigure(figure), tag: rows.tag }))
      : []
  );
  const left = summary.counters.filter(({ name, tags }) =>
    !tabled.some(({ metric, tag, tags: asked }) =>
      metric === name && tags?.[tag] !== undefined && tagsMatch(asked, tags)
    )
  );
  const byName = Map.groupBy(left, ({ name }) => name);
  return [...byName.values()].flatMap((series) => summedUp(withoutBareZero(series)));
}

/** That nothing came is the answer only where nothing came: beside what did, it reads as a total. */
function withoutBareZero(series: readonly CounterSummary[]): readonly CounterSummary[] {
  if (series.length === 1) return series;
  return series.filter(({ tags, total }) => tags !== undefined || total !== 0);
}

/** Where there are too many, those that differ in the tag of the most values are one. */
function summedUp(series: readonly CounterSummary[]): readonly CounterSummary[] {
  if (series.length <= MOST_SERIES) return series;
  const values = new Map<string, Set<string>>();
  for (const [tag, value] of series.flatMap(({ tags = {} }) => Object.entries(tags))) {
    values.set(tag, (values.get(tag) ?? new Set()).add(value));
  }
  const [[most] = [""]] = [...values].sort(([, one], [, other]) => other.size - one.size);
  const groups = Map.groupBy(series, ({ tags }) => JSON.stringify({ ...tags, [most]: "" }));
  return [...groups.values()].map((group) => {
    const [first] = group as [CounterSummary];
    const sum = (of: (one: CounterSummary) => number) =>
      group.reduce((total, one) => total + of(one), 0);
    return {
      ...first,
      tags: { ...first.tags, [most]: `all ${group.length}` },
      total: sum(({ total }) => total),
      ratePerSec: sum(({ ratePerSec }) => ratePerSec),
    };
  });
}
