import assert from "node:assert/strict";
import fc from "fast-check";
import {
  createRng,
  randomSeed,
  splitmixState,
  xoshiro128StarStar,
  type Xoshiro128State,
} from "../../../core/load/rng.ts";

const MASK = (1n << 32n) - 1n;

function rotateLeft(word: bigint, bits: bigint): bigint {
  return (word << bits | word >> (32n - bits)) & MASK;
}

/** xoshiro128** 1.1 as the paper writes it, in whole numbers modulo 2^32. */
function* xoshiroOracle(state: Xoshiro128State): Generator<number, never> {
  const s = state.map((word) => BigInt(word)) as [bigint, bigint, bigint, bigint];
  for (;;) {
    yield Number(rotateLeft(s[1] * 5n & MASK, 7n) * 9n & MASK);
    const t = s[1] << 9n & MASK;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotateLeft(s[3], 11n);
  }
}

/** splitmix32 in whole numbers modulo 2^32. */
function splitmixOracle(seed: number): number[] {
  let counter = BigInt(seed) & MASK;
  return [0, 1, 2, 3].map((index) => {
    if (index === 1) counter ^= BigInt(seed) >> 32n;
    counter = counter + 0x9e3779b9n & MASK;
    let z = counter;
    z = (z ^ z >> 16n) * 0x21f0aaadn & MASK;
    z = (z ^ z >> 15n) * 0x735a2d97n & MASK;
    return Number(z ^ z >> 15n);
  });
}

const seeds = fc.oneof(fc.constantFrom(0, 1, 2 ** 32, 2 ** 53 - 1), fc.maxSafeNat());

Deno.test("xoshiro128StarStar gives the words of the reference implementation", () => {
  const next = xoshiro128StarStar([1, 2, 3, 4]);
  assert.deepEqual(
    Array.from({ length: 10 }, next),
    // From state {1, 2, 3, 4}; the authors' C code, version 1.1, gives the same.
    [
      11520,
      0,
      5927040,
      70819200,
      2031721883,
      1637235492,
      1287239034,
      3734860849,
      3729100597,
      4258142804,
    ],
  );
});

Deno.test("xoshiro128StarStar equals whole-number arithmetic from any state", () => {
  const word = fc.integer({ min: 0, max: 2 ** 32 - 1 });
  fc.assert(fc.property(fc.tuple(word, word, word, word), (state) => {
    const next = xoshiro128StarStar(state);
    const oracle = xoshiroOracle(state);
    for (let k = 0; k < 50; k++) assert.equal(next(), oracle.next().value);
  }));
});

Deno.test("splitmixState equals whole-number arithmetic and is never all zero", () => {
  fc.assert(fc.property(seeds, (seed) => {
    const state = splitmixState(seed);
    assert.deepEqual([...state], splitmixOracle(seed));
    assert.notDeepEqual([...state], [0, 0, 0, 0]);
  }));
});

Deno.test("splitmixState tells seeds apart that differ in their high or their low bits only", () => {
  const states = [0, 1, 2 ** 32, 2 ** 32 + 1, 2 ** 52, 2 ** 53 - 1].map((seed) =>
    splitmixState(seed).join()
  );
  assert.equal(new Set(states).size, 6);
});

Deno.test("Rng.next is 53 bits of two words over 2^53", () => {
  fc.assert(fc.property(seeds, (seed) => {
    const rng = createRng(seed);
    const words = xoshiroOracle(splitmixState(seed));
    for (let k = 0; k < 10; k++) {
      const high = BigInt(words.next().value) >> 5n;
      const low = BigInt(words.next().value) >> 6n;
      assert.equal(rng.next(), Number(high << 26n | low) / 2 ** 53);
    }
  }));
});

Deno.test("createRng names its algorithm and keeps its first numbers from release to release", () => {
  const rng = createRng(42);
  assert.deepEqual([rng.name, rng.seed], ["xoshiro128** 1.1 / splitmix32", 42]);
  // A change of these makes the seeds of old reports worthless.
  assert.equal(rng.next(), 0.15377165265745885);
  assert.equal(createRng(42).integerBelow(1_000), 554);
  assert.equal(rng.fork("arrivals").seed, 6629230754070037);
});

/** Sum of (observed - expected)^2 / expected. */
function chiSquare(counts: readonly number[], expected: number): number {
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

/** Chi-square with 99 degrees of freedom exceeds this with probability 1e-3. */
const CHI_SQUARE_99 = 148.23;

Deno.test("Rng.next is uniform: chi-square over 100 classes at alpha 1e-3", () => {
  for (const seed of [1, 2, 3]) {
    const rng = createRng(seed);
    const counts = new Array<number>(100).fill(0);
    for (let k = 0; k < 100_000; k++) {
      const u = rng.next();
      assert.ok(u >= 0 && u < 1);
      const slot = Math.floor(u * 100);
      counts[slot] = (counts[slot] ?? 0) + 1;
    }
    assert.ok(chiSquare(counts, 1_000) < CHI_SQUARE_99, `seed ${seed}: ${counts}`);
  }
});

Deno.test("Rng.integerBelow is uniform where a plain modulo is not", () => {
  // 3/4 of 2^53: without rejection the lower half of the range would come twice as often.
  const n = 3 * 2 ** 51;
  const rng = createRng(7);
  const counts = new Array<number>(100).fill(0);
  for (let k = 0; k < 100_000; k++) {
    const slot = Math.floor(rng.integerBelow(n) / n * 100);
    counts[slot] = (counts[slot] ?? 0) + 1;
  }
  assert.ok(chiSquare(counts, 1_000) < CHI_SQUARE_99, `${counts}`);
});

Deno.test("Rng.integerBelow stays in range, and 1 leaves no choice", () => {
  fc.assert(fc.property(seeds, fc.integer({ min: 1, max: 2 ** 53 - 1 }), (seed, n) => {
    const value = createRng(seed).integerBelow(n);
    assert.ok(Number.isInteger(value) && value >= 0 && value < n);
    assert.equal(createRng(seed).integerBelow(1), 0);
  }));
});

Deno.test("Rng.fork depends on seed and label only, and createRng of its seed repeats it", () => {
  const fresh = createRng(5);
  const used = createRng(5);
  for (let k = 0; k < 10; k++) used.next();
  used.fork("other").next();
  const first = fresh.fork("arrivals");
  assert.equal(used.fork("arrivals").seed, first.seed);
  assert.equal(createRng(first.seed).next(), first.next());
});

Deno.test("Rng.fork gives seeds of their own for each label, parent and depth", () => {
  const parents = [0, 1, 2, 2 ** 32, 2 ** 53 - 1].map(createRng);
  const labels = ["", "a", "b", "aa", "ab", "ba", "arrivals", "worker 1", "worker 2", "\u0000"];
  const forks = parents.flatMap((parent) => labels.map((label) => parent.fork(label)));
  const grandchildren = forks.flatMap((fork) => [fork.fork("a"), fork.fork("")]);
  const all = [...parents, ...forks, ...grandchildren].map(({ seed }) => seed);
  assert.equal(new Set(all).size, all.length);
  assert.ok(all.every((seed) => Number.isSafeInteger(seed) && seed >= 0));
});

Deno.test("forks with neighbouring labels are independent: chi-square over pairs at alpha 1e-3", () => {
  const rng = createRng(11);
  const one = rng.fork("stream 0");
  const other = rng.fork("stream 1");
  const counts = new Array<number>(100).fill(0);
  for (let k = 0; k < 100_000; k++) {
    const slot = 10 * one.integerBelow(10) + other.integerBelow(10);
    counts[slot] = (counts[slot] ?? 0) + 1;
  }
  assert.ok(chiSquare(counts, 1_000) < CHI_SQUARE_99, `${counts}`);
});

Deno.test("the first draws of neighbouring seeds are uniform: chi-square at alpha 1e-3", () => {
  const counts = new Array<number>(100).fill(0);
  for (let seed = 0; seed < 100_000; seed++) {
    const slot = createRng(seed).integerBelow(100);
    counts[slot] = (counts[slot] ?? 0) + 1;
  }
  assert.ok(chiSquare(counts, 1_000) < CHI_SQUARE_99, `${counts}`);
});

Deno.test("createRng and integerBelow refuse what they cannot use and say what they can", () => {
  for (const seed of [-1, 0.5, NaN, Infinity, 2 ** 53]) {
    assert.throws(() => createRng(seed), {
      name: "RangeError",
      message: `Cannot seed with ${seed}: expected an integer from 0 to 2^53 - 1`,
    });
  }
  for (const n of [0, -1, 1.5, NaN, 2 ** 54]) {
    assert.throws(() => createRng(1).integerBelow(n), {
      name: "RangeError",
      message: `Cannot draw below ${n}: expected an integer from 1 to 2^53`,
    });
  }
});

Deno.test("randomSeed is a positive integer of at most 31 bits and not always the same", () => {
  const drawn = Array.from({ length: 20 }, randomSeed);
  assert.ok(drawn.every((seed) => Number.isInteger(seed) && seed >= 1 && seed < 2 ** 31));
  assert.ok(new Set(drawn).size > 1);
});
