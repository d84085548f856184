/**
 * A stage as k6 sums up a test, for programs that read that: requests, their times, how many were well.
 * Times of a request are its service times, of an iteration its response times.
 * Sources: grafana/k6, internal/js/summary-wrapper.js (flat and nested), internal/js/summary.go (v1).
 * @module
 */

import { k6File, type K6Spec } from "../judge/k6_spec.ts";
import type { Histogram } from "../measure/histogram.ts";
import type { OperationTotals } from "../measure/operation_totals.ts";
import { US_PER_MS } from "../measure/recorder.ts";
import type { Totals } from "../measure/totals.ts";
import type { RunFigures } from "./run_figures.ts";

type Values = Readonly<Record<string, number>>;

interface Metric {
  readonly name: string;
  readonly type: "counter" | "gauge" | "rate" | "trend";
  /** `time` is in ms. */
  readonly contains: "default" | "time";
  readonly values: Values;
}

/** Name of the file, and its text, of each stage that has a level and was judged. */
export function k6Summaries(
  { manifest: { k6, mainOperation }, stages }: RunFigures,
): { readonly name: string; readonly text: string }[] {
  if (k6 === null) return [];
  const files = new Map<string, string>();
  for (const { stage: { kind, level }, totals } of stages) {
    const operation = totals.operation(mainOperation);
    if (kind !== "measured" || level === null || operation === undefined) continue;
    // The last one of a level that was climbed again.
    files.set(k6File(k6, level), renderK6Summary(metricsOf(operation, { k6, totals, level }), k6));
  }
  return [...files].map(([name, text]) => ({ name, text }));
}

function metricsOf(
  operation: OperationTotals,
  { k6: { counters }, totals: { durationMs }, level }: {
    k6: K6Spec;
    totals: Pick<Totals, "durationMs">;
    level: number;
  },
): Metric[] {
  const { finished, ok, failedCount, dropped, failed } = operation;
  const counted = (name: string, count: number): Metric => ({
    name,
    type: "counter",
    contains: "default",
    values: { count, rate: durationMs > 0 ? 1_000 * count / durationMs : 0 },
  });
  const own = Object.entries(counters).map(([name, reasons]) =>
    counted(name, reasons.reduce((sum, reason) => sum + (failed[reason] ?? 0), 0))
  );
  return [
    counted("http_reqs", finished),
    trend("http_req_duration", operation.service),
    rate("http_req_failed", failedCount, finished),
    rate("success_rate", ok, finished),
    counted("iterations", finished),
    trend("iteration_duration", operation.response),
    trend("response_time", operation.service),
    counted("dropped_iterations", dropped),
    {
      name: "vus",
      type: "gauge",
      contains: "default",
      values: { value: level, min: level, max: level },
    },
    ...own,
  ];
}

function rate(name: string, passes: number, of: number): Metric {
  const share = of === 0 ? 0 : passes / of;
  return {
    name,
    type: "rate",
    contains: "default",
    values: { rate: share, passes, fails: of - passes },
  };
}

function trend(name: string, histogram: Histogram): Metric {
  const ms = (us: number) => us / US_PER_MS;
  const values = histogram.count === 0
    ? { avg: 0, min: 0, med: 0, max: 0, "p(90)": 0, "p(95)": 0 }
    : {
      avg: ms(histogram.mean),
      min: ms(histogram.min),
      med: ms(histogram.valueAt(0.5)),
      max: ms(histogram.max),
      "p(90)": ms(histogram.valueAt(0.9)),
      "p(95)": ms(histogram.valueAt(0.95)),
    };
  return { name, type: "trend", contains: "time", values };
}

function renderK6Summary(metrics: readonly Metric[], { shape }: Pick<K6Spec, "shape">): string {
  return JSON.stringify(shape === "v1" ? versioned(metrics) : byName(metrics, shape), null, 2) +
    "\n";
}

function byName(metrics: readonly Metric[], shape: "flat" | "nested" | "both"): unknown {
  const shaped = (metric: Metric) => {
    const { type, contains, values } = metric;
    const flat = flatValues(metric);
    if (shape === "flat") return flat;
    if (shape === "nested") return { type, contains, values };
    // Whoever reads a rate calls it by either name.
    return { ...flat, type, contains, values: { ...values, ...flat } };
  };
  return { metrics: Object.fromEntries(metrics.map((metric) => [metric.name, shaped(metric)])) };
}

/** A rate is called a value there. */
function flatValues({ type, values }: Metric): Values {
  if (type !== "rate") return values;
  const { rate = 0, ...others } = values;
  return { value: rate, ...others };
}

function versioned(metrics: readonly Metric[]): unknown {
  return { version: "1.0.0", results: { metrics, checks: [] } };
}
