import assert from "node:assert/strict";
import fc from "fast-check";
import { createRng } from "../../../core/load/rng.ts";
import { Informer, type InformerHandler } from "../../../kube/watch/informer.ts";
import type { KubeObject } from "../../../kube/object.ts";
import { CONFIG_MAPS } from "../../../kube/resource.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import {
  added,
  deleted,
  listed,
  modified,
  object,
  ScriptedCluster,
  type ScriptStep,
  SILENCE,
  status,
  watched,
} from "../../support/scripted_cluster.ts";

const EXPIRED: ScriptStep = { refuseWatch: status(410) };
const OPEN_END = watched(SILENCE);

function wordOf({ metadata: { name, resourceVersion } }: KubeObject): string {
  return `${name}@${resourceVersion}`;
}

/** An informer that runs against a script until `stop()`; its handler writes one word per call. */
function start(steps: readonly ScriptStep[], handler: Partial<InformerHandler> = {}) {
  const clock = new FakeClock();
  const cluster = new ScriptedCluster(clock, steps);
  const words: string[] = [];
  const controller = new AbortController();
  const informer = new Informer(cluster, {
    resource: CONFIG_MAPS,
    clock,
    rng: createRng(7),
    handler: {
      onAdd: (object, { isInInitialList }) =>
        words.push(`${isInInitialList ? "initial" : "add"} ${wordOf(object)}`),
      onUpdate: (before, after) => words.push(`update ${wordOf(before)} ${wordOf(after)}`),
      onDelete: (object, { isFinalStateUnknown }) =>
        words.push(`${isFinalStateUnknown ? "gone" : "delete"} ${wordOf(object)}`),
      ...handler,
    },
  });
  const running = informer.run(controller.signal);
  running.catch(() => {});
  return {
    clock,
    words,
    informer,
    running,
    controller,
    keys: () => [...informer.keys()].sort(),
    stop: async () => {
      controller.abort();
      await running;
      assert.equal(clock.sleeperCount, 0);
    },
  };
}

Deno.test("Informer tells the first list as initial adds, then each event, and keeps the cache with it", async () => {
  const run = start([
    listed(10, [object("a", { rv: 3 }), object("b", { rv: 9 })]),
    watched(
      added(object("c", { rv: 11 })),
      modified(object("a", { rv: 12 })),
      deleted(object("b", { rv: 15 })),
      SILENCE,
    ),
  ]);
  await run.clock.advance(0);
  assert.deepEqual(run.words, [
    "initial a@3",
    "initial b@9",
    "add c@11",
    "update a@3 a@12",
    // As it was when it was deleted, not as it was seen before.
    "delete b@15",
  ]);
  assert.deepEqual([run.keys(), run.informer.size], [["ns/a", "ns/c"], 2]);
  assert.deepEqual(run.informer.get("ns/a"), object("a", { rv: 12 }));
  assert.equal(run.informer.get("ns/b"), undefined);
  assert.equal(run.informer.lastResourceVersion, "15");
  await run.stop();
});

Deno.test("Informer keys by namespace and name, so that equal names do not meet", async () => {
  const run = start([
    listed(10, [object("a", { rv: 1 }), object("a", { rv: 2, namespace: "other", uid: "u2" })]),
    watched(deleted(object("a", { rv: 3 })), SILENCE),
  ]);
  await run.clock.advance(0);
  assert.deepEqual(run.keys(), ["other/a"]);
  await run.stop();
});

Deno.test("Informer tells the differences after a relist: adds, updates of what changed, and what is gone", async () => {
  const run = start([
    listed(10, ["same", "changed", "gone"].map((name, k) => object(name, { rv: k + 1 }))),
    EXPIRED,
    listed(50, [
      object("new", { rv: 40 }),
      object("changed", { rv: 41 }),
      object("same", { rv: 1 }),
    ]),
    OPEN_END,
  ]);
  await run.clock.advance(1_600);
  assert.deepEqual(run.words.slice(3), [
    "add new@40",
    "update changed@2 changed@41",
    "gone gone@3",
  ]);
  assert.deepEqual(run.keys(), ["ns/changed", "ns/new", "ns/same"]);
  await run.stop();
});

Deno.test("Informer tells a delete and an add of what was deleted and created again between two lists", async () => {
  const run = start([
    listed(10, [object("a", { rv: 3, uid: "first" })]),
    EXPIRED,
    listed(50, [object("a", { rv: 40, uid: "second" })]),
    watched(modified(object("a", { rv: 51, uid: "third" })), SILENCE),
  ]);
  await run.clock.advance(1_600);
  assert.deepEqual(run.words, ["initial a@3", "gone a@3", "add a@40", "gone a@40", "add a@51"]);
  assert.equal(run.informer.get("ns/a")?.metadata.uid, "third");
  await run.stop();
});

Deno.test("Informer judges an event by its cache: a second ADDED is an update, an unknown DELETED nothing", async () => {
  const run = start([
    listed(10, [object("a", { rv: 3 })]),
    watched(
      added(object("a", { rv: 3 })),
      modified(object("b", { rv: 12 })),
      deleted(object("c", { rv: 13 })),
      SILENCE,
    ),
  ]);
  await run.clock.advance(0);
  assert.deepEqual(run.words.slice(1), ["update a@3 a@3", "add b@12"]);
  await run.stop();
});

Deno.test("Informer has changed its cache before it calls the handler", async () => {
  const seen: (string | undefined)[] = [];
  const look = () => {
    const object = run.informer.get("ns/a");
    seen.push(object && wordOf(object));
  };
  const run = start([
    listed(10, [object("a", { rv: 1 })]),
    watched(modified(object("a", { rv: 11 })), deleted(object("a", { rv: 12 })), SILENCE),
  ], { onAdd: look, onUpdate: look, onDelete: look });
  await run.clock.advance(0);
  assert.deepEqual(seen, ["a@1", "a@11", undefined]);
  await run.stop();
});

Deno.test("Informer.synced resolves when the handler has seen the first list, and not before", async () => {
  const run = start([listed(10, [object("a", { rv: 1 })], { afterMs: 500 }), OPEN_END]);
  let wordsAtSync: readonly string[] | undefined;
  run.informer.synced.then(() => wordsAtSync = [...run.words]);
  await run.clock.advance(499);
  assert.equal(wordsAtSync, undefined);
  await run.clock.advance(1);
  assert.deepEqual(wordsAtSync, ["initial a@1"]);
  await run.stop();
  await run.informer.synced;
});

Deno.test("Informer.synced of an empty resource resolves too, and later adds are not initial", async () => {
  const run = start([listed(10, []), EXPIRED, listed(20, [object("a", { rv: 15 })]), OPEN_END]);
  await run.informer.synced;
  assert.equal(run.informer.size, 0);
  await run.clock.advance(1_600);
  assert.deepEqual(run.words, ["add a@15"]);
  await run.stop();
});

Deno.test("Informer.run and synced reject with the Status if the first list is forbidden", async () => {
  const refusal = status(403);
  const run = start([{ list: refusal }]);
  await assert.rejects(run.running, (thrown) => thrown === refusal);
  // Whoever looks at run() only is not punished with an unhandled rejection.
  await run.clock.settle();
  await assert.rejects(run.informer.synced, (thrown) => thrown === refusal);
});

Deno.test("Informer.synced rejects with the signal's reason if run() is stopped before the first list", async () => {
  const run = start([listed(10, [], { afterMs: 500 })]);
  await run.clock.advance(100);
  run.controller.abort(new Error("enough"));
  await run.running;
  await assert.rejects(run.informer.synced, { message: "enough" });
});

Deno.test("Informer.run rejects with what a handler throws", async () => {
  const defect = new TypeError("defect of the handler");
  const run = start([listed(10, [object("a", { rv: 1 })])], {
    onAdd: () => {
      throw defect;
    },
  });
  await assert.rejects(run.running, (thrown) => thrown === defect);
  await assert.rejects(run.informer.synced, (thrown) => thrown === defect);
});

/** Objects by name: uid and resourceVersion as small numbers, so that states often agree. */
const someState = fc.dictionary(
  fc.constantFrom("a", "b", "c", "d"),
  fc.record({ uid: fc.constantFrom("u1", "u2"), rv: fc.integer({ min: 1, max: 3 }) }),
);

Deno.test("Informer's calls, added up, lead from any list to any other, and are as few as possible", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(someState, { minLength: 1, maxLength: 4 }), async (states) => {
      const live = new Map<string, KubeObject>();
      const calls = { adds: 0, updates: 0, deletes: 0 };
      const lists = states.map((state, k) =>
        listed(k, Object.entries(state).map(([name, of]) => object(name, of)))
      );
      const steps = lists.flatMap((list) => [list, EXPIRED]);
      const nameOf = ({ metadata: { name = "" } }: KubeObject) => name;
      const run = start([...steps.slice(0, -1), OPEN_END], {
        onAdd: (object) => {
          assert.ok(!live.has(nameOf(object)));
          live.set(nameOf(object), object);
          calls.adds++;
        },
        onUpdate: (before, after) => {
          assert.equal(live.get(nameOf(after)), before);
          assert.equal(before.metadata.uid, after.metadata.uid);
          live.set(nameOf(after), after);
          calls.updates++;
        },
        onDelete: (object) => {
          assert.equal(live.get(nameOf(object)), object);
          live.delete(nameOf(object));
          calls.deletes++;
        },
      });
      await run.clock.advance(60_000);
      const expected = { adds: 0, updates: 0, deletes: 0 };
      states.forEach((state, k) => {
        const before = states[k - 1] ?? {};
        for (const name of ["a", "b", "c", "d"]) {
          const [from, to] = [before[name], state[name]];
          if (from?.uid === to?.uid) expected.updates += Number(from?.rv !== to?.rv);
          else {
            expected.deletes += Number(from !== undefined);
            expected.adds += Number(to !== undefined);
          }
        }
      });
      assert.deepEqual(calls, expected);
      const last = Object.entries(states.at(-1) ?? {}).map(([name, of]) => object(name, of));
      const byName = (one: KubeObject, other: KubeObject) =>
        nameOf(one).localeCompare(nameOf(other));
      assert.deepEqual([...live.values()].sort(byName), last.sort(byName));
      assert.equal(run.informer.size, last.length);
      await run.stop();
    }),
  );
});
