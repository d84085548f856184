import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { build, HistogramLogReader, listTags } from "hdr-histogram-js";
import { Histogram } from "../../../core/measure/histogram.ts";
import { hdrLogHead, hdrLogLine, hdrLogLines, renderHgrm } from "../../../core/report/hdr_log.ts";
import { assertGolden } from "../../support/golden.ts";
import { SAMPLE_MANIFEST, sampleIntervals, sampleTotals } from "../../support/sample_report.ts";

function hdrLog(): string {
  return hdrLogHead(SAMPLE_MANIFEST) + sampleIntervals().map(hdrLogLines).join("");
}

function histogramOf(values: Iterable<number>): Histogram {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

function readLog(text: string) {
  const reader = new HistogramLogReader(text);
  const read = [];
  for (let next = reader.nextIntervalHistogram(); next !== null;) {
    read.push(next);
    next = reader.nextIntervalHistogram();
  }
  return read;
}

Deno.test("renderHgrm() of the sample run's response times is the golden text", () => {
  const response = sampleTotals().operation("request")?.response ?? new Histogram();
  assertGolden("report/sample.hgrm", renderHgrm(response));
});

Deno.test("renderHgrm() writes the lines of HdrHistogram's own percentile distribution", () => {
  // Below 2048 us buckets are one wide, so that both agree to the last digit.
  const values = Array.from({ length: 5_000 }, (_, index) => index * index % 2_047);
  const reference = build({
    highestTrackableValue: 86_400_000_000,
    numberOfSignificantValueDigits: 3,
  });
  for (const value of values) reference.recordValue(value);
  const lines = (text: string) => text.split("\n").filter((line) => !/Buckets|Mean/.test(line));
  deepStrictEqual(
    lines(renderHgrm(histogramOf(values))),
    lines(reference.outputPercentileDistribution(5, 1_000)),
  );
  const [, meanMs, deviationMs] =
    /Mean *= *([\d.]+), StdDeviation *= *([\d.]+)/.exec(renderHgrm(histogramOf(values))) ?? [];
  strictEqual(meanMs, (reference.mean / 1_000).toFixed(3));
  strictEqual(deviationMs, (reference.stdDeviation / 1_000).toFixed(3));
});

Deno.test("renderHgrm() ends with the exact maximum and writes no infinity", () => {
  const text = renderHgrm(histogramOf([1_000, 123_456_789]));
  match(text, /^ +123456\.789 1\.000000000000 +2\n#/m);
  ok(!/Infinity|NaN/.test(renderHgrm(new Histogram()) + text));
});

Deno.test("A run's histogram log is read back by HdrHistogram's log reader as the run's histograms", () => {
  const log = hdrLog();
  const read = readLog(log);
  for (const view of ["service", "response", "lag"] as const) {
    const merged = build({
      highestTrackableValue: 86_400_000_000,
      numberOfSignificantValueDigits: 3,
    });
    for (const histogram of read) {
      if (histogram.tag === `request.${view}`) merged.add(histogram);
    }
    const expected = sampleTotals().operation("request")?.[view];
    strictEqual(merged.totalCount, expected?.count);
    strictEqual(merged.getValueAtPercentile(99), expected?.valueAt(0.99));
  }
});

Deno.test("A run's histogram log tags operations by view, distributions by name, and the warm-up apart", () => {
  const tags = listTags(hdrLog());
  const measured = [
    ...["service", "response", "lag"].flatMap((view) => [`request.${view}`, `connect.${view}`]),
    "ttfb",
    "gap",
  ];
  deepStrictEqual(
    tags.toSorted(),
    [...measured, ...measured.map((tag) => `warmup.${tag}`)].toSorted(),
  );
});

Deno.test("A run's histogram log gives the wall time of each interval", () => {
  const [first] = readLog(hdrLog());
  const startMs = Date.parse(SAMPLE_MANIFEST.startedAt);
  strictEqual(Math.round(first?.startTimeStampMsec ?? NaN), startMs);
  strictEqual(Math.round(first?.endTimeStampMsec ?? NaN), startMs + 1_000);
});

Deno.test("hdrLogLine() has the length in seconds and the maximum in ms", () => {
  const histogram = histogramOf([1_500, 2_250]).encode();
  const line = hdrLogLine({ tag: "a.service", startMs: 12_340, endMs: 13_350, histogram });
  strictEqual(line, `Tag=a.service,12.340,1.010,2.250,${histogram.hdr}`);
});

Deno.test("hdrLogLine() keeps commas and blanks of a tag from splitting the line", () => {
  const histogram = histogramOf([1]).encode();
  const line = hdrLogLine({ tag: 'a{b="1", c="x y"}', startMs: 0, endMs: 1_000, histogram });
  const [read] = readLog(line);
  strictEqual(read?.tag, 'a{b="1"_c="x_y"}');
  strictEqual(read?.totalCount, 1);
});
