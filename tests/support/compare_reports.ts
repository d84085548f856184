/**
 * Reports of made-up runs with just the figures that a comparison looks at. Tests only.
 * @module
 */

import type { DistributionStats, OperationSummary } from "../../core/measure/summary.ts";
import type { OperationPoint, Report, Series } from "../../core/report/report.ts";
import type { Manifest } from "../../core/run_log/manifest.ts";

/** The figures of one operation, `request` unless said. */
export interface RunFigures {
  readonly op?: string;
  readonly tags?: Record<string, string>;
  readonly ratePerSec?: number;
  readonly ok?: number;
  readonly failed?: number;
  readonly dropped?: number;
  /** service p50; p90, p99 and max are 2, 3 and 4 times it, response times twice the service times. */
  readonly serviceMs?: number;
  /** One point a second: rate and service p50 (the other percentiles follow as above). */
  readonly seconds?: readonly { ratePerSec: number; serviceMs: number | null }[];
}

/** What is not about an operation. */
export interface RunSetting {
  readonly runId?: string;
  readonly manifest?: Partial<Manifest>;
  readonly validity?: Report["validity"];
  readonly end?: Report["end"];
  readonly measuredMs?: number;
  readonly counters?: Report["summary"]["counters"];
  readonly gauges?: Report["summary"]["gauges"];
  readonly distributions?: Report["summary"]["distributions"];
  readonly series?: Partial<Series>;
}

/** A sound run of 60 s with no warm-up. */
export function fakeReport(
  operations: RunFigures | readonly RunFigures[],
  setting: RunSetting = {},
): Report {
  const list: readonly RunFigures[] = Array.isArray(operations) ? operations : [operations];
  return {
    schemaVersion: 1,
    manifest: { ...MANIFEST, runId: setting.runId ?? "run", ...setting.manifest },
    verdict: "pass",
    exitCode: 0,
    findings: [],
    validity: setting.validity ?? { level: "valid", reasons: [] },
    arrivals: null,
    warnings: [],
    changes: [],
    marks: [],
    end: setting.end === undefined ? { reason: "duration", atMs: 60_000 } : setting.end,
    summary: {
      measuredMs: setting.measuredMs ?? 60_000,
      operations: list.map(operationSummary),
      distributions: setting.distributions ?? [],
      counters: setting.counters ?? [],
      gauges: setting.gauges ?? [],
    },
    stages: [],
    ladder: null,
    climb: null,
    tables: [],
    generators: [],
    percentileCurves: [],
    series: {
      operations: list.filter(({ seconds }) => seconds !== undefined).map((figures) => ({
        op: keyOf(figures),
        points: (figures.seconds ?? []).map(operationPoint),
      })),
      counters: [],
      gauges: [],
      ...setting.series,
    },
  };
}

/** Stats whose p50 is `p50`, and p90, p99 and max 2, 3 and 4 times it. */
export function fakeStats(p50: number, count = 1_000): DistributionStats {
  const rest = { p75: p50, p95: 2 * p50, "p99.9": null, "p99.99": null, hdr: "" };
  return {
    count,
    min: p50,
    mean: p50,
    max: 4 * p50,
    p50,
    p90: 2 * p50,
    p99: count < 100 ? null : 3 * p50,
    ...rest,
  };
}

const MANIFEST: Manifest = {
  schemaVersion: 1,
  runId: "run",
  command: "httperf",
  tool: { name: "scaletool", version: "0.1.0", runtime: "deno 2.9.6", os: "linux", arch: "x86_64" },
  host: { name: "bastion", cpus: 2, memoryBytes: 4e9 },
  startedAt: "2026-01-01T00:00:00Z",
  target: "https://127.0.0.1:8443",
  facts: {},
  mainOperation: "request",
  model: "closed, 4 workers",
  seed: 1,
  rng: "xoshiro128**",
  warmUpMs: 0,
  durationMs: 60_000,
  targetRatePerSec: null,
  measures: [],
  isStaged: false,
  invariants: [],
  isSimulated: false,
  weighsChance: false,
  k6: null,
  classes: [],
  causes: [],
  tables: [],
  ladder: null,
  generators: null,
  thresholds: [],
  flags: { "block-size": { value: "500", source: "default" } },
  labels: {},
};

function keyOf({ op = "request", tags }: RunFigures): string {
  const pairs = Object.entries(tags ?? {}).map(([key, value]) => `${key}="${value}"`);
  return pairs.length === 0 ? op : `${op}{${pairs.join(",")}}`;
}

function operationSummary(figures: RunFigures): OperationSummary {
  const { op = "request", tags, ratePerSec = 100, ok = 6_000, failed = 0, dropped = 0 } = figures;
  const { serviceMs = 10 } = figures;
  return {
    op,
    tags,
    total: ok + failed + dropped,
    ok,
    failed,
    dropped,
    cancelled: 0,
    failures: failed > 0 ? { timeout: failed } : {},
    ratePerSec,
    service: ok === 0 ? null : fakeStats(serviceMs, ok),
    response: ok === 0 ? null : fakeStats(2 * serviceMs, ok),
    lag: null,
  };
}

function operationPoint(
  { ratePerSec, serviceMs }: { ratePerSec: number; serviceMs: number | null },
  second: number,
): OperationPoint {
  const times = (factor: number) => serviceMs === null ? null : factor * serviceMs;
  return {
    startMs: second * 1_000,
    endMs: (second + 1) * 1_000,
    ok: ratePerSec,
    failed: 0,
    dropped: 0,
    ratePerSec,
    serviceP50Ms: times(1),
    serviceP99Ms: times(3),
    responseP50Ms: times(2),
    responseP99Ms: times(6),
    responseMaxMs: times(8),
  };
}
