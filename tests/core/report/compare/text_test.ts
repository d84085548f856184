import assert from "node:assert/strict";
import { compareRuns } from "../../../../core/report/compare/compare.ts";
import { comparisonJson, comparisonText } from "../../../../core/report/compare/text.ts";
import { parseFailOn } from "../../../../core/report/compare/fail_on.ts";
import { fakeReport } from "../../../support/compare_reports.ts";

Deno.test("comparisonText() of five runs a side: golden", () => {
  const side = (name: string, factor: number) =>
    [0.98, 0.99, 1, 1.01, 1.02].map((jitter, index) =>
      fakeReport({
        ratePerSec: 12_345 * jitter,
        serviceMs: 1.5 * jitter * factor,
        ok: 740_000,
        failed: factor > 1 ? 3_000 + 10 * index : 0,
      }, {
        runId: `${name}${index + 1}`,
        manifest: { flags: { "block-size": { value: `${500 * factor}`, source: "flag" } } },
        counters: [{
          name: "receivedBytes",
          total: 0,
          ratePerSec: 411e6 * jitter / factor,
        }],
      })
    );
  const comparison = compareRuns(side("base-", 1), side("new-", 2), {
    confidence: 0.95,
    failOn: ["p99>10%", "rate<-5%", "ttfb.p99>5%"].map(parseFailOn),
  });
  assert.equal(comparisonText(comparison), GOLDEN_RUNS);
});

Deno.test("comparisonText() lets no control character of a run directory reach the terminal", () => {
  const evil = "a\u001b[1m\u0007\nb";
  const run = (runId: string) => fakeReport({ serviceMs: 1 }, { runId: `${evil}${runId}` });
  const comparison = compareRuns([run("1")], [run("2")], { confidence: 0.95, failOn: [] });
  const text = comparisonText(comparison);
  assert.doesNotMatch(text.replaceAll("\n", ""), /\p{Cc}/u);
  assert.ok(
    text.startsWith("base  a\u{fffd}[1m\u{fffd} b1\nnew   a\u{fffd}[1m\u{fffd} b2\n"),
    text,
  );
});

Deno.test("comparisonText() of one run a side: golden", () => {
  const run = (runId: string, factor: number) =>
    fakeReport([{
      serviceMs: 11 * factor,
      failed: factor > 1 ? 12 : 1,
      dropped: factor > 1 ? 40 : 0,
      seconds: Array.from({ length: 40 }, (_, second) => ({
        ratePerSec: 100 + second % 4,
        serviceMs: (10 + second % 4) * factor,
      })),
    }, ...factor > 1 ? [] : [{ op: "connect", ok: 4, serviceMs: 3, ratePerSec: 0.0667 }]], {
      runId,
    });
  const comparison = compareRuns([run("a", 1)], [run("b", 1.5)], { confidence: 0.95, failOn: [] });
  assert.equal(comparisonText(comparison), GOLDEN_WITHIN);
});

Deno.test("comparisonJson() is the comparison itself, and has no number that JSON lacks", () => {
  const comparison = compareRuns(
    [fakeReport({}, { counters: [{ name: "errors", total: 0, ratePerSec: 0 }] })],
    [fakeReport({}, { counters: [{ name: "errors", total: 9, ratePerSec: 0.15 }] })],
    { confidence: 0.95, failOn: [] },
  );
  const text = comparisonJson(comparison);
  assert.deepEqual(JSON.parse(text), comparison);
  assert.ok(text.endsWith("}\n"));
});

const GOLDEN_RUNS = `base  base-1, base-2, base-3, base-4, base-5
new   new-1, new-2, new-3, new-4, new-5

METRIC                BASE           NEW            DELTA     VERDICT  EVIDENCE
request.rate          12.3k/s ± 2%   12.3k/s ± 2%   0%        ~        p=1.000 n=5+5
request.failed.ratio  0% ± 0%        0.406% ± 1%    +0.406pp  worse    p=0.008 n=5+5
request.service.p50   1.5ms ± 2%     3ms ± 2%       +100%     worse    p=0.008 n=5+5
request.service.p90   3ms ± 2%       6ms ± 2%       +100%     worse    p=0.008 n=5+5
request.service.p99   4.5ms ± 2%     9ms ± 2%       +100%     worse    p=0.008 n=5+5
request.service.max   6ms ± 2%       12ms ± 2%      +100%     worse    p=0.008 n=5+5
request.response.p50  3ms ± 2%       6ms ± 2%       +100%     worse    p=0.008 n=5+5
request.response.p90  6ms ± 2%       12ms ± 2%      +100%     worse    p=0.008 n=5+5
request.response.p99  9ms ± 2%       18ms ± 2%      +100%     worse    p=0.008 n=5+5
request.response.max  12ms ± 2%      24ms ± 2%      +100%     worse    p=0.008 n=5+5
receivedBytes.rate    411 MB/s ± 2%  206 MB/s ± 2%  -50%      worse    p=0.008 n=5+5
(geomean of 8 times)  -              -              +100%     -
(geomean of 2 rates)  -              -              -29.3%    -

Medians of one value a run; ± is their 95 % confidence interval, or the whole range where values are too few for it (93.8 % at n=5).
~ no more than chance (p >= 0.05, Mann-Whitney; ratios from within runs: Fisher); ? cannot be told.

warning: flags differ: block-size 500 -> 1000

fail: p99>10% (request.service.p99 +100%, request.response.p99 +100%; 2 of 2 metrics changed significantly and beyond the limit)
pass: rate<-5% (0 of 1 metrics)
inconclusive: ttfb.p99>5% (no such metric in this comparison)
verdict: fail
`;

const GOLDEN_WITHIN = `base  a
new   b

METRIC                 BASE         NEW          DELTA     VERDICT  EVIDENCE
request.rate           102/s ± 1%   102/s ± 1%   0%        ~        p=1.000 n=20+20
request.failed.ratio   0.0167%      0.2%         +0.183pp  worse    p=0.003 n=6001+6012
request.dropped.ratio  0%           0.661%       +0.661pp  worse    p<0.001 n=6001+6052
request.service.p50    11.5ms ± 9%  17.3ms ± 9%  +50%      worse    p<0.001 n=20+20
request.service.p90    22ms         33ms         +50%      ?        needs at least 4 runs a side
request.service.p99    34.5ms ± 9%  51.8ms ± 9%  +50%      worse    p<0.001 n=20+20
request.service.max    44ms         66ms         +50%      ?        needs at least 4 runs a side
request.response.p50   23ms ± 9%    34.5ms ± 9%  +50%      worse    p<0.001 n=20+20
request.response.p90   44ms         66ms         +50%      ?        needs at least 4 runs a side
request.response.p99   69ms ± 9%    104ms ± 9%   +50%      worse    p<0.001 n=20+20
request.response.max   88ms         132ms        +50%      ?        needs at least 4 runs a side
connect                -            -            -         ?        only in the base
(geomean of 8 times)   -            -            +50%      -

Medians of values from within the runs; ± is their 95 % confidence interval.
~ no more than chance (p >= 0.05, Mann-Whitney; ratios from within runs: Fisher); ? cannot be told.

warning: one run a side: only variation within the run is known (at most 20 stretches of each run, as neighbouring seconds resemble each other), and chance passes for a change more often than p says; repeat each at least 4 times for a claim about the system

fail: worse by 5% (ratios: 0.1pp) or more (request.failed.ratio +0.183pp, request.dropped.ratio +0.661pp, request.service.p50 +50% and 3 more; 6 of 8 metrics changed significantly and beyond the limit)
verdict: fail
`;
