/**
 * One realistic run, made the way a real one is (samples -> Recorder -> intervals -> Totals ->
 * summary), for the tests of all reporters. The same on every machine: no clock, no chance.
 *
 * The story: 200 requests a second over two connections for 12 s, the first 2 s warm-up. In second
 * 7 the generator stands still for 300 ms, so that response times (from the due time) and service
 * times tell different stories. Some requests fail, some are dropped.
 * @module
 */

import { loadStages } from "../../core/measure/stage.ts";
import type { Finding } from "../../core/judge/finding.ts";
import type { Interval } from "../../core/measure/interval.ts";
import { arrivalRate } from "../../core/judge/arrival_rate.ts";
import { Recorder } from "../../core/measure/recorder.ts";
import type { Outcome } from "../../core/measure/sample.ts";
import { summarize, type Summary } from "../../core/measure/summary.ts";
import { Totals } from "../../core/measure/totals.ts";
import { type Report, SCHEMA_VERSION } from "../../core/report/report.ts";
import { percentileCurve, SeriesBuilder } from "../../core/report/series.ts";
import type { Manifest } from "../../core/run_log/manifest.ts";
import type { Warning } from "../../core/run_log/record.ts";
import { formatDuration } from "../../core/units.ts";

const WARM_UP_MS = 2_000;
const DURATION_MS = 12_000;
/** The last requests are cut off then. */
const END_MS = 12_040;
const RATE_PER_SEC = 200;
const PAUSE = { fromMs: 7_000, toMs: 7_300 };
const BLOCK_BYTES = 65_536;

/** What was asked of the sample run. */
export const SAMPLE_MANIFEST: Manifest = {
  schemaVersion: 1,
  runId: "httperf-20260314-092653-k7q2",
  command: "httperf client",
  tool: {
    name: "scaletool",
    version: "0.1.0",
    runtime: "deno 2.9.6",
    os: "linux",
    arch: "x86_64",
  },
  host: { name: "bastion-1", cpus: 2, memoryBytes: 8_589_934_592 },
  startedAt: "2026-03-14T09:26:53.589Z",
  target: "https://127.0.0.1:8443",
  facts: {},
  mainOperation: "request",
  model: "open, constant 200/s, at most 64 in flight, drop when full",
  seed: 42,
  rng: "xoshiro128** 1.1 / splitmix32",
  warmUpMs: WARM_UP_MS,
  durationMs: DURATION_MS,
  targetRatePerSec: RATE_PER_SEC,
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
  thresholds: [
    "request.response.p99 < 50ms",
    "request.service.p99 < 50ms",
    "request.response.p99.99 < 1s",
  ],
  flags: {
    url: { value: "https://127.0.0.1:8443", source: "flag" },
    rate: { value: "200", source: "plan" },
    duration: { value: "12s", source: "flag" },
    token: { value: "***", source: "env" },
    connections: { value: "2", source: "default" },
  },
  labels: { purpose: "sample" },
};

/** Evenly spread over (0, 1), the same on every machine; `stream` shifts the sequence. */
function spread(index: number, stream: number): number {
  const golden = (index + 1) * 0.618033988749895 + stream * 0.414213562373095;
  return golden - Math.floor(golden);
}

/** Exponential with a tail: most requests take 2 to 10 ms. */
function serviceMs(index: number): number {
  const tail = index % 97 === 0 ? 18 : 0;
  return Math.round((2 - 2.5 * Math.log(spread(index, 0)) + tail) * 1_000) / 1_000;
}

function outcomeOf(index: number): Outcome {
  if (index % 211 === 5) return { kind: "failed", reason: "http-503" };
  if (index % 701 === 9) return { kind: "failed", reason: "timeout" };
  if (index === 1_234) return { kind: "failed", reason: "connection-reset" };
  return index >= 2_398 ? { kind: "cancelled" } : { kind: "ok" };
}

/** Something that is recorded when it happens. */
interface Event {
  readonly atMs: number;
  record(recorder: Recorder): void;
}

function requestEvent(index: number): Event {
  const dueMs = index * 1_000 / RATE_PER_SEC;
  const isLate = dueMs >= PAUSE.fromMs && dueMs < PAUSE.toMs;
  const sentMs = isLate ? PAUSE.toMs : dueMs + spread(index, 1) * 0.4;
  if (isLate && dueMs >= PAUSE.toMs - 25) {
    const outcome = { kind: "dropped" } as const;
    const sample = { op: "request", dueMs, sentMs: dueMs, doneMs: dueMs, outcome };
    return { atMs: sentMs, record: (recorder) => recorder.record(sample) };
  }
  const doneMs = sentMs + serviceMs(index);
  const outcome = outcomeOf(index);
  return {
    atMs: doneMs,
    record(recorder) {
      recorder.record({ op: "request", dueMs, sentMs, doneMs, outcome });
      if (outcome.kind === "ok") recordResponse(recorder, { index, sentMs, doneMs });
    },
  };
}

function recordResponse(
  recorder: Recorder,
  { index, sentMs, doneMs }: { index: number; sentMs: number; doneMs: number },
): void {
  const at = { atMs: doneMs };
  recorder.observeMs("ttfb", (doneMs - sentMs) * 0.4, at);
  recorder.observeMs("gap", spread(index, 2) * 3 - 1, at);
  recorder.count("receivedBytes", BLOCK_BYTES, {
    ...at,
    tags: { connection: String(index % 2) },
  });
  recorder.count("sentBytes", 310, at);
}

/** Connections are made at the start and once more, after the pause. */
function connectEvent(index: number): Event {
  const dueMs = index < 2 ? 0 : 7_400 + index * 10;
  const doneMs = dueMs + 1.5 + index * 0.75;
  const sample = { op: "connect", dueMs, sentMs: dueMs, doneMs, outcome: { kind: "ok" } } as const;
  return { atMs: doneMs, record: (recorder) => recorder.record(sample) };
}

function gaugesEvent(second: number): Event {
  const at = { atMs: second * 1_000 + 500 };
  return {
    ...at,
    record(recorder) {
      recorder.gauge("inFlight", second === 7 ? 55 : 1 + second % 3, at);
      recorder.gauge("cpuRatio", 0.31 + 0.01 * (second % 5), at);
      recorder.gauge("rssBytes", 96_000_000 + second * 250_000, at);
    },
  };
}

function sampleEvents(): Event[] {
  const requestCount = RATE_PER_SEC * DURATION_MS / 1_000;
  return [
    ...Array.from({ length: 6 }, (_, index) => connectEvent(index)),
    ...Array.from({ length: requestCount }, (_, index) => requestEvent(index)),
    ...Array.from({ length: DURATION_MS / 1_000 }, (_, second) => gaugesEvent(second)),
  ].sort((one, other) => one.atMs - other.atMs);
}

/** The intervals of the sample run, one a second and the rest, warm-up first. */
export function sampleIntervals(): Interval[] {
  const recorder = new Recorder({ startMs: 0, stages: loadStages(WARM_UP_MS) });
  const intervals: Interval[] = [];
  let nextRotationMs = 1_000;
  for (const event of sampleEvents()) {
    while (event.atMs >= nextRotationMs) {
      intervals.push(...recorder.rotate(nextRotationMs));
      nextRotationMs += 1_000;
    }
    event.record(recorder);
  }
  return [...intervals, ...recorder.rotate(END_MS)];
}

/** The measured part of the sample run. */
export function sampleTotals(): Totals {
  const totals = new Totals();
  for (const interval of sampleIntervals()) {
    if (interval.phase === "measured") totals.add(interval);
  }
  return totals;
}

function findingsOn(summary: Summary): Finding[] {
  const request = summary.operations.find(({ op }) => op === "request");
  const observed = (ms: number | null | undefined) => formatDuration(ms ?? 0);
  return [
    {
      subject: "request.response.p99 < 50ms",
      verdict: "fail",
      observed: observed(request?.response?.p99),
      limit: "< 50ms",
      reason: `p99 of ${request?.response?.count} values is above the limit`,
    },
    {
      subject: "request.service.p99 < 50ms",
      verdict: "pass",
      observed: observed(request?.service?.p99),
      limit: "< 50ms",
      reason: "",
    },
    {
      subject: "request.response.p99.99 < 1s",
      verdict: "inconclusive",
      observed: null,
      limit: "< 1s",
      reason: `p99.99 needs 10000 values, there were ${request?.response?.count}`,
    },
  ];
}

const WARNINGS: readonly Warning[] = [
  {
    code: "tls-not-verified",
    message: "The server's certificate was not verified (--insecure): anyone could have answered",
  },
  {
    code: "one-host",
    message: "Client and server ran on the same host: they took CPU from each other",
  },
];

function curvesOf(totals: Totals): Report["percentileCurves"] {
  const curves: Report["percentileCurves"] = [];
  for (const [key, { service, response }] of totals.operations) {
    curves.push(percentileCurve(`${key} service`, service));
    curves.push(percentileCurve(`${key} response`, response));
  }
  for (const [key, { unit, histogram }] of totals.distributions) {
    if (unit === "time") curves.push(percentileCurve(key, histogram));
  }
  return curves;
}

/** The report of the sample run: one threshold fails, one holds, one cannot be judged. */
export function sampleReport(overrides: Partial<Report> = {}): Report {
  const totals = sampleTotals();
  const summary = summarize(totals);
  const series = new SeriesBuilder();
  for (const interval of sampleIntervals()) series.add(interval);
  return {
    schemaVersion: SCHEMA_VERSION,
    manifest: SAMPLE_MANIFEST,
    verdict: "fail",
    exitCode: 3,
    findings: findingsOn(summary),
    validity: {
      level: "degraded",
      reasons: ["the generator was up to 300ms late in sending (scheduling lag p99 255ms)"],
    },
    arrivals: arrivalRate(totals, {
      targetRatePerSec: RATE_PER_SEC,
      op: SAMPLE_MANIFEST.mainOperation,
      arrivalsMs: END_MS - WARM_UP_MS,
    }),
    warnings: [...WARNINGS],
    changes: [],
    marks: [{ atMs: WARM_UP_MS, label: "measured" }, { atMs: PAUSE.fromMs, label: "pause" }],
    end: { reason: "duration", atMs: END_MS },
    summary,
    stages: [],
    ladder: null,
    climb: null,
    tables: [],
    generators: [],
    percentileCurves: curvesOf(totals),
    series: series.build(),
    ...overrides,
  };
}

/** The report of a run that was killed before anything was measured, and of which nothing was asked. */
export function emptyReport(overrides: Partial<Report> = {}): Report {
  return {
    schemaVersion: SCHEMA_VERSION,
    manifest: { ...SAMPLE_MANIFEST, thresholds: [] },
    verdict: "inconclusive",
    exitCode: 4,
    findings: [],
    validity: { level: "valid", reasons: [] },
    arrivals: null,
    warnings: [],
    changes: [],
    marks: [],
    end: null,
    summary: summarize(new Totals()),
    stages: [],
    ladder: null,
    climb: null,
    tables: [],
    generators: [],
    percentileCurves: [],
    series: { operations: [], counters: [], gauges: [] },
    ...overrides,
  };
}
