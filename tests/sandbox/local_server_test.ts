import assert from "node:assert/strict";
import { simulate } from "../../core/load/simulate.ts";
import { createRng } from "../../core/load/rng.ts";
import { VirtualClock } from "../../core/load/virtual_clock.ts";
import { resolveTarget, systemWorld } from "../../kube/config/target.ts";
import { type ClusterSession, connectCluster } from "../../kube/connect.ts";
import { CONFIG_MAPS } from "../../kube/resource.ts";
import { parseFault } from "../../sandbox/faults/fault_spec.ts";
import { startLocalServer } from "../../sandbox/local_server.ts";
import { startApi } from "../../sandbox/sandbox_task.ts";
import { clusterValues } from "../kube/scripted_world.ts";

const TOKEN = "t0ken";
const REF = { namespace: "default", name: "a" };
const OBJECT = { metadata: REF };

/** What a session on a server with these faults does, on a clock that jumps. */
async function onServer<T>(
  faults: readonly string[],
  does: (session: ClusterSession, clock: VirtualClock) => Promise<T>,
): Promise<T> {
  const clock = new VirtualClock();
  const rng = createRng(1);
  return await simulate(clock, async () => {
    using server = await startLocalServer({
      token: TOKEN,
      faults: faults.map(parseFault),
      clock,
      rng,
      createApi: (at) => startApi({ ...at, clock, rng, namespaces: ["default"] }),
    });
    const values = clusterValues({ server: server.url, token: TOKEN, "request-timeout": 5_000 });
    using session = await connectCluster({
      identity: { runId: "r1", command: "test" },
      values,
      target: resolveTarget(values, systemWorld(clock, server.fetch)),
      clock,
    });
    return await does(session, clock);
  });
}

/** What a create comes to, and when. */
function createOn(faults: readonly string[]): Promise<{ outcome: string; atMs: number }> {
  return onServer(faults, async ({ cluster }, clock) => {
    const startMs = clock.now();
    const outcome = await cluster.create(CONFIG_MAPS, OBJECT).then(
      ({ object }) => object.metadata.name!,
      ({ reason }) => reason,
    );
    return { outcome, atMs: clock.now() - startMs };
  });
}

Deno.test("a session with a server in the same thread is one with a server, and says so", async () => {
  const { facts, servers, name } = await onServer([], async ({ cluster, facts, servers }) => {
    await cluster.create(CONFIG_MAPS, OBJECT);
    return { facts, servers, name: (await cluster.get(CONFIG_MAPS, REF)).metadata.name };
  });
  assert.equal(name, "a");
  assert.deepEqual(servers, ["https://simulation.invalid/sandbox"]);
  assert.equal(facts["user"], "sandbox (sandbox:admins, system:authenticated)");
  assert.equal(facts["connections"], "none: the server is simulated in this process");
});

Deno.test("a watch tells of a write before time goes on, and its signal ends it", async () => {
  const seen = await onServer([], async ({ cluster }, clock) => {
    const leaving = new AbortController();
    const events: string[] = [];
    const opened = Promise.withResolvers<void>();
    const watching = (async () => {
      const options = { signal: leaving.signal, onOpen: () => opened.resolve() };
      for await (const { type } of cluster.watch(CONFIG_MAPS, options)) {
        events.push(`${type} at ${clock.now()}`);
      }
    })();
    await opened.promise;
    await clock.sleepUntil(60_000);
    await cluster.create(CONFIG_MAPS, OBJECT);
    await clock.sleepUntil(120_000);
    await cluster.delete(CONFIG_MAPS, REF);
    await clock.sleepUntil(180_000);
    leaving.abort(new Error("left"));
    await assert.rejects(watching, { message: "left" });
    return events;
  });
  assert.deepEqual(seen.slice(-2), ["ADDED at 60000", "DELETED at 120000"]);
});

const OUTCOMES: readonly [fault: string, outcome: string, atMs: number][] = [
  ["latency=3s", "a", 3_000],
  ["no-answer", "timeout", 5_000],
  ["reset", "stream-reset", 0],
  ["truncated", "truncated", 0],
  ["429", "too-many-requests", 0],
];

for (const [fault, outcome, atMs] of OUTCOMES) {
  Deno.test(`${fault} is ${outcome} after ${atMs} ms of the simulation, as over a socket`, async () => {
    assert.deepEqual(await createOn([fault]), { outcome, atMs });
  });
}

Deno.test("a request that is given up rejects with its signal's reason at once", async () => {
  await onServer(["no-answer"], async ({ cluster }, clock) => {
    const leaving = new AbortController();
    const startMs = clock.now();
    clock.callAt(startMs + 70, () => leaving.abort(new Error("left")));
    const creating = cluster.create(CONFIG_MAPS, OBJECT, { signal: leaving.signal });
    await assert.rejects(creating, { message: "left" });
    assert.equal(clock.now(), startMs + 70);
    await assert.rejects(cluster.create(CONFIG_MAPS, OBJECT, { signal: leaving.signal }), {
      message: "left",
    });
  });
});
