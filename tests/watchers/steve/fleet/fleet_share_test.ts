import assert from "node:assert/strict";
import type { AccountTotals } from "../../../../watchers/steve/ledger/account.ts";
import { FleetShare, type ShareOptions } from "../../../../watchers/steve/fleet/fleet_share.ts";
import { DEFAULT_LEDGER_TIMES } from "../../../../watchers/steve/ledger/ledger.ts";
import { DEFAULT_SUBSCRIPTION_POLICY } from "../../../../watchers/steve/fleet/subscription.ts";
import { DEFAULT_SOCKET_POLICY } from "../../../../watchers/steve/fleet/watcher.ts";
import type { SubscriptionSpec } from "../../../../watchers/steve/written_event.ts";
import { counters, testRun } from "../../support.ts";
import { DebouncingSteve } from "../debouncing_steve.ts";

const FOOS = "example.com.foos";
const STREAMS: readonly SubscriptionSpec[] = [
  { type: "configmaps", mode: "resource.changes", debounceMs: 4_000 },
  { type: "secrets", mode: "" },
  { type: FOOS, mode: "resource.changes", debounceMs: 4_000 },
];
const WATCHERS = 20;

function fleet(options: Partial<ShareOptions> = {}) {
  const test = testRun();
  const { run, clock, say } = test;
  run.begin();
  const steve = new DebouncingSteve(clock);
  const share = new FleetShare(run, {
    ...DEFAULT_LEDGER_TIMES,
    offsetsMs: Array.from({ length: WATCHERS }, (_, index) => index * 10),
    reconnectRatePerSec: 100,
    subscriptions: STREAMS,
    socketPolicy: DEFAULT_SOCKET_POLICY,
    subscriptionPolicy: DEFAULT_SUBSCRIPTION_POLICY,
    ...options,
  }, { peer: steve, say });
  const started = share.start();
  /** Writes one object of each type a second. */
  const churnFor = async (seconds: number, types = ["configmaps", "secrets", FOOS]) => {
    for (let second = 0; second < seconds; second++) {
      share.written(types.map((type) => steve.write(type)));
      steve.ping();
      await clock.advance(1_000);
    }
  };
  /** Lets everything be told, ends it and checks that nothing waits any more. */
  const finish = async () => {
    await clock.advance(8_000);
    const summary = await share.finish();
    await started;
    await clock.advance(10_000);
    assert.equal(clock.sleeperCount, 0);
    run.rotate();
    return { ...summary, found: summary.totals.map(notZero) };
  };
  return { ...test, steve, share, started, churnFor, finish };
}

function notZero(totals: AccountTotals): Partial<AccountTotals> {
  return Object.fromEntries(Object.entries(totals).filter(([, count]) => count !== 0));
}

Deno.test("watchers connect at their times, and everything written is told to all of them", async () => {
  const { clock, steve, share, started, churnFor, finish, totals } = fleet();
  await clock.advance(95);
  assert.equal(steve.sockets.length, 10);
  await clock.advance(5_000);
  await started;
  const live = { openWatchers: WATCHERS, liveSubscriptions: 3 * WATCHERS };
  assert.deepEqual(share.state, { ...live, behindSubscriptions: 0 });
  // One list of each type, however many watchers.
  assert.deepEqual(steve.lists, STREAMS.map(({ type }) => type));
  await churnFor(30);
  const { found, stability } = await finish();
  const told = { told: 30 * WATCHERS };
  assert.deepEqual(found, [told, told, told]);
  assert.equal(stability.stayed, WATCHERS);
  assert.equal(stability.deadSubscriptions, 0);
  const all = totals();
  const connect = all.operation("connect");
  assert.deepEqual([connect?.ok, connect?.response.max], [WATCHERS, 0]);
  assert.equal(all.counter("messages", { name: "create" }), 30 * WATCHERS);
  // At 0 s, at 5 s (4 s after the next change), and then every 4 s up to 33 s.
  assert.equal(all.counter("messages", { name: "changes" }), 2 * 9 * WATCHERS);
  assert.equal(all.counter("messages", { name: "ping" }), 30 * WATCHERS);
  assert.deepEqual(counters(all, ["toldEvents", "lostEvents", "lateEvents", "missedEvents"]), {
    toldEvents: 90 * WATCHERS,
    lostEvents: 0,
    lateEvents: 0,
    missedEvents: 0,
  });
  const oldest = all.distribution("oldestChangeDelay", { type: "configmaps" });
  assert.equal(oldest?.histogram.max, 4_000_000);
  assert.equal(all.distribution("notificationDelay", { type: "secrets" })?.histogram.max, 0);
});

Deno.test("a notification that some watchers do not get is missed, an object is lost", async () => {
  for (const [index, type] of ["configmaps", "secrets", FOOS].entries()) {
    const { clock, steve, churnFor, finish } = fleet();
    await clock.advance(5_000);
    await churnFor(10);
    steve.mayTell = (told, socket) => told !== type || socket % 2 === 0;
    await churnFor(7);
    steve.mayTell = () => true;
    await churnFor(20);
    const { found, examples } = await finish();
    for (const [other, totals] of found.entries()) {
      if (other !== index) assert.deepEqual(totals, { told: 37 * WATCHERS });
    }
    const { told = 0, ...rest } = found[index] ?? {};
    // Objects of 7 s; or those that were older than 6 s when the next notification came.
    const failed = type === "secrets" ? 7 * WATCHERS / 2 : 6 * WATCHERS / 2;
    assert.deepEqual(rest, { [type === "secrets" ? "lost" : "missed"]: failed });
    assert.equal(told, 37 * WATCHERS - failed);
    assert.equal(examples.length, 5);
    assert.match(examples[0] ?? "", new RegExp(`^create of ${type} "n\\d+" at revision \\d+ \\(`));
  }
});

Deno.test("a notification that nobody gets in time is late, not missed", async () => {
  const { clock, steve, churnFor, finish } = fleet();
  await clock.advance(5_000);
  await churnFor(10);
  steve.mayTell = (type) => type !== "configmaps";
  await churnFor(7);
  steve.mayTell = () => true;
  await churnFor(20);
  const { found } = await finish();
  assert.deepEqual(found[0], { told: 31 * WATCHERS, late: 6 * WATCHERS });
});

Deno.test("what is never told is lost, and those that are not told are behind", async () => {
  const { clock, steve, share, churnFor, finish } = fleet();
  await clock.advance(5_000);
  await churnFor(10);
  steve.mayTell = (type, socket) => type !== FOOS || socket !== 3;
  await churnFor(20);
  assert.equal(share.state.behindSubscriptions, 1);
  const { found } = await finish();
  const { told = 0, lost = 0, ...rest } = found[2] ?? {};
  assert.deepEqual([told + lost, rest], [30 * WATCHERS, {}]);
  assert.ok(lost >= 20 && lost <= 24, String(lost));
});

Deno.test("messages sent twice are duplicates", async () => {
  const { clock, steve, churnFor, finish } = fleet();
  await clock.advance(10_000);
  steve.times = 2;
  await churnFor(11);
  const { found } = await finish();
  assert.deepEqual(found.map(({ duplicates }) => duplicates), [
    4 * WATCHERS,
    11 * WATCHERS,
    4 * WATCHERS,
  ]);
});

Deno.test("after a reset all list once, subscribe again within two seconds, and nothing is lost", async () => {
  const { clock, steve, churnFor, finish, totals } = fleet();
  await clock.advance(5_000);
  await churnFor(10);
  steve.lists.length = 0;
  steve.reset(FOOS);
  await churnFor(20);
  assert.equal(steve.watchCount, 3 * WATCHERS);
  // Not one for each of the watchers, which come back over half a second.
  assert.ok(steve.lists.length <= 8, String(steve.lists));
  assert.deepEqual(new Set(steve.lists), new Set([FOOS]));
  const { found } = await finish();
  const { told = 0, explained = 0, ...rest } = found[2] ?? {};
  assert.deepEqual(rest, {});
  assert.ok(explained > 0 && told > 20 * WATCHERS, `${told} ${explained}`);
  const all = totals();
  const ends = (cause: string) => all.counter("endedSubscriptions", { type: FOOS, cause });
  assert.equal(ends("reset"), WATCHERS);
  const resubscribe = all.distribution("resubscribeTime", { type: FOOS })?.histogram;
  assert.equal(resubscribe?.count, WATCHERS);
  assert.ok((resubscribe?.max ?? Infinity) < 2_500_000, String(resubscribe?.max));
});

Deno.test("a reset after which nothing is said loses all that follows", async () => {
  const { clock, steve, churnFor, finish } = fleet();
  await clock.advance(5_000);
  await churnFor(5);
  steve.reset(FOOS, { isSilent: true });
  await churnFor(60);
  const { found } = await finish();
  assert.deepEqual([found[0], found[1]], [{ told: 65 * WATCHERS }, { told: 65 * WATCHERS }]);
  const { told = 0, lost = 0 } = found[2] ?? {};
  assert.ok(lost >= 59 * WATCHERS && told + lost === 65 * WATCHERS, JSON.stringify(found[2]));
});

Deno.test("one subscription that is stopped was a slow consumer", async () => {
  const { clock, steve, churnFor, finish, totals } = fleet();
  await clock.advance(5_000);
  await churnFor(5);
  steve.stopOne("secrets");
  await churnFor(10);
  const { found } = await finish();
  assert.equal(found[1]?.lost, undefined);
  assert.equal(
    totals().counter("endedSubscriptions", { type: "secrets", cause: "slow-consumer" }),
    1,
  );
});

Deno.test("watchers whose sockets were killed come back at the rate, and none of it is lost", async () => {
  const { clock, steve, share, churnFor, finish, totals, records } = fleet();
  await clock.advance(5_000);
  await churnFor(10);
  steve.dropSockets();
  assert.equal(share.state.openWatchers, 0);
  await churnFor(20);
  const { found, stability } = await finish();
  for (const one of found) {
    assert.deepEqual([one.lost, one.missed, one.late], [undefined, undefined, undefined]);
  }
  assert.deepEqual([stability.stayed, stability.cameBack, stability.gone], [0, WATCHERS, 0]);
  const all = totals();
  assert.equal(all.counter("lostSockets", { cause: "closed" }), WATCHERS);
  assert.equal(all.operation("reconnect")?.ok, WATCHERS);
  const marks = records.flatMap((record) => record.type === "mark" ? [record.mark.label] : []);
  assert.deepEqual(marks, [`${WATCHERS} sockets lost`]);
});

Deno.test("sockets on which nothing is heard are replaced, and it is known for how long and of how many", async () => {
  const { clock, started, churnFor, finish, totals } = fleet();
  await clock.advance(5_000);
  await started;
  await churnFor(1); // with the only pings that there are
  await clock.advance(50_000);
  const { stability } = await finish();
  assert.deepEqual([stability.cameBack, stability.fellSilent], [WATCHERS, WATCHERS]);
  const all = totals();
  assert.equal(all.counter("lostSockets", { cause: "silent" }), WATCHERS);
  const silence = all.distribution("withoutProofOfLife")?.histogram;
  assert.equal(silence?.count, WATCHERS);
  assert.ok(silence.min > 45_000_000 && silence.max < 46_000_000, `${silence.min} us`);
});

Deno.test("of sockets that freeze just before the end it is not known whether events were lost", async () => {
  const { clock, steve, churnFor, finish } = fleet();
  await clock.advance(5_000);
  await churnFor(10);
  await clock.advance(4_000); // all of it is told
  const FROZEN = 5;
  steve.mayTell = (_, socket) => socket >= FROZEN;
  steve.ping = () => {};
  await churnFor(10);
  const { found } = await finish();
  for (const totals of found) {
    assert.deepEqual(totals, { told: 20 * WATCHERS - 10 * FROZEN, unproven: 10 * FROZEN });
  }
});

Deno.test("a subscription that alone falls silent just before the end loses events, pings or not", async () => {
  const { clock, steve, churnFor, finish } = fleet();
  await clock.advance(5_000);
  await churnFor(10);
  await clock.advance(4_000);
  steve.mayTell = (type, socket) => type !== FOOS || socket > 0;
  steve.ping = () => {};
  await churnFor(10);
  const { found } = await finish();
  assert.deepEqual(found[2], { told: 20 * WATCHERS - 10, lost: 10 });
});

Deno.test("while the server is down watchers try ever more seldom, and say why once in a while", async () => {
  const { clock, steve, finish, totals, lines } = fleet();
  steve.isUp = false;
  await clock.advance(60_000);
  const { stability } = await finish();
  assert.equal(stability.neverOpened, WATCHERS);
  assert.deepEqual(totals().operation("connect")?.failed, { "connection-refused": WATCHERS });
  // After 0.5 .. 1 s, 1 .. 2 s, ...: six tries in 31 .. 62 s.
  const tries = totals().operation("reconnect")?.failed["connection-refused"] ?? 0;
  assert.ok(tries >= 5 * WATCHERS && tries <= 7 * WATCHERS, String(tries));
  assert.equal(lines[0], "a watcher: gone; it tries again");
  assert.ok(lines.length <= 7, String(lines));
});

Deno.test("a run that is stopped opens nothing new, and can be finished at once", async () => {
  const { run, clock, steve, share, started } = fleet();
  await clock.advance(95);
  run.stop("interrupted");
  await clock.advance(1_000);
  await started;
  assert.equal(steve.sockets.length, 10);
  steve.dropSockets();
  await clock.advance(10_000);
  assert.equal(steve.sockets.length, 0);
  const { stability } = await share.finish();
  assert.deepEqual([stability.gone, stability.neverOpened], [10, 10]);
  assert.equal(clock.sleeperCount, 0);
});
