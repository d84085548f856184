import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type SingleChange,
  throttleOf,
} from "../../../../probes/gateway/attached_routes/throttle.ts";

function changes(times: readonly (readonly [askedMs: number, effectMs: number])[]): SingleChange[] {
  return times.map(([askedMs, effectMs]) => ({ askedMs, effectMs }));
}

/** One after another, each so long after the one before took effect. */
function changesThatTook(waitsMs: readonly number[], pauseMs = 10): SingleChange[] {
  let nowMs = 0;
  return waitsMs.map((waitMs) => {
    const askedMs = nowMs + pauseMs;
    return { askedMs, effectMs: nowMs = askedMs + waitMs };
  });
}

/** Of Traefik 3.7 with its throttle of 2 s: created and served, deleted and gone, in turn. */
const TRAEFIK_SERVING = changes([
  [0, 1973],
  [1981, 3792],
  [3798, 5780],
  [5788, 7762],
  [7771, 9881],
  [9888, 11784],
  [11792, 13815],
  [13823, 15785],
  [15793, 17874],
  [17883, 19819],
  [19827, 21761],
  [21768, 23925],
  [23934, 25914],
  [25923, 27882],
  [27890, 29885],
  [29892, 31851],
  [31859, 33989],
  [33998, 35879],
  [35885, 37856],
  [37864, 39833],
]);

/** The same changes, as it counted them: at once, and two seconds apart because we were. */
const TRAEFIK_COUNTING = changes([
  [0, 64],
  [1981, 2002],
  [3798, 3842],
  [5788, 5806],
  [7771, 7886],
  [9888, 9943],
  [11792, 11825],
  [13823, 13841],
  [15793, 15822],
  [17883, 17903],
  [19827, 19854],
  [21768, 21799],
  [23934, 23981],
  [25923, 25957],
  [27890, 27913],
  [29892, 29973],
  [31859, 31889],
  [33998, 34023],
  [35885, 35925],
  [37864, 37883],
]);

/** Of a throttle with ticks each 2 s, on a machine that was late by up to 0.4 s. */
const BUSY_MACHINE = changes([
  [0, 364],
  [379, 2256],
  [2292, 4258],
  [4268, 6249],
  [6255, 8248],
  [8266, 10244],
  [10252, 12654],
  [12667, 14393],
  [14406, 16484],
  [16527, 18245],
  [18251, 20248],
  [20255, 22244],
]);

Deno.test("a throttle is told from changes of which most take the same two seconds", () => {
  assert.equal(throttleOf(TRAEFIK_SERVING), "11 of 20 single changes took 1.93s to 1.98s");
});

Deno.test("on a machine that is late to ask and to see, it is told from the distances", () => {
  assert.equal(
    throttleOf(BUSY_MACHINE),
    "6 of 10 single changes took effect 1.99s to 2s after the one before, whenever they were " +
      "asked for",
  );
});

Deno.test("what takes effect at once is not throttled, however slow we were to ask again", () => {
  assert.equal(throttleOf(TRAEFIK_COUNTING), undefined);
});

Deno.test("the first change after a pause may be immediate", () => {
  assert.notEqual(throttleOf(changesThatTook([40, ...Array(11).fill(1_980)])), undefined);
});

const NOT_THROTTLED: readonly [shape: string, waitsMs: readonly number[]][] = [
  ["times that spread", [1_100, 1_900, 1_300, 2_400, 1_700, 2_900, 1_200, 2_100, 1_500, 2_600]],
  ["50 to 300 ms", [50, 300, 120, 80, 210, 260, 90, 150, 70, 180]],
  ["a flat time that may be work", Array(20).fill(900)],
  [
    "a writer whose time grows by each route",
    Array.from({ length: 20 }, (_, n) => 1_000 + 100 * n),
  ],
  ["a writer of a few statuses a second", Array.from({ length: 20 }, (_, n) => 200 + n % 3)],
  ["one outlier among short times", [...Array(19).fill(40), 2_000]],
  ["work that takes longer to add than to remove", Array(10).fill([2_000, 1_700]).flat()],
  ["the same, cut short", [...Array(10).fill([2_000, 1_700]).flat(), 2_000]],
  ["few changes", Array(9).fill(2_000)],
  ["no change", []],
];

for (const [shape, waitsMs] of NOT_THROTTLED) {
  Deno.test(`no throttle is seen in ${shape}`, () => {
    assert.equal(throttleOf(changesThatTook(waitsMs)), undefined);
  });
}

Deno.test("ticks are found however late we ask within them", () => {
  const periodMs = fc.integer({ min: 1_000, max: 10_000 });
  const late = fc.array(fc.double({ min: 0, max: 0.45, noNaN: true }), {
    minLength: 11,
    maxLength: 40,
  });
  fc.assert(fc.property(periodMs, late, fc.nat(1e6), (period, parts, startMs) => {
    const all = parts.map((part, index) => ({
      askedMs: startMs + (index + part) * period,
      effectMs: startMs + (index + 1) * period,
    }));
    assert.notEqual(throttleOf(all), undefined);
  }));
});

Deno.test("changes of which no two take nearly the same time are none of a throttle", () => {
  const growth = fc.double({ min: 1.05, max: 1.3, noNaN: true });
  fc.assert(fc.property(growth, fc.integer({ min: 10, max: 20 }), fc.nat(), (by, count, turn) => {
    const waitsMs = Array.from({ length: count }, (_, index) => 500 * by ** index);
    const mixed = [...waitsMs.slice(turn % count), ...waitsMs.slice(0, turn % count)];
    assert.equal(throttleOf(changesThatTook(mixed, 0)), undefined);
  }));
});
