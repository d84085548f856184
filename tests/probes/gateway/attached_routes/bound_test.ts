import assert from "node:assert/strict";
import fc from "fast-check";
import {
  boundOf,
  countedTimes,
  type PaceTimes,
} from "../../../../probes/gateway/attached_routes/bound.ts";

/** `count` times, one every `everyMs`. */
function times(count: number, everyMs: number, fromMs = 0): number[] {
  return Array.from({ length: count }, (_, index) => fromMs + index * everyMs);
}

function told(pace: PaceTimes): string {
  const { bound, because } = boundOf(pace);
  return `${bound}: ${because}`;
}

Deno.test("a count that is full shortly after our last create follows us", () => {
  const createdMs = times(1_000, 10);
  const countedMs = createdMs.map((atMs) => atMs + 40);
  assert.equal(
    told({ createdMs, acceptedMs: countedMs, countedMs }),
    "harness: the count was full 40ms after our last create, and making 1000 routes took 9.99s",
  );
  assert.equal(boundOf({ createdMs, countedMs }).ratePerSec?.toFixed(3), "100.000");
});

Deno.test("a count that comes with the last of steadily written statuses is the writer's", () => {
  // As Traefik does it: a burst of 100, then 50 a second, and the count in four steps.
  const acceptedMs = [...times(100, 1), ...times(200, 20, 100)];
  const counts = [2, 21, 115, 300].map((count) => ({ count, atMs: acceptedMs[count - 1]! + 5 }));
  assert.equal(
    told({ createdMs: times(300, 3), acceptedMs, countedMs: countedTimes(counts, 0) }),
    "status-writer: the count was full 3.19s after our last create, with the last of about 50 " +
      "route statuses a second, as a client limited to 50 a second writes them",
  );
});

Deno.test("a writer that first keeps up with us is found by what it does when we have ended", () => {
  // As seen of Traefik: as fast as we are while its burst lasts, then at its limit.
  const createdMs = times(300, 9);
  const acceptedMs = [...times(200, 11), ...times(100, 20, 2_200)];
  const { bound, because } = boundOf({ createdMs, acceptedMs, countedMs: acceptedMs });
  assert.equal(bound, "status-writer", because);
  const unlimited = [...times(200, 11), ...times(100, 9, 2_200), ...times(100, 8, 3_100)];
  const more = { createdMs: times(400, 8), acceptedMs: unlimited, countedMs: unlimited };
  assert.equal(boundOf(more).bound, "controller", "no slower than we were");
});

Deno.test("a writer at a rate that no client is known for is told without one", () => {
  const acceptedMs = times(300, 30);
  const { bound, because } = boundOf({
    createdMs: times(300, 3),
    acceptedMs,
    countedMs: acceptedMs,
  });
  assert.equal(bound, "status-writer");
  assert.ok(because.endsWith("about 33 route statuses a second"), because);
});

Deno.test("a count that comes long after all statuses is the controller's", () => {
  const createdMs = times(300, 3);
  const acceptedMs = times(300, 4);
  const countedMs = times(300, 0, 9_000);
  assert.equal(
    told({ createdMs, acceptedMs, countedMs }),
    "controller: the count was full 8.1s after our last create, 7.8s after the last route status",
  );
});

Deno.test("statuses that come all at once are the controller's, not a writer's", () => {
  const all = times(300, 0, 9_000).map((atMs, index) => atMs + index / 300);
  const late = { createdMs: times(300, 3), acceptedMs: all, countedMs: times(300, 0, 9_001) };
  assert.equal(boundOf(late).bound, "controller");
  const stopping = [...times(200, 10), ...times(50, 1, 9_000), ...times(50, 1, 20_000)];
  assert.equal(
    told({ createdMs: times(300, 3), acceptedMs: stopping, countedMs: stopping }),
    "controller: the count was full 19.2s after our last create, and the route statuses came at " +
      "no steady rate below ours",
  );
});

const FEW: readonly [name: string, pace: PaceTimes, because: string][] = [
  ["no times at all", {}, "0 routes are too few to tell"],
  [
    "few routes",
    { createdMs: times(19, 3), countedMs: times(19, 3) },
    "19 routes are too few to tell",
  ],
  [
    "a count that was never full",
    { createdMs: times(300, 3), countedMs: times(299, 3) },
    "the count was never full",
  ],
  [
    "routes made in one moment",
    { createdMs: times(300, 0), countedMs: times(300, 0) },
    "all routes were made at once",
  ],
  [
    "routes that were not accepted",
    { createdMs: times(300, 3), countedMs: times(300, 30) },
    "the count was full 8.07s after our last create, but not all routes were seen accepted",
  ],
  [
    "few statuses",
    { createdMs: times(30, 3), acceptedMs: times(30, 30), countedMs: times(30, 30) },
    "the count was full 783ms after our last create, but 14 route statuses are too few to tell a rate",
  ],
];

for (const [name, pace, because] of FEW) {
  Deno.test(`nothing is said of ${name}`, () => {
    assert.deepEqual(boundOf(pace), { bound: "unknown", because });
  });
}

Deno.test("what a count was when gives when each route was in it", () => {
  const counts = [{ count: 5, atMs: 1 }, { count: 7, atMs: 2 }, { count: 6, atMs: 3 }, {
    count: 8,
    atMs: 4,
  }];
  assert.deepEqual(countedTimes(counts, 4), [1, 2, 2, 4]);
  assert.deepEqual(countedTimes([], 4), []);
});

const routes = fc.integer({ min: 120, max: 400 });
/** Small irregularities, as parts of what they are added to. */
const jitter = fc.array(fc.double({ min: 0, max: 0.2, noNaN: true }), {
  minLength: 400,
  maxLength: 400,
});

Deno.test("a count that only follows our creates is never the controller's", () => {
  const property = fc.property(
    routes,
    jitter,
    fc.integer({ min: 5, max: 200 }),
    (n, parts, everyMs) => {
      const createdMs = times(n, everyMs).map((atMs, index) => atMs + parts[index]! * everyMs);
      const countedMs = createdMs.map((atMs) => atMs + everyMs);
      assert.equal(boundOf({ createdMs, acceptedMs: countedMs, countedMs }).bound, "harness");
    },
  );
  fc.assert(property);
});

Deno.test("a writer's rate is found whatever burst it begins with", () => {
  const rate = fc.integer({ min: 1, max: 100 });
  fc.assert(fc.property(routes, jitter, rate, fc.nat(100), (n, parts, ratePerSec, burst) => {
    const everyMs = 1_000 / ratePerSec;
    const first = Math.min(burst, Math.floor(n / 3));
    const acceptedMs = [
      ...times(first, 1),
      ...times(n - first, everyMs, first).map((atMs, index) => atMs + parts[index]! * everyMs),
    ];
    const found = boundOf({ createdMs: times(n, 1), acceptedMs, countedMs: acceptedMs });
    assert.equal(found.bound, "status-writer", found.because);
    assert.ok(Math.abs(found.ratePerSec! - ratePerSec) <= 0.02 * ratePerSec, found.because);
  }));
});

const anyTimes = fc.array(fc.integer({ min: 0, max: 100_000 }), { maxLength: 120 });

Deno.test("no order and no beginning of the clock matters, and no rate is not a number", () => {
  fc.assert(fc.property(anyTimes, anyTimes, anyTimes, fc.integer(), (one, two, three, offset) => {
    const moved = (all: readonly number[]) => all.map((atMs) => atMs + offset).reverse();
    const pace = { createdMs: one, acceptedMs: two, countedMs: three };
    const later = boundOf({
      createdMs: moved(one),
      acceptedMs: moved(two),
      countedMs: moved(three),
    });
    const found = boundOf(pace);
    assert.deepEqual(later, found);
    assert.ok(found.ratePerSec === undefined || Number.isFinite(found.ratePerSec));
  }));
});
