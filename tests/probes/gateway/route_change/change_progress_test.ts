import assert from "node:assert/strict";
import fc from "fast-check";
import type { Answer } from "../../../../probes/gateway/answers/answer.ts";
import { ChangeProgress } from "../../../../probes/gateway/route_change/change_progress.ts";
import { answer } from "../answers/asking.ts";

/** An answer whose body is the number of the change that it is of. */
function of(change: number, atMs = 0): Answer {
  return answer([200, String(change)], { atMs });
}

function progress(): ChangeProgress {
  return new ChangeProgress((given) =>
    given.kind === "status" && given.status === 200 ? Number(given.bodyHead) : undefined
  );
}

Deno.test("before the first change only the route as it was made is good", () => {
  const changes = progress();
  assert.equal(changes.take(of(0)), "good");
  assert.equal(changes.take(of(1)), "failed");
  assert.equal(changes.take(answer(404)), "failed");
});

Deno.test("while a change is on its way, the old value and the new one are good", () => {
  const changes = progress();
  changes.take(of(0));
  changes.sent(1);
  assert.equal(changes.take(of(0)), "good");
  assert.equal(changes.take(of(1, 30)), "good");
  assert.equal(changes.seenMs(1), 30);
});

Deno.test("an old value after a newer one is stale, and does not undo what was seen", () => {
  const changes = progress();
  changes.sent(2);
  changes.take(of(2, 10));
  assert.equal(changes.take(of(1, 20)), "stale");
  assert.equal(changes.take(of(2, 30)), "good");
  assert.deepEqual([changes.seenMs(1), changes.seenMs(2)], [10, 10]);
});

Deno.test("changes that are never seen are served with the one after them", () => {
  const changes = progress();
  changes.take(of(0, 1));
  changes.sent(3);
  changes.take(of(3, 50));
  assert.deepEqual([0, 1, 2, 3, 4].map((change) => changes.seenMs(change)), [
    1,
    50,
    50,
    50,
    undefined,
  ]);
});

Deno.test("those who wait are woken by newer changes, not by every answer", () => {
  const changes = progress();
  let woken = 0;
  const end = changes.woken(() => woken++);
  changes.sent(2);
  for (const change of [0, 0, 1, 1, 0]) changes.take(of(change));
  assert.equal(woken, 2);
  end();
  changes.take(of(2));
  assert.equal(woken, 2);
});

Deno.test("property: what is newest never goes back, and times of changes are in their order", () => {
  const step = fc.record({ sends: fc.boolean(), change: fc.integer({ min: 0, max: 6 }) });
  fc.assert(fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
    const changes = progress();
    let [sent, newest] = [0, -1];
    steps.forEach(({ sends, change }, atMs) => {
      if (sends) changes.sent(++sent);
      const expected = change > sent ? "failed" : change < newest ? "stale" : "good";
      assert.equal(changes.take(of(change, atMs)), expected);
      if (expected === "good") newest = change;
      const times = Array.from({ length: newest + 1 }, (_, index) => changes.seenMs(index)!);
      assert.deepEqual(times, times.toSorted((one, other) => one - other));
      assert.equal(changes.seenMs(newest + 1), undefined);
    });
  }));
});
