import assert from "node:assert/strict";
import { SystemClock } from "../../../../core/load/clock.ts";
import { createRng } from "../../../../core/load/rng.ts";
import { WHOLE } from "../../../../core/load/share.ts";
import { Run } from "../../../../core/run/run.ts";
import {
  type Fleet,
  type FleetOptions,
  startFleet,
} from "../../../../watchers/steve/fleet/fleet.ts";
import { DEFAULT_SUBSCRIPTION_POLICY } from "../../../../watchers/steve/fleet/subscription.ts";
import { DEFAULT_SOCKET_POLICY } from "../../../../watchers/steve/fleet/watcher.ts";
import { type SubscriptionSpec, wallTimer } from "../../../../watchers/steve/written_event.ts";
import { eventually } from "../../../support/eventually.ts";
import { spawnFleetWorker } from "./fleet_worker.ts";
import { LoopbackSteve } from "../loopback_steve.ts";

const WATCHERS = 30;
const STREAMS: readonly SubscriptionSpec[] = [
  { type: "configmaps", mode: "resource.changes", debounceMs: 100 },
  { type: "secrets", mode: "" },
];

interface Started {
  readonly run: Run;
  readonly fleet: Fleet;
  readonly lines: string[];
  readonly write: (type: string) => void;
}

async function start(
  { url, ...steve }: { url: string } & Pick<LoopbackSteve, "write">,
  options: Partial<FleetOptions>,
  share = WHOLE,
): Promise<Started> {
  const clock = new SystemClock();
  const run = new Run({ id: "test", clock, rng: createRng(1), share, log: () => {} });
  const lines: string[] = [];
  run.begin();
  const fleet = await startFleet(run, {
    access: {
      target: { baseUrl: url, insecure: false },
      headers: [["cookie", "R_SESS=token-abc:secret"]],
      userAgent: "test",
      requestTimeoutMs: 5_000,
    },
    watchers: WATCHERS,
    connectRatePerSec: 1_000,
    workers: 1,
    subscriptions: STREAMS,
    slackMs: 400,
    holdMs: 100,
    giveUpMs: 10_000,
    socketPolicy: { ...DEFAULT_SOCKET_POLICY, firstWaitMs: 20 },
    subscriptionPolicy: DEFAULT_SUBSCRIPTION_POLICY,
    ...options,
  }, { spawnWorker: spawnFleetWorker, say: (line) => lines.push(line) });
  const wallMs = wallTimer(clock);
  return { run, fleet, lines, write: (type) => fleet.written([steve.write(type, wallMs())]) };
}

/** A second after the start, when everything has to be told. */
async function settled({ run }: Started): Promise<void> {
  await run.clock.sleepUntil(run.clock.now() + 1_050);
}

for (const workers of [1, 2]) {
  Deno.test(`real sockets on ${workers} thread(s): all are told, and what was kept back is lost`, async () => {
    await using steve = new LoopbackSteve();
    const peer = { url: steve.url, write: steve.write.bind(steve) };
    const started = await start(peer, { workers });
    const { run, fleet, write } = started;
    await fleet.ready;
    assert.equal(steve.socketCount, WATCHERS);
    assert.equal(fleet.state.liveSubscriptions, 2 * WATCHERS);
    assert.deepEqual([...steve.cookies], ["R_SESS=token-abc:secret"]);
    await settled(started);
    for (let index = 0; index < 5; index++) write("configmaps");
    write("secrets");
    steve.isTelling = false;
    write("secrets");
    const { openWatchers, liveSubscriptions } = fleet.state;
    assert.deepEqual([openWatchers, liveSubscriptions], [WATCHERS, 2 * WATCHERS]);
    const { totals, stability, examples } = await fleet.finish({ patienceMs: 0 });
    assert.deepEqual(totals.map(({ told, lost }) => [told, lost]), [
      [5 * WATCHERS, 0],
      [WATCHERS, WATCHERS],
    ]);
    assert.deepEqual([stability.watchers, stability.stayed], [WATCHERS, WATCHERS]);
    assert.equal(examples[0], 'create of secrets "n107" at revision 107 (lost)');
    run.rotate();
    assert.deepEqual(run.live.operation("connect")?.failed, {});
    assert.equal(run.live.operation("connect")?.ok, WATCHERS);
    assert.equal(run.live.gauge("openWatchers")?.last, WATCHERS);
    assert.equal(run.live.counter("lostEvents", { type: "secrets" }), WATCHERS);
    const delays = run.live.distribution("notificationDelay", { type: "configmaps" })?.histogram;
    assert.equal(delays?.count, 5 * WATCHERS);
    // Both ends are of this process: all clocks agree on when it was.
    const longestUs = run.elapsedMs * 1_000;
    assert.ok(delays.min > -longestUs && delays.max < longestUs, `${delays.min}, ${delays.max} us`);
  });
}

Deno.test("a fleet that is finished before its threads listen ends all the same", async () => {
  await using steve = new LoopbackSteve();
  const peer = { url: steve.url, write: steve.write.bind(steve) };
  const { run, fleet } = await start(peer, { watchers: 2, workers: 2, connectRatePerSec: 1 });
  run.stop("interrupted");
  const { stability } = await fleet.finish({ waitMs: 0 });
  assert.equal(stability.watchers, 2);
  await fleet.ready;
});

Deno.test("the end waits for what is late, so that it is not called lost", async () => {
  await using steve = new LoopbackSteve();
  const peer = { url: steve.url, write: steve.write.bind(steve) };
  const started = await start(peer, { watchers: 3 });
  const { fleet, write } = started;
  await fleet.ready;
  await settled(started);
  steve.isTelling = false;
  write("configmaps");
  const finished = fleet.finish();
  await eventually("three are behind", () => fleet.state.behindSubscriptions === 3);
  steve.isTelling = true;
  write("configmaps");
  const { totals } = await finished;
  assert.deepEqual([totals[0]?.told, totals[0]?.late, totals[0]?.lost], [3, 3, 0]);
});

Deno.test("a refused handshake is counted by its status, and closed sockets come back", async () => {
  await using steve = new LoopbackSteve();
  steve.refusals.push(401, 403);
  const peer = { url: steve.url, write: steve.write.bind(steve) };
  const started = await start(peer, { watchers: 4 });
  const { run, fleet, lines } = started;
  await fleet.ready;
  await eventually("all are open", () => fleet.state.openWatchers === 4);
  steve.closeSockets();
  await eventually("all are open again", () => {
    run.rotate();
    return run.live.operation("reconnect")?.ok === 6;
  });
  const { stability } = await fleet.finish({ waitMs: 0 });
  assert.deepEqual([stability.cameBack, stability.gone], [4, 0]);
  run.rotate();
  assert.deepEqual(run.live.operation("connect")?.failed, { "http-401": 1, "http-403": 1 });
  assert.equal(run.live.operation("reconnect")?.ok, 6);
  assert.equal(run.live.counter("lostSockets", { cause: "closed" }), 4);
  assert.equal(
    lines[0],
    "a watcher: Cannot open the WebSocket: the server answered 401; it tries again",
  );
});

Deno.test("where nobody listens, every handshake is refused", async () => {
  const steve = new LoopbackSteve();
  const { url } = steve;
  await steve[Symbol.asyncDispose]();
  const started = await start({ url, write: steve.write.bind(steve) }, { watchers: 3 });
  await started.fleet.ready;
  const { stability } = await started.fleet.finish({ waitMs: 0 });
  assert.equal(stability.neverOpened, 3);
  started.run.rotate();
  assert.deepEqual(started.run.live.operation("connect")?.failed, { "connection-refused": 3 });
});

Deno.test("the watchers of several generators are together those of one, be some without any", async () => {
  await using steve = new LoopbackSteve();
  const peer = { url: steve.url, write: steve.write.bind(steve) };
  const of = 3;
  for (const [watchers, ours] of [[10, [4, 3, 3]], [2, [1, 1, 0]]] as const) {
    const started = await Promise.all(
      ours.map((_, index) => start(peer, { watchers, workers: 2 }, { index, of })),
    );
    for (const { fleet } of started) await fleet.ready;
    assert.equal(steve.socketCount, watchers);
    const ends = await Promise.all(
      started.map(({ fleet }) => fleet.finish({ waitMs: 0, patienceMs: 0 })),
    );
    assert.deepEqual(ends.map(({ stability }) => stability.watchers), ours);
    for (const { run } of started) {
      run.stop("limit");
      run.rotate();
    }
    const connects = started.map(({ run }) => run.live.operation("connect")?.ok ?? 0);
    assert.deepEqual(connects, ours);
    await eventually("no socket is left", () => steve.socketCount === 0);
  }
});
