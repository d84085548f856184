/** More tokens: whether they matter, and to whom, from calls that differ in who takes part. */
import assert from "node:assert/strict";
import { createRng } from "../../../../core/load/rng.ts";
import type { Tags } from "../../../../core/measure/sample.ts";
import { volumeTag } from "../../../../probes/maas/tokens/measured.ts";
import { volumesOf } from "../../../../probes/maas/tokens/tokens_plan.ts";
import { judgeVolumes } from "../../../../probes/maas/tokens/volume_judgement.ts";
import { testRun } from "../../../watchers/support.ts";

const PLAN = { counts: [10, 500], margin: { ratio: 0.2, leastMs: 1 }, reviews: 200 };

/** Mean times in ms; `ok`: share of good answers. */
interface Speeds {
  readonly fixed: number;
  readonly full: number;
  readonly review: number;
  readonly ok?: number;
  /** Answers of each kind. @default {1_000} */
  readonly count?: number;
}
const QUICK: Speeds = { fixed: 20, full: 20, review: 20 };

/** Judged with these speeds of the smallest number, of the other, and of the control. */
function judged(base: Speeds, other: Speeds, control: Speeds | undefined = base) {
  const { run, clock, totals } = testRun();
  run.begin();
  const rng = createRng(5);
  const record = (op: string, tags: Tags, { meanMs, ok, count }: Record<string, number>) => {
    for (let index = 0; index < count!; index++) {
      const sentMs = clock.now();
      const doneMs = sentMs + meanMs! * (0.8 + 0.4 * rng.next());
      const isOk = index < ok! * count!;
      const outcome = isOk
        ? { kind: "ok" } as const
        : { kind: "failed", reason: "timeout" } as const;
      run.recorder.record({ op, tags, dueMs: sentMs, sentMs, doneMs, outcome });
    }
  };
  const speeds = [base, other, control];
  for (const [index, volume] of volumesOf(PLAN).entries()) {
    const given = speeds[index];
    if (given === undefined) continue;
    const { fixed, full, review, ok = 1, count = 1_000 } = given;
    const tokens = volumeTag(volume);
    record("chat", { tokens, arm: "fixed", token: "again" }, { meanMs: fixed, ok, count });
    record("chat", { tokens, arm: "full", token: "again" }, { meanMs: full, ok, count });
    record("review", { tokens, token: "first" }, { meanMs: review, ok: 1, count });
  }
  return judgeVolumes(totals(), PLAN);
}

function ofLargest(...speeds: Parameters<typeof judged>) {
  const { impact, finding } = judged(...speeds)[0]!;
  return { impact, ...finding };
}

Deno.test("as quick with many tokens as with few: no impact, with the margin stated", () => {
  const { impact, verdict, subject, limit, observed, reason } = ofLargest(QUICK, QUICK);
  assert.deepEqual([impact, verdict, reason], ["no impact", "pass", ""]);
  assert.equal(subject, "p95 with 500 tokens against 10");
  assert.equal(limit, "at most 20 % or 1ms more");
  assert.match(
    observed!,
    /^fixed set .*: 1\.0\d times \(0\.\d+ to 1\.\d+\), full set .*, reviews /,
  );
});

Deno.test("only the full set grew: the auth cache", () => {
  const { impact, verdict, reason } = ofLargest(QUICK, { ...QUICK, full: 32 });
  assert.deepEqual([impact, verdict], ["degradation", "fail"]);
  assert.match(reason, /^degradation: the auth cache does not hold so many tokens/);
});

Deno.test("known tokens are slower as well, and reviews are not: gateway or auth service", () => {
  const { impact, reason } = ofLargest(QUICK, { ...QUICK, fixed: 60, full: 60 });
  assert.equal(impact, "breaking");
  assert.match(reason, /^breaking: gateway or auth service take longer/);
});

Deno.test("reviews are slower too: the API server, whatever grew through the gateway", () => {
  const { reason } = ofLargest(QUICK, { fixed: 30, full: 30, review: 30 });
  assert.equal(reason, "degradation: the API server takes longer for a new token itself");
});

Deno.test("what is double of next to nothing is next to nothing", () => {
  const { impact } = ofLargest({ fixed: 0.4, full: 0.4, review: 0.4 }, {
    fixed: 0.8,
    full: 0.8,
    review: 0.8,
  });
  assert.equal(impact, "no impact");
});

Deno.test("a limit within the interval tells nothing", () => {
  const { impact, verdict, reason } = ofLargest(QUICK, { ...QUICK, full: 24, count: 200 });
  assert.deepEqual([impact, verdict], [undefined, "inconclusive"]);
  assert.match(reason, /full set$/);
});

Deno.test("a fast answer that is a refusal is no good one: few successes are breaking", () => {
  const { impact, verdict, reason } = ofLargest(QUICK, { ...QUICK, ok: 0.5 });
  assert.deepEqual([impact, verdict], ["breaking", "fail"]);
  assert.match(reason, /only 50 % of the requests succeeded/);
});

Deno.test("where few succeed with the smallest number, more tokens are not to blame", () => {
  const failing = { ...QUICK, ok: 0.5 };
  for (const other of [failing, QUICK]) {
    const { impact, verdict, reason } = ofLargest(failing, other);
    assert.deepEqual([impact, verdict], [undefined, "inconclusive"]);
    assert.match(reason, /^with the smallest number only 50 % of the requests succeeded/);
  }
});

Deno.test("slower with the smallest number again at the end: something else may have changed", () => {
  const slow = { fixed: 40, full: 40, review: 40 };
  const [largest, control] = judged(QUICK, slow, slow);
  assert.deepEqual([largest?.impact, largest?.finding.verdict], [undefined, "inconclusive"]);
  assert.match(largest!.finding.reason, /may have been something else than the number of tokens/);
  assert.equal(control?.finding.verdict, "fail");
  assert.equal(control?.finding.subject, "p95 with 10 tokens again, at the end");
});

Deno.test("what was not measured is said, and is no pass", () => {
  const none = { ...QUICK, count: 0 };
  const [largest, control] = judged(QUICK, none, none);
  for (const { finding } of [largest!, control!]) {
    assert.deepEqual([finding.verdict, finding.observed], ["inconclusive", null]);
    assert.equal(finding.reason, "it was not measured");
  }
});
