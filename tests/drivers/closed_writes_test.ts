import assert from "node:assert/strict";
import fc from "fast-check";
import {
  highestObjectOf,
  lagOf,
  objectCountOf,
  operationsOf,
  type OrderedWrite,
  peakPopulationOf,
  type WriteOrder,
  writesOf,
} from "../../drivers/closed_writes.ts";

/** Upstream's defaults. */
const DEFAULTS: WriteOrder = {
  objects: 300,
  maxPopulation: 100,
  threads: 1,
  ratePerSec: 100,
  updates: 1,
  createOnly: false,
};

function planned(options: WriteOrder): OrderedWrite[][] {
  return Array.from({ length: options.threads }, (_, thread) => [...writesOf(thread, options)]);
}

/** All threads' operations as they are due; without a rate, all threads in turn. */
function inOrder(options: WriteOrder): OrderedWrite[] {
  const slots = planned(options).flatMap((operations, thread) =>
    operations.map((operation, k) => ({ operation, slot: k * options.threads + thread }))
  );
  return slots.sort((a, b) => a.slot - b.slot).map(({ operation }) => operation);
}

function peakOf(operations: readonly OrderedWrite[]): number {
  let population = 0;
  let peak = 0;
  for (const { op } of operations) {
    if (op === "create") population++;
    if (op === "delete") population--;
    peak = Math.max(peak, population);
  }
  return peak;
}

/** `C3`: create of object 3; `U2(1)`: second update of object 1. */
function notation({ op, phase, object }: OrderedWrite): string {
  return op === "update" ? `U${phase}(${object})` : `${op === "create" ? "C" : "D"}${object}`;
}

const anyOptions: fc.Arbitrary<WriteOrder> = fc.record({
  objects: fc.integer({ min: 1, max: 60 }),
  maxPopulation: fc.integer({ min: 1, max: 80 }),
  threads: fc.integer({ min: 1, max: 9 }),
  ratePerSec: fc.constantFrom(0, 0.5, 100, 333),
  updates: fc.integer({ min: 0, max: 4 }),
  createOnly: fc.boolean(),
});

const PLANS = [
  {
    options: { objects: 4, maxPopulation: 2, updates: 0 },
    plan: "C1 C2 D1 C3 D2 C4 D3 D4",
  },
  {
    options: { objects: 4, maxPopulation: 4, updates: 2 },
    plan: "C1 C2 U1(1) C3 U1(2) U2(1) C4 U1(3) U2(2) D1 U1(4) U2(3) D2 U2(4) D3 D4",
  },
  {
    options: { objects: 3, maxPopulation: 1, updates: 1 },
    plan: "C1 U1(1) D1 C2 U1(2) D2 C3 U1(3) D3",
  },
  {
    options: { objects: 3, maxPopulation: 100, updates: 1, createOnly: true },
    plan: "C1 C2 C3 U1(1) U1(2) U1(3)",
  },
] as const;

for (const { options, plan } of PLANS) {
  Deno.test(`${JSON.stringify(options)} is the plan ${plan}`, () => {
    const operations = [...writesOf(0, { ...DEFAULTS, ...options })];
    assert.equal(operations.map(notation).join(" "), plan);
    // Slot s (from 1) is due s / rate after the start.
    assert.deepEqual(operations.map(({ dueMs }) => dueMs), operations.map((_, k) => (k + 1) * 10));
  });
}

Deno.test("two threads take every other slot and every other object", () => {
  const options = { ...DEFAULTS, objects: 4, maxPopulation: 2, threads: 2, updates: 0 };
  const rows = inOrder(options).map((operation) => `${operation.dueMs} ${notation(operation)}`);
  assert.deepEqual(rows, [
    ...["10 C1", "20 C2", "30 D1", "40 D2", "50 C3", "60 C4", "70 D3", "80 D4"],
  ]);
});

Deno.test("upstream's defaults have lag 50, 900 operations in 9 s and a peak of 99", () => {
  const operations = [...writesOf(0, DEFAULTS)];
  assert.equal(lagOf(0, DEFAULTS), 50);
  assert.equal(operationsOf(DEFAULTS), 900);
  assert.equal(operations.length, 900);
  assert.equal(operations.at(-1)?.dueMs, 9_000);
  assert.equal(peakPopulationOf(DEFAULTS), 99);
  assert.equal(peakOf(operations), 99);
});

Deno.test("upstream's defaults with 4 threads have lag 13 each and a peak of 100", () => {
  const options = { ...DEFAULTS, threads: 4 };
  assert.deepEqual([0, 1, 2, 3].map((thread) => lagOf(thread, options)), [13, 13, 13, 13]);
  assert.equal(peakPopulationOf(options), 100);
  assert.equal(peakOf(inOrder(options)), 100);
});

Deno.test("later threads take what does not divide evenly, and none has a lag below 1", () => {
  const lags = (change: Partial<WriteOrder>) =>
    [0, 1, 2, 3].map((thread) => lagOf(thread, { ...DEFAULTS, threads: 4, ...change }));
  assert.deepEqual(lags({ maxPopulation: 10, updates: 0 }), [2, 2, 3, 3]);
  assert.deepEqual(lags({ maxPopulation: 10, updates: 2 }), [1, 1, 1, 1]);
  assert.deepEqual(lags({ maxPopulation: 15, updates: 2 }), [1, 2, 2, 2]);
  assert.deepEqual(lags({ maxPopulation: 2, updates: 0 }), [1, 1, 1, 1]);
});

Deno.test("without deletions all objects remain and only the other phases count", () => {
  const options = { ...DEFAULTS, createOnly: true };
  assert.equal(operationsOf(options), 600);
  assert.equal(peakPopulationOf(options), 300);
  assert.equal(peakOf(inOrder(options)), 300);
});

Deno.test("numbers exceed the count of objects when the threads do not divide it", () => {
  const options = { ...DEFAULTS, objects: 10, threads: 4, updates: 0 };
  const objects = planned(options).map((operations) =>
    operations.filter(({ op }) => op === "create").map(({ object }) => object)
  );
  assert.deepEqual(objects, [[1, 5], [2, 6], [3, 7, 11], [4, 8, 12]]);
  assert.equal(highestObjectOf(options), 12);
});

Deno.test("without a rate nothing is due at any time", () => {
  const operations = [...writesOf(0, { ...DEFAULTS, ratePerSec: 0 })];
  assert.equal(operations.length, 900);
  assert.ok(operations.every(({ dueMs }) => dueMs === undefined));
});

Deno.test("every object goes through each phase once and in order", () => {
  fc.assert(fc.property(anyOptions, (options) => {
    const phases = new Map<number, number[]>();
    for (const { object, phase, op } of inOrder(options)) {
      phases.set(object, [...phases.get(object) ?? [], phase]);
      const last = options.updates + 1;
      assert.equal(op, phase === 0 ? "create" : phase === last ? "delete" : "update");
    }
    const all = Array.from(
      { length: options.updates + (options.createOnly ? 1 : 2) },
      (_, phase) => phase,
    );
    for (const own of phases.values()) assert.deepEqual(own, all);
    assert.equal(phases.size, options.objects);
    assert.equal(Math.max(...phases.keys()), highestObjectOf(options));
    assert.equal(Math.min(...phases.keys()) >= 1, true);
    assert.equal(inOrder(options).length, operationsOf(options));
  }));
});

Deno.test("each thread reaches its share of the peak, and all of them never more than allowed", () => {
  fc.assert(fc.property(anyOptions, (options) => {
    const peaks = planned(options).map(peakOf);
    const peak = peaks.reduce((sum, own) => sum + own, 0);
    assert.equal(peakPopulationOf(options), peak);
    assert.ok(peakOf(inOrder(options)) <= peak);
    const allowed = Math.max(options.maxPopulation, options.threads);
    if (!options.createOnly) assert.ok(peak <= allowed, `${peak} > ${allowed}`);
  }));
});

Deno.test("the slots of all threads are distinct, and without a gap while all have work", () => {
  fc.assert(fc.property(anyOptions, (options) => {
    fc.pre(options.ratePerSec > 0);
    const { threads, ratePerSec } = options;
    const plans = planned(options);
    const slots = plans.flat().map(({ dueMs = NaN }) => Math.round(dueMs * ratePerSec / 1_000));
    slots.sort((a, b) => a - b);
    assert.equal(new Set(slots).size, slots.length);
    const shared = threads * Math.min(...plans.map((operations) => operations.length));
    assert.deepEqual(slots.slice(0, shared), Array.from({ length: shared }, (_, k) => k + 1));
  }));
});

Deno.test("an update follows its predecessor by the lag, until that has finished", () => {
  fc.assert(fc.property(anyOptions, (options) => {
    planned(options).forEach((operations, thread) => {
      const own = objectCountOf(thread, options);
      const done = new Array<number>(options.updates + 2).fill(0);
      for (const { phase } of operations) {
        if (phase > 0) {
          const ahead = done[phase - 1] as number;
          const lead = ahead - (done[phase] as number);
          assert.ok(ahead === own || lead === lagOf(thread, options), `lead ${lead}`);
        }
        done[phase] = (done[phase] as number) + 1;
      }
    });
  }));
});

const OUT_OF_RANGE = [
  {
    change: { objects: 0 },
    message: /^Cannot order objects 0: expected a whole number from 1 on$/,
  },
  { change: { maxPopulation: 0.5 }, message: /^Cannot order maxPopulation 0\.5: / },
  { change: { threads: 0 }, message: /^Cannot order threads 0: / },
  { change: { updates: -1 }, message: /^Cannot order updates -1: .* from 0 on$/ },
  { change: { ratePerSec: NaN }, message: /^Cannot order ratePerSec NaN: / },
  { change: { ratePerSec: -1 }, message: /^Cannot order ratePerSec -1: / },
] as const;

for (const { change, message } of OUT_OF_RANGE) {
  Deno.test(`${Object.entries(change).flat().join(" ")} cannot be planned`, () => {
    const options = { ...DEFAULTS, ...change };
    assert.throws(() => writesOf(0, options).next(), { name: "RangeError", message });
    assert.throws(() => operationsOf(options), { name: "RangeError", message });
  });
}

Deno.test("there is no thread beyond the last", () => {
  for (const thread of [-1, 1, 0.5]) {
    assert.throws(() => writesOf(thread, DEFAULTS).next(), {
      name: "RangeError",
      message: `Cannot order thread ${thread}: expected a whole number from 0 to 0`,
    });
  }
});
