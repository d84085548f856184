/** Watchers that are dealt out among generators. */
import assert from "node:assert/strict";
import { resolveSettings } from "../../core/command/settings.ts";
import { type Share, WHOLE } from "../../core/load/share.ts";
import type { RunPlan } from "../../core/run/run_plan.ts";
import type { ClusterReader } from "../../kube/cluster.ts";
import { FLUNDER_WATCH_FLAGS } from "../../watchers/flags.ts";
import { flunderWatchPlan } from "../../watchers/flunder_watch_plan.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { ScriptedCluster } from "../support/scripted_cluster.ts";
import { generate, type Generated, NUMBERS_OF_GENERATORS, schedule } from "../support/shares.ts";

/** Answers every list, and keeps every watch open; notes which connection each was asked on. */
class PatientServer extends ScriptedCluster {
  readonly lanes: number[] = [];

  override list: ClusterReader["list"] = (_resource, { lane = 0 } = {}) => {
    this.lanes.push(lane);
    return Promise.resolve({ metadata: { resourceVersion: "1" }, items: [] });
  };

  // deno-lint-ignore require-yield
  override async *watch(...[, { signal, onOpen } = {}]: Parameters<ClusterReader["watch"]>) {
    onOpen?.();
    await this.clock.sleepUntil(Infinity, signal);
  }

  constructor(readonly clock: FakeClock) {
    super(clock, []);
  }
}

const GIVEN = { watches: ["4"], namespace: ["a", "b", "c"], stagger: ["100ms"] };

function planOf(share: Share) {
  const settings = { command: "flunder-watch", flags: GIVEN, env: () => undefined };
  const { values, shown } = resolveSettings(FLUNDER_WATCH_FLAGS, settings);
  const coordinator = share === WHOLE ? {} : { coordinator: { share } as never };
  return flunderWatchPlan(values, { shown, ...coordinator });
}

async function watch(count: number): Promise<{ generated: Generated[]; lanes: number[][] }> {
  const clock = new FakeClock(1_000);
  const servers: PatientServer[] = [];
  const generated = await generate(count, {
    clock,
    durationMs: 5_000,
    planOf: (share): RunPlan => {
      const server = new PatientServer(clock);
      servers.push(server);
      const { work, permissions: _, watches: __, connections: ___, ...plan } = planOf(share);
      return {
        ...{ target: "", targetRatePerSec: null, isDivisible: true },
        ...plan,
        metrics: () => "",
        instrument: (run, say) => work(server, { run, say }),
      };
    },
  });
  return { generated, lanes: servers.map(({ lanes }) => lanes).filter(({ length }) => length > 0) };
}

Deno.test("watchers of several generators list when those of one alone would, each once", async () => {
  const alone = await watch(1);
  const asked = schedule(alone.generated);
  assert.equal(asked.filter((call) => call.startsWith("list")).length, 12);
  for (const count of NUMBERS_OF_GENERATORS) {
    assert.deepEqual(schedule((await watch(count)).generated), asked, `${count} generators`);
  }
});

Deno.test("each generator uses its connections in turn, and has as many as its watchers take", async () => {
  const { lanes } = await watch(5);
  assert.deepEqual(lanes.map((of) => of.join(" ")), ["0 1 2", "0 1 2", "0 1", "0 1", "0 1"]);
  const watches = [0, 1, 2, 3, 4].map((index) => planOf({ index, of: 5 }).watches);
  assert.deepEqual(watches, [3, 3, 2, 2, 2]);
});

Deno.test("a generator without a watcher of its own is there as long as the load lasts", async () => {
  const clock = new FakeClock(1_000);
  const [, , last] = await generate(3, {
    clock,
    durationMs: 5_000,
    planOf: () => {
      const server = new PatientServer(clock);
      const settings = { command: "flunder-watch", flags: {}, env: () => undefined };
      const { values, shown } = resolveSettings(FLUNDER_WATCH_FLAGS, settings);
      const { model, mainOperation, work } = flunderWatchPlan(values, { shown });
      return {
        ...{ target: "", targetRatePerSec: null, isDivisible: true, defaultThresholds: [] },
        ...{ model, mainOperation },
        instrument: (run, say) => work(server, { run, say }),
      };
    },
  });
  assert.deepEqual(last?.run.end, { reason: "duration", atMs: 5_000 });
});
