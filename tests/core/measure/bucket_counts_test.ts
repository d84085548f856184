import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { BucketCounts, type BucketPairs } from "../../../core/measure/bucket_counts.ts";

const HIGHEST_INDEX = 28_000;

const counted = fc.array(fc.tuple(fc.nat(HIGHEST_INDEX), fc.integer({ min: 1, max: 1_000 })));
/** Ascending, as a decoder makes them. */
const pairs = counted.map((entries) => pairsOf(new Map(entries)));
/** Enough of them that they cannot all wait. */
const manyPairs = fc.nat(HIGHEST_INDEX - 6_000).map((first) =>
  Array.from({ length: 6_000 }, (_, place) => place % 2 === 0 ? first + place / 2 : 1)
);

type Step =
  | { readonly kind: "add"; readonly index: number; readonly count: number }
  | { readonly kind: "pairs"; readonly pairs: BucketPairs }
  | { readonly kind: "all"; readonly steps: readonly Step[] }
  | { readonly kind: "look" | "compact" };

const simple: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant("add" as const),
    index: fc.nat(HIGHEST_INDEX),
    count: fc.nat(100).map((n) => n + 1),
  }),
  fc.record({ kind: fc.constant("pairs" as const), pairs: fc.oneof(pairs, manyPairs) }),
  fc.constantFrom({ kind: "look" as const }, { kind: "compact" as const }),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  simple,
  fc.record({ kind: fc.constant("all" as const), steps: fc.array(simple, { maxLength: 6 }) }),
);
const steps = fc.array(step, { maxLength: 12 });

function pairsOf(counts: ReadonlyMap<number, number>): number[] {
  return [...counts].sort(([one], [other]) => one - other).flat();
}

function made(from: readonly Step[]): BucketCounts {
  const counts = new BucketCounts();
  for (const one of from) {
    if (one.kind === "add") counts.add(one.index, one.count);
    else if (one.kind === "pairs") counts.addPairs(one.pairs);
    else if (one.kind === "all") counts.addAll(made(one.steps));
    else if (one.kind === "compact") counts.compact();
    else counts.pairs();
  }
  return counts;
}

function naive(from: readonly Step[], counts = new Map<number, number>()): Map<number, number> {
  const add = (index: number, count: number) => counts.set(index, (counts.get(index) ?? 0) + count);
  for (const one of from) {
    if (one.kind === "add") add(one.index, one.count);
    else if (one.kind === "all") naive(one.steps, counts);
    else if (one.kind === "pairs") {
      for (let place = 0; place < one.pairs.length; place += 2) {
        add(one.pairs[place]!, one.pairs[place + 1]!);
      }
    }
  }
  return counts;
}

Deno.test("counts hold what was added, in whatever way and order", () => {
  fc.assert(fc.property(steps, (from) => {
    const expected = naive(from);
    const counts = made(from);
    strictEqual(counts.total, [...expected.values()].reduce((sum, count) => sum + count, 0));
    deepStrictEqual([...counts.pairs()], pairsOf(expected));
  }));
});

Deno.test("countUpTo() and indexOfRank() are those of the sorted indexes", () => {
  fc.assert(fc.property(steps, fc.nat(HIGHEST_INDEX), fc.nat(2_000), (from, index, rank) => {
    const sorted = [...naive(from)].sort(([one], [other]) => one - other);
    const upTo = (last: number) =>
      sorted.filter(([one]) => one <= last).reduce((sum, [, count]) => sum + count, 0);
    strictEqual(made(from).countUpTo(index), upTo(index));
    if (sorted.length === 0) return;
    const expected = sorted.find(([one]) => upTo(one) >= rank)?.[0] ?? sorted.at(-1)?.[0];
    strictEqual(made(from).indexOfRank(rank), expected);
  }));
});

Deno.test("adding counts to others leaves them as they were", () => {
  fc.assert(fc.property(steps, steps, (one, other) => {
    const added = made(other);
    made(one).addAll(added);
    deepStrictEqual([...added.pairs()], pairsOf(naive(other)));
  }));
});
