/** Summaries of stages in k6's shapes, as those who read them look for their numbers. @module */

import assert from "node:assert/strict";
import type { K6Spec } from "../../../core/judge/k6_spec.ts";
import { k6Summaries } from "../../../core/report/k6_summary.ts";
import { RunFigures } from "../../../core/report/run_figures.ts";
import type { Manifest } from "../../../core/run_log/manifest.ts";
import { SAMPLE_MANIFEST } from "../../support/sample_report.ts";
import { life } from "../judge/recorded.ts";

const SPEC: K6Spec = {
  shape: "both",
  file: "results/scale_{level}vus.json",
  counters: { auth_failures: ["http-401", "http-403"] },
};

/** Of one stage with level 10: 8 requests of 100 ms, and two refused ones. */
function summaryOf(shape: K6Spec["shape"]) {
  const manifest: Manifest = {
    ...SAMPLE_MANIFEST,
    isStaged: true,
    mainOperation: "request",
    k6: { ...SPEC, shape },
  };
  const figures = new RunFigures(manifest);
  const stage = { name: "users=10", kind: "measured", level: 10, targetRatePerSec: null } as const;
  figures.take({ type: "stage", index: 0, stage, fromMs: 0 });
  const intervals = life(2, (second) =>
    second === 0 ? { count: 8, serviceMs: 100 } : {
      count: 2,
      serviceMs: 1,
      outcome: "http-401",
    });
  for (const interval of intervals) {
    figures.take({ type: "interval", interval: { ...interval, stage: 0 } });
  }
  const [summary, ...others] = k6Summaries(figures);
  assert.deepEqual(others, []);
  assert.equal(summary?.name, "results/scale_10vus.json");
  return JSON.parse(summary!.text);
}

Deno.test("the plan's jq finds its numbers, and so do those who read the flat shape", () => {
  const { metrics } = summaryOf("both");
  assert.equal(metrics.http_reqs.values.count, 10);
  assert.equal(metrics.http_reqs.count, 10);
  assert.equal(metrics.success_rate.values.rate, 0.8);
  assert.equal(metrics.success_rate.value, 0.8);
  assert.ok(Math.abs(metrics.http_req_duration.values["p(95)"] - 100) < 1);
  assert.equal(metrics.http_req_duration["p(95)"], metrics.http_req_duration.values["p(95)"]);
  assert.deepEqual([metrics.http_req_failed.passes, metrics.http_req_failed.fails], [2, 8]);
  assert.equal(metrics.auth_failures.count, 2);
});

Deno.test("the flat and the nested shape are each without the other's keys", () => {
  assert.deepEqual(summaryOf("flat").metrics.success_rate, { value: 0.8, passes: 8, fails: 2 });
  assert.deepEqual(summaryOf("nested").metrics.success_rate, {
    type: "rate",
    contains: "default",
    values: { rate: 0.8, passes: 8, fails: 2 },
  });
});

Deno.test("the newer shape has a list of metrics", () => {
  const { version, results } = summaryOf("v1");
  assert.equal(version, "1.0.0");
  assert.deepEqual(results.metrics[0], {
    name: "http_reqs",
    type: "counter",
    contains: "default",
    values: { count: 10, rate: 5 },
  });
});
