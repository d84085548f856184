import assert from "node:assert/strict";
import fc from "fast-check";
import { Population } from "../../../kube/owned/population.ts";

Deno.test("a reading is the mean over its time, the most, and what is there at its end", () => {
  const population = new Population({ startMs: 1_000 });
  population.add(1_000);
  population.add(1_250);
  population.remove(1_750);
  // 1 for 250 ms, 2 for 500 ms, 1 for 250 ms.
  assert.deepEqual(population.takeReading(2_000), { mean: 1.5, max: 2, current: 1 });
  assert.deepEqual(population.takeReading(3_000), { mean: 1, max: 1, current: 1 });
  population.remove(3_000);
  assert.deepEqual(population.takeReading(4_000), { mean: 0, max: 1, current: 0 });
  assert.deepEqual(population.takeReading(5_000), { mean: 0, max: 0, current: 0 });
  assert.equal(population.peak, 2);
  assert.equal(population.meanUntil(5_000), 0.625);
});

Deno.test("what exists for no time counts to the most and not to the mean", () => {
  const population = new Population({ startMs: 0 });
  population.add(10);
  population.remove(10);
  assert.deepEqual(population.takeReading(20), { mean: 0, max: 1, current: 0 });
  assert.equal(population.peak, 1);
});

Deno.test("over no time the mean is what is there", () => {
  const population = new Population({ startMs: 5 });
  assert.equal(population.meanUntil(5), 0);
  population.add(5);
  assert.deepEqual(population.takeReading(5), { mean: 1, max: 1, current: 1 });
  assert.deepEqual(population.takeReading(5), { mean: 1, max: 1, current: 1 });
  assert.equal(population.meanUntil(5), 1);
});

Deno.test("a look at the mean between readings changes none of them", () => {
  const population = new Population({ startMs: 0 });
  population.add(0);
  assert.equal(population.meanUntil(50), 1);
  population.add(50);
  assert.equal(population.meanUntil(75), 4 / 3);
  assert.deepEqual(population.takeReading(100), { mean: 1.5, max: 2, current: 2 });
});

type Event = { readonly gapMs: number; readonly kind: "add" | "remove" | "read" };
const anyEvents: fc.Arbitrary<Event[]> = fc.array(fc.record({
  gapMs: fc.nat(5),
  kind: fc.constantFrom("add" as const, "add" as const, "remove" as const, "read" as const),
}));

Deno.test("readings agree with counting the objects in every millisecond", () => {
  fc.assert(fc.property(anyEvents, (events) => {
    const population = new Population({ startMs: 0 });
    /** Objects in the millisecond that begins at the index. */
    const perMs: number[] = [];
    let [current, readMs, max, peak] = [0, 0, 0, 0];
    for (const { gapMs, kind } of events) {
      for (let ms = 0; ms < gapMs; ms++) perMs.push(current);
      const nowMs = perMs.length;
      if (kind === "add") {
        population.add(nowMs);
        current++;
      } else if (kind === "remove" && current > 0) {
        population.remove(nowMs);
        current--;
      } else if (kind === "read") {
        const since = perMs.slice(readMs);
        const sum = since.reduce((total, count) => total + count, 0);
        const mean = since.length === 0 ? current : sum / since.length;
        assert.deepEqual(population.takeReading(nowMs), { mean, max, current });
        [readMs, max] = [nowMs, current];
      }
      max = Math.max(max, current);
      peak = Math.max(peak, current);
      assert.equal(population.current, current);
      assert.equal(population.peak, peak);
    }
    const sum = perMs.reduce((total, count) => total + count, 0);
    const mean = perMs.length === 0 ? current : sum / perMs.length;
    assert.equal(population.meanUntil(perMs.length), mean);
  }));
});

Deno.test("time never goes back, and nothing is removed that is not there", () => {
  const population = new Population({ startMs: 100 });
  assert.throws(() => population.add(99), {
    name: "RangeError",
    message: "Cannot count objects at 99: expected a time from 100 on",
  });
  assert.throws(() => population.remove(100), {
    name: "RangeError",
    message: "Cannot remove an object at 100: none is left",
  });
  population.add(200);
  for (const atMs of [199, NaN]) {
    assert.throws(() => population.remove(atMs), { name: "RangeError" });
    assert.throws(() => population.takeReading(atMs), { name: "RangeError" });
    assert.throws(() => population.meanUntil(atMs), { name: "RangeError" });
  }
  assert.deepEqual(population.takeReading(300), { mean: 0.5, max: 1, current: 1 });
});
