import assert from "node:assert/strict";
import { findRuns } from "../../../kube/cleanup/found_runs.ts";
import { livingRuns } from "../../../kube/owned/living_runs.ts";
import { LEASES, putRecord, type World, worldWithRuns } from "../cleanup/cluster_with_runs.ts";

/** After so many ms of looking: who lives, and how long it took to tell. */
async function living(world: World, { renewAtMs }: { renewAtMs?: number } = {}) {
  const { runs } = await findRuns({ kind: "all" }, world, { namespaces: [] });
  const startMs = world.clock.now();
  const looking = livingRuns(runs, world).then((ids) => ({
    ids: [...ids],
    tookMs: world.clock.now() - startMs,
  }));
  if (renewAtMs !== undefined) {
    await world.clock.advance(renewAtMs);
    const body = { spec: { renewTime: "2026-01-01T00:00:00.000000Z" } };
    await world.cluster.patch(LEASES, { namespace: "ns", name: "scaletool-run-r1" }, {
      body,
      options: { type: "merge" },
    });
  }
  await world.clock.advance(60_000);
  return await looking;
}

Deno.test("a run whose record is renewed is alive, whatever the clocks say", async () => {
  const world = worldWithRuns();
  // The clock of the run's machine is a quarter of an hour behind.
  putRecord(world, { renewTime: "2026-01-01T23:45:00.000000Z" });
  assert.deepEqual(await living(world, { renewAtMs: 5_500 }), { ids: ["r1"], tookMs: 6_000 });
});

Deno.test("a run that misses four renewals is not", async () => {
  const world = worldWithRuns();
  putRecord(world);
  assert.deepEqual(await living(world), { ids: [], tookMs: 20_000 });
  assert.deepEqual(world.said.slice(-1), [
    "watching the record of 1 run for up to 20 s: still alive?",
  ]);
});

Deno.test("a record that goes meanwhile is that of a run that ended by itself", async () => {
  const world = worldWithRuns();
  putRecord(world);
  world.cluster.onCall = (call) => {
    if (call.startsWith("get leases")) {
      world.cluster.vanish(LEASES, { namespace: "ns", name: "scaletool-run-r1" });
    }
  };
  assert.deepEqual(await living(world), { ids: [], tookMs: 1_000 });
});

for (
  const [name, facts] of [
    ["that has ended", { endedAt: "2026-01-01T23:59:58Z" }],
    ["whose last renewal is more than an hour ago", { renewTime: "2026-01-01T22:59:59.000000Z" }],
  ] as const
) {
  Deno.test(`a run ${name} need not be watched`, async () => {
    const world = worldWithRuns();
    putRecord(world, facts);
    assert.deepEqual(await living(world), { ids: [], tookMs: 0 });
  });
}

Deno.test("a record with an unreadable time is watched", async () => {
  const world = worldWithRuns();
  putRecord(world, { renewTime: "soon" });
  assert.deepEqual(await living(world, { renewAtMs: 100 }), { ids: ["r1"], tookMs: 1_000 });
});
