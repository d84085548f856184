import assert from "node:assert/strict";
import type { KubeObject } from "../../../../kube/object.ts";
import { AcceptanceTimes } from "../../../../probes/gateway/frame/acceptance_times.ts";
import type { AcceptanceEvent } from "../../../../probes/gateway/frame/route_watch.ts";
import { testRun } from "../../../core/load/harness.ts";

const ROUTE = "ns/r1";
const GATEWAY = "a/gw";

/** A watch that tells what the test says. */
function scene() {
  const run = testRun();
  const listeners = new Set<(event: AcceptanceEvent) => void>();
  let generation = 1;
  const times = new AcceptanceTimes(run.recorder, {
    routes: {
      get: () => ({ metadata: { name: "r1", generation } }) as KubeObject,
      onAcceptance: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
  });
  const tell = (state: "accepted" | "not-accepted", atMs: number, of = generation) => {
    generation = of;
    const event = { atMs, route: ROUTE, gateway: GATEWAY, acceptance: { state } };
    for (const listener of listeners) listener(event as unknown as AcceptanceEvent);
  };
  return { run, times, tell, listeners };
}

Deno.test("a route is accepted when its status first says so", () => {
  const { times, tell, run } = scene();
  times.expect(ROUTE, 10);
  tell("not-accepted", 12);
  assert.equal(times.of(ROUTE, GATEWAY), undefined);
  tell("accepted", 30);
  tell("accepted", 40);
  assert.equal(times.of(ROUTE, GATEWAY), 30);
  assert.equal(times.of(ROUTE, "other/gw"), undefined);
  const { histogram } = run.totals().distribution("acceptedAfter", { gateway: GATEWAY })!;
  assert.equal(histogram.count, 1);
});

Deno.test("a status that is about a later write accepts those before it too", () => {
  const { times, tell } = scene();
  for (const dueMs of [10, 20, 30, 40]) times.expect(ROUTE, dueMs);
  tell("accepted", 15, 1);
  tell("accepted", 50, 3);
  assert.deepEqual([1, 2, 3, 4].map((write) => times.of(ROUTE, GATEWAY, write)), [
    ...[15, 50, 50],
    undefined,
  ]);
});

Deno.test("a write that failed has no generation, so that the next one takes its place", () => {
  const { times, tell } = scene();
  times.expect(ROUTE, 10);
  times.expect(ROUTE, 20);
  times.retract(ROUTE);
  times.expect(ROUTE, 30);
  tell("accepted", 50, 2);
  assert.equal(times.of(ROUTE, GATEWAY, 2), 50);
});

Deno.test("routes that nobody expects are passed over, and nothing is heard once it is over", () => {
  const { times, tell, listeners, run } = scene();
  tell("accepted", 5);
  assert.equal(run.totals().distribution("acceptedAfter"), undefined);
  times[Symbol.dispose]();
  assert.equal(listeners.size, 0);
});
