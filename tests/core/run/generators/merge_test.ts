/**
 * Generators that are fed parts of some samples, and one process that is fed all of them: the same to
 * the last bucket, whatever the samples and however they are dealt out.
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { isOurs } from "../../../../core/load/share.ts";
import type { Sample } from "../../../../core/measure/sample.ts";
import { readFigures } from "../../../../core/report/run_figures.ts";
import type { RunPlan } from "../../../../core/run/run_plan.ts";
import { openRunDirectory } from "../../../../core/run_log/run_directory.ts";
import { Conducted } from "../conducted.ts";
import { Divided } from "./divided.ts";

const DURATION_MS = 4_000;
/** Whole in binary, so that no start of a run rounds a time otherwise. */
const STEP_MS = 1 / 8;

const outcome: fc.Arbitrary<Sample["outcome"]> = fc.oneof(
  { weight: 8, arbitrary: fc.constant({ kind: "ok" } as const) },
  fc.constantFrom("http-503", "timeout").map((reason) => ({ kind: "failed", reason } as const)),
  fc.constantFrom({ kind: "dropped" } as const, { kind: "cancelled" } as const),
);

interface Fed {
  readonly op: string;
  /** When it is done and recorded. */
  readonly atMs: number;
  readonly lagMs: number;
  readonly takesMs: number;
  readonly outcome: Sample["outcome"];
}

const steps = (mostMs: number) => fc.nat(mostMs / STEP_MS).map((count) => count * STEP_MS);
const samples = fc.array(
  fc.record({
    op: fc.constantFrom("request", "request", "login"),
    atMs: steps(DURATION_MS - 10),
    lagMs: steps(50),
    takesMs: fc.oneof(steps(5), steps(300), steps(90_000)),
    outcome,
  }),
  { minLength: 1, maxLength: 120 },
).map((all) => all.toSorted((one, other) => one.atMs - other.atMs));

/** Records its share of the samples, each when it is done. */
function feeding(all: readonly Fed[]): RunPlan["instrument"] {
  return async (run) => {
    await run.begin();
    const { clock, recorder, startMs } = run;
    for (const [number, { op, atMs, lagMs, takesMs, outcome }] of all.entries()) {
      if (!isOurs(run.share, number)) continue;
      const doneMs = startMs + atMs;
      await clock.sleepUntil(doneMs, run.stopping);
      const sentMs = doneMs - takesMs;
      recorder.record({ op, dueMs: sentMs - lagMs, sentMs, doneMs, outcome });
      recorder.observeBytes("answer", Math.round(takesMs * 8), { atMs: doneMs });
      recorder.count("receivedBytes", lagMs, { atMs: doneMs });
    }
    await clock.sleepUntil(Infinity, run.stopping);
  };
}

/** All that a report is made from. */
async function figuresOf(run: Conducted) {
  for (let ms = 0; ms < 60_000 && !run.isOver; ms += 1_000) await run.clock.advance(1_000);
  await run.exitCode;
  const { whole: { totals } } = await readFigures(openRunDirectory(run.path));
  const operations = [...totals.operations].map(([key, one]) => [key, {
    ok: one.ok,
    failed: Object.entries(one.failed).sort(),
    dropped: one.dropped,
    cancelled: one.cancelled,
    times: (["service", "response", "lag"] as const).map((view) => {
      const histogram = one[view];
      return { buckets: histogram.encode(), p99_999: histogram.valueAt(0.99999) };
    }),
  }]);
  const answer = totals.distribution("answer")?.histogram;
  return {
    operations: Object.fromEntries(operations),
    answer: answer?.encode(),
    received: totals.counter("receivedBytes"),
    // Why a generator is unfit is told of each where there are several.
    findings: run.report.findings.map(({ reason: _, ...finding }) => finding),
    verdict: run.report.verdict,
  };
}

Deno.test("generators fed parts of some samples come to what one process comes to, bucket by bucket", async () => {
  const flags = {
    duration: [`${DURATION_MS}ms`],
    seed: ["7"],
    threshold: [
      "request.failed.ratio < 20%",
      "request.response.p50 < 200ms",
      "request.service.p99 < 1s",
      "request.response.max < 60s over 2s",
      "request.dropped.count <= 3",
      "login.ok.count >= 1",
    ],
  };
  await fc.assert(
    fc.asyncProperty(samples, fc.integer({ min: 1, max: 7 }), async (fed, count) => {
      const plan = { instrument: feeding(fed), defaultThresholds: [] };
      await using alone = new Conducted(plan, flags);
      await using together = new Divided(plan, { count, flags });
      assert.deepEqual(await figuresOf(together), await figuresOf(alone));
    }),
    { numRuns: 40 },
  );
});
