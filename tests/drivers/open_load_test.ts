import assert from "node:assert/strict";
import { OperationFailedError, UsageError } from "../../core/errors.ts";
import { execute } from "../../core/load/executor.ts";
import { OPEN_FLAGS } from "../../drivers/flags.ts";
import { mostObjects, openLoad, openSchedule } from "../../drivers/open_load.ts";
import { CONFIG_MAPS } from "../../kube/resource.ts";
import { statusError } from "../support/memory_cluster.ts";
import { TempDir } from "../support/scaletool.ts";
import { OBJECTS, Writing } from "../kube/owned/writing.ts";
import { settingsOf } from "./harness.ts";

function scheduleOf(given: Record<string, string>) {
  const { values, shown } = settingsOf(OPEN_FLAGS, given);
  const isGiven = (flag: string) => shown[flag]?.source === "flag";
  return { values, schedule: openSchedule(values, { isGiven }) };
}

const SCHEDULES: [
  given: Record<string, string>,
  expected: { label: string; ratePerSec: number; lifetimeMs: number; meanPopulation: number },
][] = [
  [{}, { label: "poisson:1/s", ratePerSec: 1, lifetimeMs: 100_000, meanPopulation: 100 }],
  [
    { lambda: "5", maxpop: "50" },
    { label: "poisson:5/s", ratePerSec: 5, lifetimeMs: 10_000, meanPopulation: 50 },
  ],
  [
    // The original's rule, although no gap of the process is longer than 300 s.
    { lambda: "0.001", maxpop: "2", duration: "1h" },
    { label: "poisson:0.001/s", ratePerSec: 0.001, lifetimeMs: 2_000_000, meanPopulation: 2 },
  ],
  [
    { lambda: "20", maxpop: "50", ttl: "3s" },
    { label: "poisson:20/s", ratePerSec: 20, lifetimeMs: 3_000, meanPopulation: 60 },
  ],
  [
    { lambda: "5", rate: "50/s", maxpop: "200" },
    { label: "constant:50/s", ratePerSec: 50, lifetimeMs: 4_000, meanPopulation: 200 },
  ],
  [
    { rate: "burst:20@1s", maxpop: "40" },
    { label: "burst:20@1s", ratePerSec: 20, lifetimeMs: 2_000, meanPopulation: 40 },
  ],
  [
    { rate: "ramp:0/s..50/s@30s", maxpop: "100" },
    { label: "ramp:0/s..50/s@30s", ratePerSec: 25, lifetimeMs: 4_000, meanPopulation: 100 },
  ],
  [
    // 10/s on the average of the first 20 s, the warm-up included.
    { rate: "ramp:0/s..30/s@30s", maxpop: "100", warmup: "5s", duration: "15s" },
    { label: "ramp:0/s..30/s@30s", ratePerSec: 10, lifetimeMs: 10_000, meanPopulation: 100 },
  ],
  [
    { rate: "step:10/s@10s,50/s@10s", ttl: "2s" },
    { label: "step:10/s@10s,50/s@10s", ratePerSec: 30, lifetimeMs: 2_000, meanPopulation: 60 },
  ],
];

for (const [given, expected] of SCHEDULES) {
  const flags = Object.entries(given).map(([name, value]) => `--${name} ${value}`).join(" ");
  Deno.test(`life and population of ${flags || "the defaults"} are by Little's law`, () => {
    const { arrivals, objects: _, ...numbers } = scheduleOf(given).schedule;
    assert.deepEqual({ label: arrivals.label, ...numbers }, expected);
  });
}

const COUNTS: [given: Record<string, string>, objects: number | undefined][] = [
  [{}, 300],
  [{ n: "20" }, 20],
  [{ duration: "10s" }, undefined],
  [{ duration: "10s", n: "20" }, 20],
  [{ duration: "10s", n: "300" }, 300],
];

for (const [given, objects] of COUNTS) {
  Deno.test(`${JSON.stringify(given)} means ${objects ?? "any number of"} objects`, () => {
    assert.equal(scheduleOf(given).schedule.objects, objects);
  });
}

Deno.test("names are wide enough for twice the arrivals that are expected, and a hundred", () => {
  const most = (given: Record<string, string>) => {
    const { schedule, values } = scheduleOf(given);
    return mostObjects(schedule, values);
  };
  assert.equal(most({ n: "20", duration: "10s" }), 20);
  assert.equal(most({ rate: "50/s", duration: "10s", warmup: "2s" }), 2 * 600 + 100);
  assert.equal(most({ rate: "step:7/s@3s", duration: "1h" }), 2 * 21 + 100);
});

Deno.test("--rate that cannot be read is a usage error that names it", () => {
  for (const rate of ["much", "replay:/no/such/file"]) {
    assert.throws(() => scheduleOf({ rate }), (error: Error) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, /^--rate: /);
      assert.doesNotMatch(error.message, /\n/);
      return true;
    });
  }
});

Deno.test("a schedule without a mean rate needs --ttl", async () => {
  await using dir = new TempDir();
  Deno.writeTextFileSync(dir.file("at-once"), "0\n0\n");
  for (
    const given of [{ rate: `replay:${dir.file("at-once")}` }, {
      rate: "step:0/s@10s,50/s@10s",
      duration: "5s",
    }]
  ) {
    assert.throws(
      () => scheduleOf(given),
      new UsageError(
        `--rate: "${given.rate}" has no mean rate to derive the objects' life from; give it with --ttl`,
      ),
    );
    const { schedule } = scheduleOf({ ...given, ttl: "3s" });
    assert.deepEqual([schedule.ratePerSec, schedule.lifetimeMs, schedule.meanPopulation], [
      0,
      3_000,
      0,
    ]);
  }
});

Deno.test("of a replay as many objects come as it holds, or as --n and --duration leave", async () => {
  await using dir = new TempDir();
  Deno.writeTextFileSync(dir.file("log"), "1s\n2s\n3s\n4s\n");
  const rate = `replay:${dir.file("log")}`;
  const objects = (given: Record<string, string>) =>
    scheduleOf({ rate, ...given }).schedule.objects;
  assert.deepEqual(
    [objects({}), objects({ n: "2" }), objects({ duration: "2500ms" }), objects({ n: "9" })],
    [4, 2, 2, 4],
  );
  assert.match(scheduleOf({ rate }).schedule.arrivals.label, / \(4 arrivals over 4s\)$/);
  assert.throws(() => objects({ duration: "500ms" }), {
    name: "UsageError",
    message: `--rate: nothing of ${rate} (4 arrivals over 4s) is due in the 500ms of the load`,
  });
});

/** Puts a load on, and lets it end by itself; the calls with their times. */
function putOn(world: Writing, given: Record<string, string>) {
  const { values, schedule } = scheduleOf(given);
  const calls = world.callTimes();
  const { run, writer } = world;
  const ended = execute(run, openLoad(run, { writer, objects: OBJECTS, schedule, values }));
  return { calls, ended };
}

Deno.test("objects come as the schedule says and live from the end of their creates", async () => {
  await using world = new Writing();
  world.answersAfter(150);
  const { calls, ended } = putOn(world, { rate: "10/s", n: "3", ttl: "1s" });
  await world.clock.advance(199);
  assert.equal(world.run.arrivalsAreOver, false);
  await world.clock.advance(1);
  assert.equal(world.run.arrivalsAreOver, true);
  await world.clock.advance(9_800);
  await ended;
  assert.deepEqual(calls, [
    "create o-1 @0",
    "create o-2 @100",
    "create o-3 @200",
    "delete o-1 @1150",
    "delete o-2 @1250",
    "delete o-3 @1350",
  ]);
  assert.deepEqual(world.outcomes, { "create ok": 3, "delete ok": 3 });
  assert.deepEqual([world.owned.count, world.population.current, world.population.peak], [0, 0, 3]);
  assert.ok(world.rows.every(({ beforeMs, dueMs }) => beforeMs === dueMs));
});

Deno.test("a server that stands still for 2 s delays no arrival, and response times show it", async () => {
  await using world = new Writing();
  const { clock } = world;
  const startMs = clock.now();
  world.cluster.onCall = () => clock.sleepUntil(startMs + 2_000);
  const { calls, ended } = putOn(world, { rate: "2/s", n: "4", ttl: "10s" });
  await clock.advance(20_000);
  await ended;
  assert.deepEqual(calls.slice(0, 4), [
    "create o-1 @0",
    "create o-2 @500",
    "create o-3 @1000",
    "create o-4 @1500",
  ]);
  world.run.rotate();
  const { response, service } = world.run.live.operation("create")!;
  assert.deepEqual([response, service].map((one) => Math.round(one.valueAt(1) / 1e5)), [20, 20]);
});

for (const [catchUp, created] of [["burst", 4], ["skip", 2]] as const) {
  Deno.test(`with --catch-up=${catchUp} a driver that was late makes ${created} of 4 objects`, async () => {
    await using world = new Writing();
    const flags = { rate: "10/s", n: "4", ttl: "10s", "catch-up": catchUp };
    const { ended } = putOn(world, flags);
    await world.clock.advance(50);
    world.clock.stall(300);
    await world.clock.advance(1);
    world.run.stop("interrupted");
    await ended;
    const lateMs = world.rows.map(({ beforeMs, dueMs = 0 }) => beforeMs - dueMs);
    assert.deepEqual(lateMs, catchUp === "burst" ? [0, 250, 150, 50] : [0, 50]);
  });
}

Deno.test("with --max-in-flight what waits is late, and what is dropped is not sent or deleted", async () => {
  const flags = { rate: "10/s", n: "3", ttl: "1s", "max-in-flight": "1" };
  await using queueing = new Writing();
  queueing.answersAfter(150);
  const queued = putOn(queueing, flags);
  await queueing.clock.advance(10_000);
  await queued.ended;
  assert.deepEqual(queued.calls.slice(0, 3), [
    "create o-1 @0",
    "create o-2 @150",
    "create o-3 @300",
  ]);
  assert.deepEqual(
    queueing.rows.slice(0, 3).map(({ beforeMs, dueMs = 0 }) => beforeMs - dueMs),
    [0, 50, 100],
  );

  await using dropping = new Writing();
  dropping.answersAfter(150);
  const dropped = putOn(dropping, { ...flags, "when-full": "drop" });
  await dropping.clock.advance(10_000);
  await dropped.ended;
  assert.deepEqual(dropped.calls, [
    "create o-1 @0",
    "create o-3 @200",
    "delete o-1 @1150",
    "delete o-3 @1350",
  ]);
  assert.deepEqual(dropping.outcomes, { "create ok": 2, "create dropped": 1, "delete ok": 2 });
});

Deno.test("a create that the server refuses is not followed by a delete", async () => {
  await using world = new Writing();
  world.cluster.fail("create", statusError(403, "Forbidden"), { on: "o-2" });
  const { calls, ended } = putOn(world, { rate: "10/s", n: "2", ttl: "1s" });
  await world.clock.advance(10_000);
  await ended;
  assert.deepEqual(calls, ["create o-1 @0", "create o-2 @100", "delete o-1 @1000"]);
  assert.equal(world.owned.count, 0);
});

for (
  const error of [
    statusError(503, "ServiceUnavailable"),
    new OperationFailedError("connection-reset", "reset"),
  ]
) {
  Deno.test(`a create that ends with ${error.reason} is followed by a delete, for what it may have made`, async () => {
    await using world = new Writing();
    world.cluster.fail("create", error, { afterEffect: true, on: "o-1" });
    world.cluster.fail("create", error, { on: "o-2" });
    const { calls, ended } = putOn(world, { rate: "10/s", n: "2", ttl: "1s" });
    await world.clock.advance(10_000);
    await ended;
    assert.deepEqual(calls.slice(2), ["delete o-1 @1000", "delete o-2 @1100"]);
    assert.deepEqual(world.outcomes, {
      [`create ${error.reason}`]: 2,
      "delete ok": 1,
      "delete not-found": 1,
    });
    assert.deepEqual([world.owned.count, world.cluster.keys(CONFIG_MAPS)], [0, []]);
  });
}

Deno.test("a run that stops leaves the deleting of what lives to the clean-up", async () => {
  await using world = new Writing();
  const { calls, ended } = putOn(world, { rate: "10/s", ttl: "10s" });
  await world.clock.advance(450);
  world.run.stop("interrupted");
  await ended;
  assert.equal(calls.length, 5);
  assert.ok(calls.every((call) => call.startsWith("create")));
  assert.equal(world.owned.count, 5);
  assert.deepEqual(world.outcomes, { "create ok": 5 });
  assert.equal(world.clock.sleeperCount, 0);
});
