import assert from "node:assert/strict";
import { createRng } from "../../../core/load/rng.ts";
import { Reflector } from "../../../kube/watch/reflector.ts";
import { CONFIG_MAPS } from "../../../kube/resource.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import {
  added,
  bookmark,
  listed,
  object,
  ScriptedCluster,
  type ScriptStep,
  SILENCE,
  status,
  watched,
} from "../../support/scripted_cluster.ts";
import { assertWithin, BROKEN, EXPIRED, OPEN_END, start, WrittenStore } from "./reflector_run.ts";

Deno.test("Reflector doubles its back-off while lists fail, whatever the failure, and then goes on", async () => {
  const failures = [BROKEN, status(500), status(429), status(503), status(400), BROKEN, BROKEN];
  const run = start([...failures.map((list) => ({ list })), listed(10, []), OPEN_END]);
  await run.clock.advance(300_000);
  const ranges = [800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000] as const;
  assert.equal(run.waits().length, ranges.length);
  ranges.forEach((leastMs, k) => assertWithin(run.waits()[k], [leastMs, 2 * leastMs]));
  const gaps = run.cluster.calls.slice(1, 8).map(({ atMs }, k) =>
    atMs - (run.cluster.calls[k]?.atMs ?? NaN)
  );
  gaps.forEach((gapMs, k) => assert.ok(Math.abs(gapMs - (run.waits()[k] ?? NaN)) < 1e-6));
  assert.deepEqual(run.words(), [
    "failed connection-reset",
    "failed http-500",
    "failed too-many-requests",
    "failed service-unavailable",
    "failed http-400",
    "failed connection-reset",
    "failed connection-reset",
    "listed 0",
    "watching",
  ]);
  assert.deepEqual(new Set(run.asked().slice(0, 8)), new Set(["list 0"]));
  await run.stop();
});

Deno.test("Reflector begins its back-off again after more than 2 min without failures", async () => {
  const run = start([
    { list: BROKEN },
    { list: BROKEN },
    listed(10, []),
    watched({ pauseMs: 116_000 }, { error: BROKEN }),
    watched({ pauseMs: 120_000 }, { error: BROKEN }),
    OPEN_END,
  ]);
  await run.clock.advance(300_000);
  const ranges = [[800, 1_600], [1_600, 3_200], [3_200, 6_400], [800, 1_600]] as const;
  assert.equal(run.waits().length, 4);
  ranges.forEach((range, k) => assertWithin(run.waits()[k], range));
  await run.stop();
});

Deno.test("Reflector waits at least as long as the server asks", async () => {
  const run = start([
    { list: status(429, { retryAfterMs: 7_000 }) },
    listed(10, []),
    { refuseWatch: status(503, { retryAfterMs: 1 }) },
    OPEN_END,
  ]);
  await run.clock.advance(20_000);
  assert.equal(run.waits()[0], 7_000);
  assert.equal(run.cluster.calls[1]?.atMs, 8_000);
  assertWithin(run.waits()[1], [1_600, 3_200]);
  await run.stop();
});

const watchFailures: readonly {
  readonly name: string;
  readonly step: ScriptStep;
  readonly next: "watch 10" | "list -";
}[] = [
  { name: "cannot connect", step: { refuseWatch: BROKEN }, next: "watch 10" },
  { name: "breaks", step: watched({ pauseMs: 5 }, { error: BROKEN }), next: "watch 10" },
  { name: "is refused with 429", step: { refuseWatch: status(429) }, next: "watch 10" },
  {
    name: "is refused with 503 and Retry-After",
    step: { refuseWatch: status(503, { retryAfterMs: 1 }) },
    next: "watch 10",
  },
  { name: "ends at once", step: watched(), next: "watch 10" },
  { name: "ends after 999 ms", step: watched({ pauseMs: 999 }), next: "watch 10" },
  {
    name: "ends 999 ms after it was accepted late",
    step: { watch: [{ pauseMs: 999 }], opensAfterMs: 700 },
    next: "watch 10",
  },
  { name: "is refused with 504", step: { refuseWatch: status(504) }, next: "list -" },
  { name: "is refused with 403", step: { refuseWatch: status(403) }, next: "list -" },
  { name: "has an ERROR event", step: watched({ error: status(500) }), next: "list -" },
];
for (const { name, step, next } of watchFailures) {
  Deno.test(`Reflector backs off and goes on with ${next} when a watch ${name}`, async () => {
    const after = next === "list -" ? listed(20, []) : OPEN_END;
    const run = start([listed(10, []), step, after]);
    await run.clock.advance(3_500);
    assert.deepEqual(run.asked().slice(0, 3), ["list 0", "watch 10", next]);
    assert.equal(run.words().filter((word) => word.startsWith("failed")).length, 1);
    assert.equal(run.words().filter((word) => word.startsWith("closed")).length, 0);
    assertWithin(run.waits()[0], [800, 1_600]);
    await run.stop();
  });
}

Deno.test("Reflector takes a watch that ends at once for sound if it had an event or lasted 1 s", async () => {
  const run = start([
    listed(10, []),
    watched(bookmark(11)),
    watched({ pauseMs: 1_000 }),
    watched(added(object("a", { rv: 12 }))),
    OPEN_END,
  ]);
  await run.clock.advance(1_000);
  assert.deepEqual(run.asked(), ["list 0", "watch 10", "watch 11", "watch 11", "watch 12"]);
  assert.deepEqual(run.waits(), []);
  await run.stop();
});

for (const code of [401, 403, 404]) {
  Deno.test(`Reflector.run rejects with the Status if the first list is answered ${code}`, async () => {
    const refusal = status(code);
    const run = start([{ list: refusal }]);
    await assert.rejects(run.running, (thrown) => thrown === refusal);
    assert.deepEqual([run.activities, run.clock.sleeperCount], [[], 0]);
  });

  Deno.test(`Reflector.run rejects if the first list fails otherwise and then with ${code}`, async () => {
    const refusal = status(code);
    const run = start([{ list: BROKEN }, { list: refusal }]);
    await run.clock.advance(1_600);
    await assert.rejects(run.running, (thrown) => thrown === refusal);
  });

  Deno.test(`Reflector tries again if a later list is answered ${code}`, async () => {
    const run = start([
      listed(10, []),
      { refuseWatch: EXPIRED },
      { list: status(code) },
      listed(20, []),
      OPEN_END,
    ]);
    await run.clock.advance(5_000);
    assert.deepEqual(run.asked(), ["list 0", "watch 10", "list -", "list -", "watch 20"]);
    await run.stop();
  });
}

Deno.test("Reflector gives up a watch that says nothing for its timeout and 30 s more", async () => {
  const run = start([
    listed(10, []),
    watched({ pauseMs: 50_000 }, bookmark(11), SILENCE),
    OPEN_END,
  ], { watchTimeoutSeconds: { min: 100, span: 0 } });
  // Heard last at 50 s, so that the watch is silent for 130 s at 180 s.
  await run.clock.advance(179_999);
  assert.deepEqual(run.asked(), ["list 0", "watch 10"]);
  await run.clock.advance(1);
  assert.deepEqual(run.words(), ["listed 0", "watching", "bookmark 11", "failed stalled"]);
  const failed = run.activities.at(-1);
  assert.ok(failed?.kind === "failed");
  assert.equal(failed.error.message, "Nothing came for 130 s from a watch of 100 s");
  await run.clock.advance(1_600);
  assert.deepEqual(run.asked(), ["list 0", "watch 10", "watch 11"]);
  await run.stop();
});

const phases: readonly {
  readonly name: string;
  readonly steps: readonly ScriptStep[];
  readonly afterMs: number;
}[] = [
  { name: "the first list", steps: [listed(1, [], { afterMs: 9_000 })], afterMs: 10 },
  { name: "a back-off", steps: [{ list: BROKEN }], afterMs: 10 },
  { name: "a silent watch", steps: [listed(1, []), OPEN_END], afterMs: 10 },
  {
    name: "a later page",
    steps: [
      listed(1, []),
      { refuseWatch: EXPIRED },
      listed(2, [], { token: "t" }),
      listed(2, [], { afterMs: 9_000 }),
    ],
    afterMs: 1_700,
  },
];
for (const { name, steps, afterMs } of phases) {
  Deno.test(`Reflector.run resolves promptly when it is stopped during ${name}`, async () => {
    const run = start(steps);
    await run.clock.advance(afterMs);
    assert.equal(run.cluster.stepsLeft, 0);
    const [words, stored] = [run.words(), [...run.store.words]];
    await run.stop();
    assert.deepEqual([run.words(), run.store.words], [words, stored]);
  });
}

Deno.test("Reflector.run with an aborted signal asks nothing", async () => {
  const clock = new FakeClock();
  const cluster = new ScriptedCluster(clock, []);
  const store = new WrittenStore();
  const options = { resource: CONFIG_MAPS, store, clock, rng: createRng(1) };
  await new Reflector(cluster, options).run(AbortSignal.abort());
  assert.deepEqual([cluster.calls, store.words], [[], []]);
});

Deno.test("Reflector takes nothing from a list or a watch that ends in good order although it was stopped", async () => {
  for (const verb of ["list", "watch"] as const) {
    const controller = new AbortController();
    const stopAt = (now: typeof verb) => now === verb && controller.abort();
    const store = new WrittenStore();
    const activities: string[] = [];
    const clock = new FakeClock();
    await new Reflector({
      get: () => Promise.reject(new Error("not used")),
      list: () => {
        stopAt("list");
        return Promise.resolve({ metadata: { resourceVersion: "1" }, items: [] });
      },
      watch: async function* () {
        yield { type: "BOOKMARK", object: { metadata: { resourceVersion: "2" } }, bytes: 9 };
        stopAt("watch");
      },
    }, {
      resource: CONFIG_MAPS,
      store,
      clock,
      rng: createRng(1),
      onActivity: ({ kind }) => activities.push(kind),
    }).run(controller.signal);
    assert.deepEqual(activities, verb === "list" ? [] : ["listed", "bookmark"]);
    assert.deepEqual(store.words, verb === "list" ? [] : ["all"]);
    assert.equal(clock.sleeperCount, 0);
  }
});

Deno.test("Reflector leaves no listener on the signal for watches that have ended", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const [add, remove] = [signal.addEventListener, signal.removeEventListener];
  let listeners = 0;
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listeners++;
    add.apply(signal, args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listeners--;
    remove.apply(signal, args);
  };
  const clock = new FakeClock();
  const watches = Array.from({ length: 20 }, () => watched(bookmark(2)));
  const cluster = new ScriptedCluster(clock, [listed(1, []), ...watches, OPEN_END]);
  const options = { resource: CONFIG_MAPS, store: new WrittenStore(), clock, rng: createRng(1) };
  const running = new Reflector(cluster, options).run(signal);
  while (cluster.stepsLeft > 0) await clock.advance(0);
  assert.equal(listeners, 1);
  controller.abort();
  await running;
});

Deno.test("Reflector applies nothing more once the store itself has stopped it", async () => {
  const events = [added(object("a", { rv: 2 })), added(object("b", { rv: 3 }))];
  const store = new WrittenStore();
  const run = start([listed(1, []), watched(...events, SILENCE)], {
    store: {
      replace: (items) => store.replace(items),
      apply: (event) => {
        store.apply(event);
        run.controller.abort();
      },
    },
  });
  await run.clock.advance(0);
  await run.running;
  assert.deepEqual(store.words, ["all", "ADDED a"]);
  assert.equal(run.clock.sleeperCount, 0);
});

Deno.test("Reflector.run rejects with what the store throws, and leaves no watch behind", async () => {
  const defect = new TypeError("defect of the store");
  const run = start([listed(1, []), watched(added(object("a", { rv: 2 })), SILENCE)], {
    store: {
      replace: () => {},
      apply: () => {
        throw defect;
      },
    },
  });
  await assert.rejects(run.running, (thrown) => thrown === defect);
  assert.deepEqual([run.clock.sleeperCount, run.reflector.lastResourceVersion], [0, "1"]);
});
