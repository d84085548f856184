/** Who is accused of a bad stage, in which order, and what is said when nobody is. @module */

import assert from "node:assert/strict";
import { causesOf, type CauseSpec, signsOf } from "../../../core/judge/cause.ts";
import { Judge } from "../../../core/judge/judge.ts";
import { parseThreshold } from "../../../core/judge/threshold.ts";
import type { Validity } from "../../../core/judge/validity.ts";
import { operations, recordSeconds, VALID } from "./recorded.ts";

const CAUSES: readonly CauseSpec[] = [
  { component: "store", sign: "storeBytes.max < 100B", because: "its store is full" },
  { component: "server", sign: "read.failed.count <= 0", because: "it fails" },
  { component: "controller", sign: "cpuRatio.mean < 50%", because: "it has no CPU left" },
  { component: "gateway", sign: "hops.p99 < 1s", because: "it is slow" },
];

function causesAt(
  seen: { storeBytes?: number; cpuRatio?: number; failed?: number },
  { validity = VALID, causes = CAUSES }: { validity?: Validity; causes?: typeof CAUSES } = {},
) {
  const { storeBytes = 10, cpuRatio = 0.25, failed = 0 } = seen;
  const judge = new Judge(signsOf(causes).map(parseThreshold));
  const intervals = recordSeconds(10, (recorder, atMs) => {
    recorder.gauge("storeBytes", storeBytes, { atMs });
    recorder.gauge("cpuRatio", cpuRatio, { atMs });
    operations(recorder, atMs, { op: "read" });
    operations(recorder, atMs, { op: "read", outcome: "timeout", count: failed });
  });
  for (const interval of intervals) judge.add(interval);
  return causesOf(causes, judge.judged(validity), { validity });
}

Deno.test("broken signs accuse, the one that is furthest beyond its limit first", () => {
  assert.deepEqual(causesAt({ storeBytes: 110, cpuRatio: 0.75 }), [
    {
      component: "controller",
      because: "it has no CPU left",
      sign: "cpuRatio.mean < 50%",
      observed: "75%",
      excessRatio: 0.5,
    },
    {
      component: "store",
      because: "its store is full",
      sign: "storeBytes.max < 100B",
      observed: "110 B",
      excessRatio: 0.1,
    },
  ]);
});

Deno.test("what is beyond a limit of 0 is beyond it by any number of limits", () => {
  const [first, second] = causesAt({ storeBytes: 1_000, failed: 1 });
  assert.deepEqual([first?.component, first?.excessRatio], ["server", null]);
  assert.deepEqual([second?.component, second?.excessRatio], ["store", 9]);
});

Deno.test("an unfit generator is the first that is accused, and excuses all but failures", () => {
  const validity: Validity = { level: "invalid", reasons: ["It was late."] };
  const causes = causesAt({ storeBytes: 1_000, failed: 1 }, { validity });
  assert.deepEqual(causes.map(({ component }) => component), ["generator", "server"]);
  assert.equal(causes[0]?.because, "the generator was not fit to measure: It was late.");
});

Deno.test("where no sign broke nobody is accused, and it is said what was looked at", () => {
  const unattributed = {
    component: "unattributed",
    sign: null,
    observed: null,
    excessRatio: null,
  };
  assert.deepEqual(causesAt({}, { causes: CAUSES.slice(2) }), [{
    ...unattributed,
    because: "no sign broke; looked at controller (cpuRatio.mean < 50%: 25%), " +
      'gateway (hops.p99 < 1s: no metric is called "hops"; there are cpuRatio, read, storeBytes)',
  }]);
  assert.deepEqual(causesAt({}, { causes: [] }), [{
    ...unattributed,
    because: "there was no sign to look at",
  }]);
  assert.match(
    causesOf(CAUSES, [], { validity: VALID })[0]!.because,
    /store \(storeBytes.max < 100B: it was not asked\)/,
  );
});
