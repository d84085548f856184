/** Which counters does a report for people list? Those that no table has instead. @module */

import { parseFigure } from "../judge/figure.ts";
import { tagsMatch } from "../measure/series_key.ts";
import type { CounterSummary } from "../measure/summary.ts";
import type { Report } from "./report.ts";

export function listedCounters(
  { manifest, summary }: Pick<Report, "manifest" | "summary">,
): CounterSummary[] {
  const tabled = manifest.tables.flatMap(({ rows, columns }) =>
    rows.by === "tag" && rows.isOnlyHere === true
      ? columns.map(({ figure }) => ({ ...parseFigure(figure), tag: rows.tag }))
      : []
  );
  return summary.counters.filter(({ name, tags }) =>
    !tabled.some(({ metric, tag, tags: asked }) =>
      metric === name && tags?.[tag] !== undefined && tagsMatch(asked, tags)
    )
  );
}
