import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { parseThreshold } from "../../../../core/judge/threshold.ts";
import {
  recordServed,
  SERVED_LATE_THRESHOLDS,
  servedLateCauses,
  servedLateCounters,
} from "../../../../probes/gateway/frame/served_late.ts";
import { testRun } from "../../../core/load/harness.ts";

const TAGS = { gateway: "a/gw" };

function lagMs(servedMs: number, acceptedMs: number | undefined): number {
  const { recorder, totals } = testRun();
  recordServed(recorder, { servedMs, acceptedMs, nowMs: 100, tags: TAGS });
  return totals().distribution("servedAfterAccepted", TAGS)!.histogram.max / 1_000;
}

Deno.test("a data plane is behind the status by the time between them, and never by less than nothing", () => {
  assert.equal(lagMs(80, 50), 30);
  assert.equal(lagMs(50, 80), 0);
  assert.equal(lagMs(50, undefined), 0);
});

Deno.test("what is never served is the data plane's doing if the status says that it is accepted", () => {
  for (const [acceptedMs, status] of [[50, "accepted"], [undefined, "not-accepted"]] as const) {
    const { recorder, totals } = testRun();
    recordServed(recorder, { servedMs: undefined, acceptedMs, nowMs: 100, tags: TAGS });
    assert.equal(totals().counter("unserved", { status, ...TAGS }), 1);
  }
});

Deno.test("every sign is a threshold, and those of amounts are of counters that are declared", () => {
  const declared = servedLateCounters(TAGS).map(({ name, tags: { gateway: _, ...more } = TAGS }) =>
    `${name} ${JSON.stringify(more)}`
  );
  const signs = servedLateCauses("5s", "a new route").map(({ sign }) => parseThreshold(sign));
  const amounts = signs.filter(({ figure: { metric } }) => /^un/.test(metric));
  assert.deepEqual(
    amounts.map(({ figure: { metric, tags } }) => `${metric} ${JSON.stringify(tags)}`).toSorted(),
    declared.toSorted(),
  );
  const thresholds = SERVED_LATE_THRESHOLDS.map(parseThreshold);
  assert.ok(thresholds.every((one) => signs.some((sign) => isDeepStrictEqual(one, sign))));
});
