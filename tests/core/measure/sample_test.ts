import { ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  responseTimeMs,
  type Sample,
  schedulingLagMs,
  serviceTimeMs,
} from "../../../core/measure/sample.ts";

function sampleOf([dueMs, sentMs, doneMs]: readonly [number, number, number]): Sample {
  return { op: "get", dueMs, sentMs, doneMs, outcome: { kind: "ok" } };
}

Deno.test("Response counts from the due time, service from the sending, lag is what lies between", () => {
  const cases: [times: [number, number, number], response: number, service: number, lag: number][] =
    [
      [[0, 0, 0], 0, 0, 0],
      [[100, 100, 110], 10, 10, 0],
      [[100, 350, 360], 260, 10, 250],
      [[1_000.5, 1_000.75, 1_002], 1.5, 1.25, 0.25],
    ];
  for (const [times, response, service, lag] of cases) {
    const sample = sampleOf(times);
    strictEqual(responseTimeMs(sample), response, `response of ${times}`);
    strictEqual(serviceTimeMs(sample), service, `service of ${times}`);
    strictEqual(schedulingLagMs(sample), lag, `lag of ${times}`);
  }
});

Deno.test("Response is never shorter than service or lag, however the floats round", () => {
  const gap = fc.double({ min: 0, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1e9, noNaN: true }), gap, gap, (due, lag, took) => {
      const sent = due + lag;
      const sample = sampleOf([due, sent, sent + took]);
      ok(responseTimeMs(sample) >= serviceTimeMs(sample));
      ok(responseTimeMs(sample) >= schedulingLagMs(sample));
      ok(serviceTimeMs(sample) >= 0 && schedulingLagMs(sample) >= 0);
    }),
  );
});
