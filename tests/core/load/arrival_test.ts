import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type ArrivalProcess,
  burst,
  constant,
  meanRatePerSec,
  poisson,
  ramp,
  replay,
  step,
  uniform,
} from "../../../core/load/arrival.ts";
import { createRng } from "../../../core/load/rng.ts";

/** The first offsets, at most `count`. */
function first(process: ArrivalProcess, count: number, seed = 1): number[] {
  return Iterator.from(process.offsets(createRng(seed))).take(count).toArray();
}

/** All offsets before `endMs`. */
function before(process: ArrivalProcess, endMs: number, seed = 1): number[] {
  const found: number[] = [];
  for (const offsetMs of process.offsets(createRng(seed))) {
    if (offsetMs >= endMs) break;
    found.push(offsetMs);
  }
  return found;
}

function gaps(offsets: readonly number[]): number[] {
  return offsets.map((offsetMs, index) => offsetMs - (offsets[index - 1] ?? 0));
}

/** sup |F_n(x) - F(x)| of a sample against a continuous distribution function. */
function kolmogorovSmirnov(sample: readonly number[], cdf: (x: number) => number): number {
  const n = sample.length;
  return sample.toSorted((one, other) => one - other).reduce((worst, x, index) => {
    const expected = cdf(x);
    return Math.max(worst, (index + 1) / n - expected, expected - index / n);
  }, 0);
}

/** The Kolmogorov distribution exceeds this / sqrt(n) with probability 1e-3. */
const KS_LIMIT = Math.sqrt(-Math.log(1e-3 / 2) / 2);

const tables: readonly { process: ArrivalProcess; offsets: number[]; durationMs: number }[] = [
  // The first one at once, then every 20 ms.
  { process: constant(50), offsets: [0, 20, 40, 60], durationMs: Infinity },
  { process: constant(3), offsets: [0, 1000 / 3, 2000 / 3, 1000], durationMs: Infinity },
  { process: burst({ size: 2, everyMs: 500 }), offsets: [0, 0, 500, 500], durationMs: Infinity },
  // A ramp that is none: when the area reaches 1, 2, 3.
  {
    process: ramp({ fromPerSec: 1, toPerSec: 1, durationMs: 3_000 }),
    offsets: [1_000, 2_000, 3_000],
    durationMs: 3_000,
  },
  // Area t^2 / 2 with t in s: n-th arrival at sqrt(2 n) s; 8 in 4 s.
  {
    process: ramp({ fromPerSec: 0, toPerSec: 4, durationMs: 4_000 }),
    offsets: [1, 2, 3, 4, 5, 6, 7, 8].map((n) => 1_000 * Math.sqrt(2 * n)),
    durationMs: 4_000,
  },
  // The mirror image: area 4 t - t^2 / 2, so the n-th at 4 - sqrt(16 - 2 n) s.
  {
    process: ramp({ fromPerSec: 4, toPerSec: 0, durationMs: 4_000 }),
    offsets: [1, 2, 3, 4, 5, 6, 7, 8].map((n) => 1_000 * (4 - Math.sqrt(16 - 2 * n))),
    durationMs: 4_000,
  },
  // 2.5 arrivals, a pause, then 2.5: the halves make the third one, 250 ms into the last step.
  {
    process: step([
      { ratePerSec: 1, durationMs: 2_500 },
      { ratePerSec: 0, durationMs: 1_000 },
      { ratePerSec: 2, durationMs: 1_250 },
    ]),
    offsets: [1_000, 2_000, 3_750, 4_250, 4_750],
    durationMs: 4_750,
  },
  { process: replay([0, 5, 5, 9]), offsets: [0, 5, 5, 9], durationMs: 9 },
];

for (const { process, offsets, durationMs } of tables) {
  Deno.test(`${process.label} is due at ${offsets.slice(0, 4).join(", ")} ms`, () => {
    const count = durationMs === Infinity ? offsets.length : 1_000;
    const actual = first(process, count);
    assert.equal(actual.length, offsets.length);
    actual.forEach((offsetMs, index) => {
      assert.ok(Math.abs(offsetMs - (offsets[index] ?? NaN)) < 1e-6, `${index}: ${offsetMs}`);
    });
    assert.equal(process.durationMs, durationMs);
  });
}

Deno.test("poisson gaps follow Exp(lambda): Kolmogorov-Smirnov at alpha 1e-3", () => {
  for (const [ratePerSec, seed] of [[50, 1], [0.5, 2], [4_000, 3]] as const) {
    const sample = gaps(first(poisson(ratePerSec), 5_000, seed));
    const distance = kolmogorovSmirnov(sample, (x) => 1 - Math.exp(-x * ratePerSec / 1_000));
    assert.ok(distance < KS_LIMIT / Math.sqrt(5_000), `${ratePerSec}/s: ${distance}`);
    // The test can tell: gaps of a rate 10 % off do not pass.
    const other = kolmogorovSmirnov(sample, (x) => 1 - Math.exp(-x * 1.1 * ratePerSec / 1_000));
    assert.ok(other > KS_LIMIT / Math.sqrt(5_000));
  }
});

Deno.test("uniform gaps are uniform in [0, 2 / rate): Kolmogorov-Smirnov at alpha 1e-3", () => {
  const sample = gaps(first(uniform(50), 5_000, 4));
  const distance = kolmogorovSmirnov(sample, (x) => Math.min(1, x / 40));
  assert.ok(distance < KS_LIMIT / Math.sqrt(5_000), `${distance}`);
  assert.ok(Math.max(...sample) < 40 + 1e-6);
});

Deno.test("poisson gaps are capped at 300 s, or at what is asked", () => {
  // Mean gap 1,000 s: a share of e^-0.3 = 74 % is cut off.
  const sample = gaps(first(poisson(0.001), 2_000, 5));
  assert.ok(sample.every((gapMs) => gapMs <= 300_000 + 1e-3));
  const cut = sample.filter((gapMs) => gapMs > 300_000 - 1e-3).length;
  const [expected, deviation] = [2_000 * Math.exp(-0.3), Math.sqrt(2_000 * 0.74 * 0.26)];
  assert.ok(Math.abs(cut - expected) < 4 * deviation, `${cut} of 2000`);
  const short = gaps(first(poisson(0.001, { maxGapMs: 10 }), 1_000, 6));
  assert.ok(Math.max(...short) <= 10 + 1e-6);
});

Deno.test("poisson draws one number an arrival: gap = -1000 ln(1 - u) / rate", () => {
  const rng = createRng(9);
  const expected = Array.from({ length: 5 }, () => -1_000 * Math.log(1 - rng.next()) / 20);
  gaps(first(poisson(20), 5, 9)).forEach((gapMs, index) => {
    assert.ok(Math.abs(gapMs - (expected[index] ?? NaN)) < 1e-9);
  });
});

const ratePerSec = fc.double({ min: 0.1, max: 2_000, noNaN: true });
const durationMs = fc.integer({ min: 1, max: 20_000 });
const ramps = fc.record({ fromPerSec: ratePerSec, toPerSec: ratePerSec, durationMs }).map(ramp);
const steps = fc.array(fc.record({ ratePerSec, durationMs }), { minLength: 1, maxLength: 5 })
  .map(step);
const deterministic = fc.oneof(
  ratePerSec.map((rate) => constant(rate)),
  ramps,
  steps,
  fc.record({ size: fc.integer({ min: 1, max: 50 }), everyMs: fc.integer({ min: 1, max: 5_000 }) })
    .map(burst),
);
const random = fc.oneof(ratePerSec.map((rate) => poisson(rate)), ratePerSec.map(uniform));
const seed = fc.maxSafeNat();

Deno.test("every process is non-decreasing from 0 on, within its duration, and repeats by seed", () => {
  fc.assert(fc.property(fc.oneof(deterministic, random), seed, (process, seed) => {
    const offsets = first(process, 500, seed);
    gaps(offsets).forEach((gapMs) => assert.ok(gapMs >= 0, `${process.label}: ${gapMs}`));
    assert.ok((offsets.at(-1) ?? 0) <= process.durationMs);
    assert.deepEqual(first(process, 500, seed), offsets);
  }));
});

Deno.test("another seed gives another random schedule", () => {
  fc.assert(fc.property(random, (process) => {
    assert.notDeepEqual(first(process, 5, 1), first(process, 5, 2));
  }));
});

Deno.test("deterministic counts stay within one arrival of expectedBy at any time", () => {
  const at = fc.integer({ min: 0, max: 25_000_000 }).map((us) => us / 1_000);
  fc.assert(fc.property(deterministic, at, (process, endMs) => {
    const count = before(process, endMs).length;
    const expected = process.expectedBy(endMs);
    assert.ok(Math.abs(count - expected) <= 1 + 1e-6, `${process.label}: ${count}, ${expected}`);
  }));
});

Deno.test("ramp and step have as many arrivals as the whole area under their curve", () => {
  fc.assert(fc.property(
    fc.record({
      from: fc.integer({ min: 0, max: 200 }),
      to: fc.integer({ min: 1, max: 200 }),
      sec: fc.integer({ min: 1, max: 10 }),
    }),
    ({ from, to, sec }) => {
      const shape = { fromPerSec: from, toPerSec: to, durationMs: sec * 1_000 };
      const [up, both] = [
        ramp(shape),
        step([
          { ratePerSec: from, durationMs: shape.durationMs },
          { ratePerSec: to, durationMs: shape.durationMs / 2 },
        ]),
      ];
      assert.equal(first(up, 1e4).length, Math.floor((from + to) * sec / 2));
      assert.equal(up.expectedBy(Infinity), (from + to) * sec / 2);
      assert.equal(first(both, 1e4).length, Math.floor(from * sec + to * sec / 2));
    },
  ));
});

Deno.test("a rounding error in the area does not cost the last arrival", () => {
  assert.ok(0.57 * 100 < 57);
  assert.equal(first(step([{ ratePerSec: 0.57, durationMs: 100_000 }]), 1_000).length, 57);
});

Deno.test("random counts stay within five standard deviations of expectedBy", () => {
  fc.assert(fc.property(random, seed, (process, seed) => {
    const count = before(process, 5_000, seed).length;
    const expected = process.expectedBy(5_000);
    // Poisson's variance is its mean; that of uniform gaps is a third of it.
    assert.ok(Math.abs(count - expected) <= 5 * Math.sqrt(expected) + 5, `${process.label}`);
  }));
});

Deno.test("expectedBy is the mean count over many seeds, early in the schedule too", () => {
  const cases: readonly [ArrivalProcess, number][] = [
    [poisson(1), 700],
    [uniform(1), 500],
    [uniform(1), 3_000],
    [uniform(1), 7_900],
    [uniform(1), 8_100],
    [poisson(1, { maxGapMs: 500 }), 20_000],
  ];
  for (const [process, endMs] of cases) {
    const counts = Array.from({ length: 4_000 }, (_, seed) => before(process, endMs, seed).length);
    const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
    const expected = process.expectedBy(endMs);
    // A capped Poisson process is only known to within its first gap.
    const bound = 4 * Math.sqrt(expected / counts.length) +
      (process.label.includes("<=") ? 0.5 : 0);
    assert.ok(
      Math.abs(mean - expected) < bound,
      `${process.label} by ${endMs}: ${mean} ${expected}`,
    );
  }
});

Deno.test("expectedBy has the known exact values", () => {
  const cases: readonly [ArrivalProcess, number, number][] = [
    [constant(50), 60_000, 3_000],
    [constant(50), -1, 0],
    [poisson(50), 60_000, 3_000],
    [poisson(0.001, { maxGapMs: 1_000 }), 10_000, 10.005],
    // e - 1 renewals in the length of the longest gap, e^2 - e - 1 in twice that.
    [uniform(2), 1_000, Math.E - 1],
    [uniform(2), 2_000, Math.E ** 2 - Math.E - 1],
    [uniform(2), 0, 0],
    [ramp({ fromPerSec: 0, toPerSec: 10, durationMs: 10_000 }), 5_000, 12.5],
    [ramp({ fromPerSec: 0, toPerSec: 10, durationMs: 10_000 }), 99_000, 50],
    [burst({ size: 20, everyMs: 1_000 }), 60_000, 1_200],
    [burst({ size: 20, everyMs: 1_000 }), 1, 20],
    [replay([0, 5, 9]), 9, 2],
  ];
  for (const [process, offsetMs, expected] of cases) {
    const actual = process.expectedBy(offsetMs);
    assert.ok(Math.abs(actual - expected) < 1e-6 * Math.max(1, expected), process.label + actual);
  }
});

Deno.test("parameters out of range are refused with the value and what is right", () => {
  const positive = "expected a finite number above 0";
  const cases: readonly [() => unknown, string][] = [
    [() => constant(0), `Cannot use arrival rate 0: ${positive}`],
    [() => poisson(-1), `Cannot use arrival rate -1: ${positive}`],
    [() => poisson(1, { maxGapMs: 0 }), `Cannot use longest gap in ms 0: ${positive}`],
    [() => uniform(NaN), `Cannot use arrival rate NaN: ${positive}`],
    [() => constant(Infinity), `Cannot use arrival rate Infinity: ${positive}`],
    [
      () => ramp({ fromPerSec: -1, toPerSec: 1, durationMs: 1 }),
      "Cannot use arrival rate -1: expected a finite number of at least 0",
    ],
    [
      () => ramp({ fromPerSec: 1, toPerSec: 1, durationMs: 0 }),
      `Cannot use duration in ms 0: ${positive}`,
    ],
    [
      () => ramp({ fromPerSec: 0, toPerSec: 0, durationMs: 1_000 }),
      'Cannot use arrivals "ramp:0/s..0/s@1s": expected at least one rate above 0',
    ],
    [() => step([]), 'Cannot use arrivals "step:": expected at least one rate above 0'],
    [
      () => burst({ size: 1.5, everyMs: 1 }),
      "Cannot use burst size 1.5: expected an integer of at least 1",
    ],
    [() => burst({ size: 1, everyMs: 0 }), `Cannot use burst period in ms 0: ${positive}`],
    [() => replay([]), "Cannot replay no arrivals: expected one or more"],
    [
      () => replay([1, 0.5]),
      "Cannot replay arrival 2 at 0.5 ms: expected at least 1 ms, the offset before it",
    ],
    [
      () => replay([-1]),
      "Cannot use arrival offset number 1 in ms -1: expected a finite number of at least 0",
    ],
  ];
  for (const [make, message] of cases) assert.throws(make, { name: "RangeError", message });
});

Deno.test("meanRatePerSec is over the time that a schedule is driven, and 0 where nothing comes", () => {
  assert.equal(meanRatePerSec(constant(40), Infinity), 40);
  assert.equal(
    meanRatePerSec(ramp({ fromPerSec: 0, toPerSec: 100, durationMs: 10_000 }), 5_000),
    25,
  );
  assert.equal(meanRatePerSec(constant(40), 0), 0);
});
