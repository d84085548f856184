import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import { eachAtMost } from "../../kube/each_at_most.ts";

Deno.test("eachAtMost does each once, in order of their begin, and never more than the limit at once", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 30 }),
      fc.integer({ min: 1, max: 8 }),
      async (turns, limit) => {
        const begun: number[] = [];
        let atOnce = 0;
        let most = 0;
        await eachAtMost(turns.keys(), async (index) => {
          begun.push(index);
          most = Math.max(most, ++atOnce);
          for (let turn = 0; turn < (turns[index] ?? 0); turn++) await setImmediate();
          atOnce--;
        }, { limit });
        assert.deepEqual(begun, [...turns.keys()]);
        assert.equal(atOnce, 0);
        // Items that end at once make room before the next worker looks.
        assert.ok(most <= limit);
        if (turns.every((turn) => turn > 0)) assert.equal(most, Math.min(limit, turns.length));
      },
    ),
    { numRuns: 50 },
  );
});

Deno.test("eachAtMost begins nothing after a failure, waits for what is under way and throws the first error", async () => {
  const begun: number[] = [];
  const done: number[] = [];
  const failing = eachAtMost([0, 1, 2, 3, 4], async (item) => {
    begun.push(item);
    await setImmediate();
    if (item === 0) throw new Error("first");
    for (let turn = 0; turn < 5; turn++) await setImmediate();
    done.push(item);
    if (item === 1) throw new Error("second");
  }, { limit: 3 });
  await assert.rejects(failing, /^Error: first$/);
  assert.deepEqual(begun, [0, 1, 2]);
  assert.deepEqual(done, [1, 2]);
});

Deno.test("eachAtMost throws the signal's reason if items are left when it aborts, and nothing if none is", async () => {
  for (const [abortAt, isCutOff] of [[1, true], [2, false]] as const) {
    const controller = new AbortController();
    const begun: number[] = [];
    const all = eachAtMost([0, 1, 2], async (item) => {
      begun.push(item);
      await setImmediate();
      if (item === abortAt) controller.abort(new Error("enough"));
    }, { limit: 1, signal: controller.signal });
    if (isCutOff) await assert.rejects(all, /^Error: enough$/);
    else await all;
    assert.deepEqual(begun, [0, 1, 2].slice(0, abortAt + 1));
  }
});
