import assert from "node:assert/strict";
import fc from "fast-check";
import { Judge } from "../../../core/judge/judge.ts";
import { type Standing, standingOf } from "../../../core/judge/standing.ts";
import { parseThreshold } from "../../../core/judge/threshold.ts";
import type { Validity } from "../../../core/judge/validity.ts";
import type { Interval } from "../../../core/measure/interval.ts";
import { judged, operations, recordSeconds, VALID } from "./recorded.ts";

/** Twenty seconds of 50 requests of 10 ms each; every tenth fails; a level climbs by 1 each second. */
const LOAD = recordSeconds(20, (recorder, atMs) => {
  operations(recorder, atMs, { count: 45 });
  operations(recorder, atMs, { count: 5, outcome: "timeout" });
  recorder.gauge("level", 5 + atMs / 1_000, { atMs });
  recorder.count("bytes", 100, { atMs });
});

function standing(text: string, intervals: readonly Interval[], validity = VALID): Standing {
  const judge = new Judge([parseThreshold(text)]);
  for (const interval of intervals) judge.add(interval);
  const [answer] = judge.judged(validity, { isSoFar: true });
  return standingOf(answer!, { validity, judgedMs: intervals.at(-1)?.endMs ?? 0 });
}

const STATES: readonly (readonly [text: string, state: Standing["state"], why: string])[] = [
  ["request.p99 < 20ms", "holds", "so far"],
  ["request.p99 < 5ms", "fails", "times are judged by the load so far"],
  ["request.mean <= 9ms", "fails", "times are judged by the load so far"],
  ["request.failed.ratio < 1%", "fails", "shares are judged by the load so far"],
  ["request.ok.ratio >= 99%", "fails", "also those that must be at least so much"],
  ["request.failed.ratio == 0%", "fails", "shares are judged by the load so far"],
  ["request.failed.count <= 0", "fails", "amounts only grow"],
  ["request.count < 1000", "fails", "amounts only grow, and 1000 is there"],
  ["request.count == 999", "fails", "amounts only grow"],
  ["request.count == 1001", "open", "one may come"],
  ["request.count != 1000", "open", "one more may come"],
  ["request.count > 1000", "open", "more may come"],
  ["bytes.total >= 1GB", "open", "more may come"],
  ["request.rate >= 60/s", "open", "a load may be rising"],
  ["request.rate < 40/s", "fails", "rates are judged by the load so far"],
  ["level.max < 20", "fails", "the highest level only grows"],
  ["level.max >= 100", "open", "a higher one may come"],
  ["level.min > 5", "fails", "the lowest level only falls"],
  ["level.min < 1", "open", "a lower one may come"],
  ["level.min == 6", "fails", "the lowest level only falls"],
  ["level.min == 4", "open", "a lower one may come"],
  ["level.mean > 100", "open", "a higher one may come"],
  ["level.last == 0", "open", "the last one is known at the end"],
  ["level.last < 10", "open", "the last one is known at the end"],
  ["request.failed.count / request.count < 1%", "fails", "quotients are judged so far"],
  ["request.count / request.failed.count > 20", "open", "the divided may lag behind"],
  ["request.failed.count < 10 over 5s", "fails", "a window that was too bad stays so"],
  ["request.count >= 1000 over 5s", "fails", "a window that was too bad stays so"],
  ["request.failed.count < 10 over 1m", "open", "no window is full"],
  ["request.p90 < 5ms for 10s", "fails", "it lasted as long"],
  ["request.p90 < 5ms for 1m", "open", "it may last as long"],
  ["other.p99 < 5ms", "open", "there is nothing of it"],
  ["request.p99.999 < 1ms", "open", "there are too few for it"],
];

for (const [text, state, why] of STATES) {
  Deno.test(`while load goes on "${text}" ${state}: ${why}`, () => {
    assert.equal(standing(text, LOAD).state, state);
  });
}

Deno.test("what few values may show by chance fails, and is not sure; with more of them it is", () => {
  const slow = (seconds: number) =>
    recordSeconds(seconds, (recorder, atMs) => {
      operations(recorder, atMs, { count: 98 });
      operations(recorder, atMs, { count: 2, serviceMs: 500 });
    });
  const of = (seconds: number) => standing("request.p99 < 100ms", slow(seconds));
  assert.deepEqual([of(1).state, of(1).isSure], ["fails", false]);
  assert.deepEqual([of(60).state, of(60).isSure], ["fails", true]);
});

Deno.test("with a generator that was unfit nothing is sure, also what is a failure none the less", () => {
  const invalid: Validity = { level: "invalid", reasons: ["It was late."] };
  const late = standing("request.p99 < 5ms", LOAD, invalid);
  assert.deepEqual([late.state, late.isSure], ["open", false]);
  const failed = standing("request.failed.count <= 0", LOAD, invalid);
  assert.deepEqual([failed.state, failed.isSure], ["fails", false]);
});

Deno.test("asking so far changes no answer at the end, whatever the threshold and when it is asked", () => {
  const texts = STATES.map(([text]) => text);
  const asking = fc.tuple(fc.constantFrom(...texts), fc.array(fc.boolean(), { maxLength: 20 }));
  fc.assert(fc.property(asking, ([text, asked]) => {
    const judge = new Judge([parseThreshold(text)]);
    for (const [index, interval] of LOAD.entries()) {
      judge.add(interval);
      if (asked[index]) judge.judged(VALID, { isSoFar: true });
    }
    assert.deepEqual(judge.findings(VALID), [judged(text, LOAD)]);
  }));
});
