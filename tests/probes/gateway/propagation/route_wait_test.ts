import assert from "node:assert/strict";
import type { LoadScope } from "../../../../core/run/run_stage.ts";
import type { ProbeRoute } from "../../../../probes/gateway/frame/route_set.ts";
import { waitForRoute } from "../../../../probes/gateway/propagation/route_wait.ts";
import { testRun } from "../../../core/load/harness.ts";
import { ScriptedAsker, type Told } from "../answers/asking.ts";

const ROUTE = {
  key: "ns/r1",
  host: "r1.example",
  expected: { path: "/r1", status: 200 },
} as unknown as ProbeRoute;
const TAGS = { gateway: "a/gw", connection: "fresh" };

/** A wait that begins at 100 ms for a route that was due at 90 ms, with questions 5 ms apart. */
function waiting(at: (askedMs: number) => Told, timeoutMs = 1_000) {
  const run = testRun({ startMs: 100 });
  const asker = new ScriptedAsker(run.clock, at);
  const converged = waitForRoute(run.context as unknown as LoadScope, {
    route: ROUTE,
    pool: {
      intervalMs: 5,
      waiter: () => ({ [Symbol.dispose]: () => {} }),
      ask: (question) => asker.ask(question),
    },
    dueMs: 90,
    consecutive: 3,
    timeoutMs,
    tags: TAGS,
  });
  return { run, asker, converged };
}

Deno.test("two samples are due when the route was, and sent when it was waited for", async () => {
  const { run, asker, converged } = waiting((ms) => ms < 120 || ms === 125 ? 404 : 200);
  await run.clock.advance(60);
  assert.deepEqual(await converged, { firstMs: 120, stableMs: 130 });
  const times = { dueMs: 90, sentMs: 100, outcome: { kind: "ok" }, tags: TAGS };
  assert.deepEqual(run.recorder.samples, [
    { op: "propagate", doneMs: 120, ...times },
    { op: "propagateStable", doneMs: 130, ...times },
  ]);
  assert.equal(asker.askedMs.at(-1), 140);
  assert.equal(run.clock.sleeperCount, 0);
});

Deno.test("a wait that runs out fails as stalled, and nobody asks any more", async () => {
  const { run, asker, converged } = waiting(() => 404, 50);
  await run.clock.advance(200);
  assert.deepEqual(await converged, { firstMs: undefined, stableMs: undefined });
  assert.deepEqual(run.recorder.outcomes(), { "failed stalled": 2 });
  assert.ok(asker.askedMs.at(-1)! <= 150);
});

Deno.test("one that is never stable has been served all the same", async () => {
  const { run, converged } = waiting((ms) => ms % 10 === 0 ? 200 : 404, 50);
  await run.clock.advance(200);
  assert.deepEqual(await converged, { firstMs: 100, stableMs: undefined });
  assert.deepEqual(run.recorder.outcomes(), { ok: 1, "failed stalled": 1 });
});

Deno.test("errors are counted until it is stable, by what they were", async () => {
  const { run, converged } = waiting((ms) => ms < 110 ? [503, "no healthy upstream"] : 200);
  await run.clock.advance(60);
  await converged;
  const counter = run.totals().counter("propagationErrors", { answer: "http-503", ...TAGS });
  assert.equal(counter, 2);
});

Deno.test("a load that is stopped ends it at once, without a failure", async () => {
  const { run, converged } = waiting(() => 404);
  await run.clock.advance(20);
  run.stop.abort();
  await run.clock.settle();
  assert.deepEqual(await converged, { firstMs: undefined, stableMs: undefined });
  assert.deepEqual(run.recorder.outcomes(), { cancelled: 2 });
  assert.equal(run.clock.sleeperCount, 0);
});
