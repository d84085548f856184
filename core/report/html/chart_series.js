/**
 * What do the charts of the HTML report and of the live page show? Turns a report into uPlot's columns
 * and its figures into text. Runs in the browser before charts.js; never draws.
 * @module
 */

/** As many points as a report has at most; keeps a long run with a few short bursts quick to draw. */
const MOST_IDLE_POINTS = 600;

const small = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 3 });
const large = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

function formatNumber(value) {
  return Math.abs(value) < 1000 ? small.format(value) : large.format(value);
}

function formatBytes(value) {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let index = 0;
  while (Math.abs(value) >= 999.5 && index < units.length - 1) {
    value /= 1000;
    index++;
  }
  return `${small.format(value)} ${units[index]}`;
}

function formatValue(value, unit) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (unit === "bytes") return formatBytes(value);
  return unit === "ratio" ? `${formatNumber(value * 100)} %` : formatNumber(value);
}

/** 7.5 -> "7.5 s", 75 -> "1:15", 3700 -> "1:01:40". */
function formatSeconds(seconds) {
  if (seconds < 60) return `${small.format(seconds)} s`;
  const whole = Math.round(seconds);
  const two = (number) => String(number).padStart(2, "0");
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}:${two(whole % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)}`;
}

/** x = 1 / (1 - p) as the percentile it stands for: 2 -> "50 %", 1000 -> "99.9 %". */
function formatPercentile(x) {
  const digits = Math.max(0, Math.ceil(Math.log10(x)));
  return `${Number((100 - 100 / x).toFixed(digits))} %`;
}

/** Each point stands in the middle of its interval, in seconds. */
function timesOf(points) {
  return points.map(({ startMs, endMs }) => (startMs + endMs) / 2000);
}

/**
 * The points with those that the report leaves out because nothing happened: `idle` says what they
 * hold. Without them a line would be drawn straight across a pause.
 */
function withIdle(report, points, idle) {
  const endMs = report.end?.atMs ?? points.at(-1).endMs;
  const longestMs = Math.max(...points.map((point) => point.endMs - point.startMs));
  const stepMs = Math.max(1, longestMs, endMs / MOST_IDLE_POINTS);
  const filled = [];
  let reachedMs = 0;
  const fillTo = (untilMs) => {
    for (; untilMs - reachedMs > stepMs / 2; reachedMs += stepMs) {
      filled.push({ ...idle, startMs: reachedMs, endMs: Math.min(untilMs, reachedMs + stepMs) });
    }
  };
  for (const point of points) {
    fillTo(point.startMs);
    filled.push(point);
    reachedMs = point.endMs;
  }
  fillTo(endMs);
  return filled;
}

/** What was asked for at that time: the last that was, nothing in a pause. */
function targetAt({ changes, manifest: { targetRatePerSec } }, ms) {
  if (changes.some(({ atMs, untilMs }) => untilMs !== null && atMs <= ms && ms < untilMs)) return 0;
  const last = changes.findLast(({ atMs, change }) => change.kind === "rate" && atMs <= ms);
  return last === undefined ? targetRatePerSec : last.change.ratePerSec;
}

function rateChart(report, { indexes: [index] }) {
  const points = withIdle(report, report.series.operations[index].points, {
    ratePerSec: 0,
    failed: 0,
    dropped: 0,
  });
  const perSec = (key) => points.map((p) => p[key] * 1000 / Math.max(1, p.endMs - p.startMs));
  const columns = [timesOf(points), points.map((p) => p.ratePerSec)];
  const series = [{ label: "finished", color: "--series-1", width: 2 }];
  if (report.manifest.targetRatePerSec !== null && report.series.operations.length === 1) {
    columns.push(points.map((p) => targetAt(report, (p.startMs + p.endMs) / 2)));
    series.push({ label: "target", color: "--muted", dash: [2, 4] });
  }
  columns.push(perSec("failed"), perSec("dropped"));
  series.push({ label: "failed", color: "--series-fail", rare: true });
  series.push({ label: "dropped", color: "--series-dropped", rare: true, dash: [6, 3] });
  return { columns, series };
}

/** Service comes last and is dashed, so that both views are seen where they are equal. */
const LATENCIES = [
  { key: "responseP99Ms", label: "response p99", color: "--series-2", width: 2 },
  { key: "responseP50Ms", label: "response p50", color: "--series-2", width: 1 },
  { key: "serviceP99Ms", label: "service p99", color: "--series-1", width: 2, dash: [6, 4] },
  { key: "serviceP50Ms", label: "service p50", color: "--series-1", width: 1, dash: [6, 4] },
];
const LATENCY_MAX = { key: "responseMaxMs", label: "response max", color: "--muted", width: 1 };

function latencyChart(report, { indexes: [index] }) {
  const points = withIdle(report, report.series.operations[index].points, {
    serviceP50Ms: null,
    serviceP99Ms: null,
    responseP50Ms: null,
    responseP99Ms: null,
    responseMaxMs: null,
  });
  // At low rates a point holds too few values for a p99; then its maximum has to tell of the tail.
  const lacksP99 = points.some((p) => p.responseP99Ms === null && p.responseMaxMs !== null);
  const series = lacksP99 ? [LATENCY_MAX, ...LATENCIES] : LATENCIES;
  return {
    columns: [timesOf(points), ...series.map(({ key }) => points.map((point) => point[key]))],
    series,
  };
}

function byName(series) {
  return series.sort((one, other) => one.name.localeCompare(other.name, "en", { numeric: true }));
}

function percentilesChart(report, { indexes, title }) {
  // By name, response comes before service, which is dashed: both are seen where they are equal.
  const curves = byName(indexes.map((index) => report.percentileCurves[index]));
  // 100 % has no place on this axis: it would be infinitely far right. The tables have the maximum.
  const tables = curves.map(({ points }) => {
    const finite = points.filter(({ percentile }) => percentile < 100);
    return [finite.map((p) => 1 / (1 - p.percentile / 100)), finite.map((p) => p.ms)];
  });
  return {
    columns: uPlot.join(tables),
    series: curves.map(({ name }, at) => {
      const view = name.startsWith(`${title} `) ? name.slice(title.length + 1) : name;
      const color = { response: "--series-2", service: "--series-1" }[view];
      return {
        label: view,
        color: color ?? `--series-${at % 6 + 1}`,
        width: 2,
        ...(view === "service" ? { dash: [6, 4] } : {}),
      };
    }),
  };
}

function valuesChart(kind, report, { indexes, title }) {
  // A counter that nothing was added to stood still; what a gauge showed meanwhile nobody knows.
  const idle = { value: kind === "counters" ? 0 : null };
  const all = byName(indexes.map((index) => report.series[kind][index]))
    .map(({ name, points }) => ({ name, points: withIdle(report, points, idle) }));
  return {
    columns: uPlot.join(all.map(({ points }) => [timesOf(points), points.map((p) => p.value)])),
    series: all.map(({ name }, at) => ({
      label: name.startsWith(`${title}{`) ? name.slice(title.length) : name,
      color: `--series-${at % 6 + 1}`,
      width: 1.5,
    })),
  };
}

/** Two inlined scripts cannot import from one another; this is all that charts.js takes from here. */
globalThis.chartSeries = {
  formatValue,
  formatSeconds,
  formatPercentile,
  byKind: {
    rate: rateChart,
    latency: latencyChart,
    percentiles: percentilesChart,
    counters: (report, chart) => valuesChart("counters", report, chart),
    gauges: (report, chart) => valuesChart("gauges", report, chart),
  },
};
