import assert from "node:assert/strict";
import fc from "fast-check";
import {
  expectedJobs,
  failsAfterMs,
  JOB_TTL_MS,
  type JobsPlan,
  mostVisibleJobs,
} from "../../../../probes/backup/accounting/expected_jobs.ts";

const FAILING: JobsPlan = {
  kind: "fails",
  periodMs: 60_000,
  ticks: 6,
  ticksUnderWay: 0,
  backoffLimit: 1,
  failingPodMs: { least: 5_000, most: 5_000 },
};

/** Jobs that a model of the operator has made and shown at +5, +10 and +30 minutes, pods failing after 5 s. */
const MODEL = [
  { minutes: 1, backoffLimit: 1, made: [6, 11, 31], visible: 3 },
  { minutes: 1, backoffLimit: 3, made: [5, 10, 30], visible: 4 },
  { minutes: 2, backoffLimit: 1, made: [3, 6, 16], visible: 2 },
  { minutes: 10, backoffLimit: 1, made: [1, 2, 4], visible: 1 },
];
for (const { minutes, backoffLimit, made, visible } of MODEL) {
  Deno.test(`every ${minutes} min and backoffLimit ${backoffLimit}: as many Jobs as measured`, () => {
    made.forEach((count, index) => {
      const ticks = Math.floor([5, 10, 30][index]! / minutes) + 1;
      const plan = { ...FAILING, periodMs: minutes * 60_000, backoffLimit, ticks };
      assert.deepEqual(expectedJobs(plan), { least: count, most: count });
    });
    const long = { ...FAILING, periodMs: minutes * 60_000, backoffLimit, ticks: 60 };
    assert.equal(mostVisibleJobs(long), visible);
  });
}

Deno.test("the real operator's Jobs of a wrong registry, tick by tick, are in the range", () => {
  // Fewest and most of 20 workspaces 20 s after ticks 1 to 5, whose loops were under way.
  const most = [1, 2, 3, 4, 5];
  most.forEach((jobs, index) => {
    const plan = { ...FAILING, ticks: index, ticksUnderWay: 1 };
    const range = expectedJobs({ ...plan, failingPodMs: { least: 1_000, most: 30_000 } });
    assert.equal(range.most, jobs);
    assert.ok(range.least <= jobs - 1);
  });
});

Deno.test("a good registry makes one Job, a hanging one and one without retries too", () => {
  const plan = { ...FAILING, ticks: 5, ticksUnderWay: 1 };
  const variants = [{ kind: "succeeds" }, { kind: "hangs" }, { isRetried: false }] as const;
  for (const variant of variants) {
    assert.deepEqual(expectedJobs({ ...plan, ...variant }), { least: 1, most: 1 });
  }
  assert.deepEqual(expectedJobs({ ...plan, kind: "succeeds", ticks: 0 }), { least: 0, most: 1 });
});

Deno.test("ticks that outlast a period and outcomes that went back make more", () => {
  const plan = { ...FAILING, kind: "succeeds", ticks: 9 } as const;
  assert.equal(expectedJobs({ ...plan, longestTickMs: 130_000 }).most, 3);
  assert.equal(expectedJobs({ ...plan, staleOutcomes: 1 }).most, 2);
});

/** The operator's rule, tick by tick, for Jobs that fail after that time. */
function operatorModel(lifeMs: number, { periodMs, ticks }: JobsPlan) {
  const made: number[] = [];
  let mostVisible = 0;
  for (let tick = 0; tick < ticks; tick++) {
    const nowMs = tick * periodMs;
    // No annotation until the first one has failed, and the tick before was after the stop.
    if (made.length === 0 || made[0]! + lifeMs <= nowMs) made.push(nowMs);
    const visible = made.filter((ms) => nowMs <= ms + lifeMs + JOB_TTL_MS).length;
    mostVisible = Math.max(mostVisible, visible);
  }
  return { jobs: made.length, mostVisible };
}

Deno.test("whatever the schedule and the pods, the operator's rule stays in the range", () => {
  const numbers = fc.record({
    periodMs: fc.integer({ min: 1_000, max: 600_000 }),
    ticks: fc.integer({ min: 0, max: 60 }),
    backoffLimit: fc.integer({ min: 0, max: 6 }),
    leastMs: fc.integer({ min: 0, max: 60_000 }),
    spanMs: fc.integer({ min: 0, max: 60_000 }),
    part: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  fc.assert(fc.property(numbers, ({ leastMs, spanMs, part, ...rest }) => {
    const failingPodMs = { least: leastMs, most: leastMs + spanMs };
    const plan: JobsPlan = { ...FAILING, ...rest, failingPodMs };
    const podMs = leastMs + Math.floor(spanMs * part);
    const lifeMs = failsAfterMs({ backoffLimit: rest.backoffLimit, failingPodMs: podMs });
    const { jobs, mostVisible } = operatorModel(lifeMs, plan);
    const { least, most } = expectedJobs(plan);
    assert.ok(least <= jobs && jobs <= most, `${jobs} is not in ${least}..${most}`);
    assert.ok(mostVisible <= mostVisibleJobs(plan));
  }));
});

Deno.test("more ticks never make fewer Jobs, and never more than one each", () => {
  const kinds = fc.constantFrom("succeeds", "fails", "hangs");
  fc.assert(fc.property(kinds, fc.nat(50), fc.nat(6), (kind, ticks, backoffLimit) => {
    const plan = { ...FAILING, kind, ticks, backoffLimit, ticksUnderWay: 1 } as JobsPlan;
    const [now, later] = [expectedJobs(plan), expectedJobs({ ...plan, ticks: ticks + 1 })];
    assert.ok(now.least <= now.most && now.most <= ticks + 1);
    assert.ok(later.least >= now.least && later.most >= now.most);
  }));
});
