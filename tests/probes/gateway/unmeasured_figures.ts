/** What a probe is judged by and shows, and does not measure. */

import { formatFigure, parseFigure, termsOf } from "../../../core/judge/figure.ts";
import { parseThreshold } from "../../../core/judge/threshold.ts";
import { namesOf } from "../../../core/run/measures.ts";
import { frameMeasures } from "../../../probes/gateway/frame/frame_measures.ts";
import type { GatewayProbe } from "../../../probes/gateway/frame/gateway_probe.ts";

/** Figures of its thresholds, signs and columns. @param others what is measured and not declared */
export function unmeasuredFigures(probe: GatewayProbe, ...others: readonly string[]): string[] {
  const known = new Set([
    ...namesOf(frameMeasures(["a/gw"])),
    ...namesOf(probe.measures(["a/gw"])),
    ...others,
  ]);
  const figures = [
    ...probe.defaultThresholds.map((text) => parseThreshold(text).figure),
    ...(probe.causes ?? []).map(({ sign }) => parseThreshold(sign).figure),
    ...(probe.tables ?? []).flatMap(({ columns }) =>
      columns.map(({ figure }) => parseFigure(figure))
    ),
  ];
  return figures.filter((figure) => termsOf(figure).some(({ metric }) => !known.has(metric)))
    .map(formatFigure);
}
