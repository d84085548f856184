import assert from "node:assert/strict";
import fc from "fast-check";
import { rampBeginsMs } from "../../../../probes/backup/load/ramp.ts";

const MINUTE_MS = 60_000;

Deno.test("a quarter of the workers has begun after 2 minutes, half after 7, all after 25", () => {
  const begins = Array.from({ length: 100 }, (_, worker) => rampBeginsMs(100)(worker));
  const begunBy = (minutes: number) => begins.filter((ms) => ms <= minutes * MINUTE_MS).length;
  assert.deepEqual([0, 1, 2, 7, 15, 25].map(begunBy), [0, 12, 25, 50, 75, 100]);
});

Deno.test("every worker begins, one after another, within the 25 minutes", () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 400 }), (workers) => {
    const beginsMs = rampBeginsMs(workers);
    let beforeMs = 0;
    for (let worker = 0; worker < workers; worker++) {
      const ms = beginsMs(worker);
      assert.ok(ms > beforeMs && ms <= 25 * MINUTE_MS, `${worker}: ${ms}`);
      beforeMs = ms;
    }
    assert.equal(beforeMs, 25 * MINUTE_MS);
  }));
});
