import assert from "node:assert/strict";
import type { ProcessTotals } from "../../../kube/component/usage.ts";
import { beyondIdle, usedUp } from "../../../kube/component/used_up.ts";

function reading(atMs: number, totals: Record<string, ProcessTotals>) {
  return { atMs, totals: new Map(Object.entries(totals)) };
}

Deno.test("what was used up is what the totals of the same processes grew by", () => {
  const used = usedUp(
    reading(1_000, { a: { cpuSeconds: 1, allocatedBytes: 10 }, b: { cpuSeconds: 5 } }),
    reading(3_000, { a: { cpuSeconds: 1.5, allocatedBytes: 40 }, b: { cpuSeconds: 6 } }),
  );
  assert.deepEqual(used, { wallMs: 2_000, cpuSeconds: 1.5, allocatedBytes: 30 });
});

Deno.test("nothing is known, and never 0, where a reading failed or tells no totals", () => {
  const known = reading(0, { a: { cpuSeconds: 1 } });
  const none = { atMs: 9, totals: undefined };
  assert.deepEqual(usedUp(undefined, known), { unknown: "it could not be read" });
  assert.deepEqual(usedUp(known, undefined), { unknown: "it could not be read" });
  const levels = { unknown: "its source tells levels only, and no totals" };
  assert.deepEqual(usedUp(known, none), levels);
  assert.deepEqual(usedUp(none, known), levels);
});

Deno.test("a process that began anew gives no difference, by its start or by its count", () => {
  const before = reading(0, { a: { cpuSeconds: 9, allocatedBytes: 9 } });
  const unknown = { unknown: "its process began anew meanwhile, or another one answered" };
  assert.deepEqual(usedUp(before, reading(1, { b: { cpuSeconds: 10 } })), unknown);
  assert.deepEqual(usedUp(before, reading(1, { a: { cpuSeconds: 8 } })), unknown);
  const one = { cpuSeconds: 9, allocatedBytes: 9 };
  assert.deepEqual(usedUp(before, reading(1, { a: one, b: one })), unknown);
});

Deno.test("what a component uses when idle is taken off, for as long as it took", () => {
  const idle = { wallMs: 10_000, cpuSeconds: 1, allocatedBytes: 100 };
  assert.deepEqual(
    beyondIdle({ wallMs: 5_000, cpuSeconds: 3, allocatedBytes: 1_000 }, idle),
    { wallMs: 5_000, cpuSeconds: 2.5, allocatedBytes: 950 },
  );
  assert.deepEqual(beyondIdle({ wallMs: 5_000, cpuSeconds: 3 }, idle).allocatedBytes, undefined);
});
