/** Tokens are replaced before they expire, however long a run goes on. */
import assert from "node:assert/strict";
import { counters, warnings } from "../../../watchers/support.ts";
import { statusError } from "../../../support/memory_cluster.ts";
import { provisioning, TEN_MINUTES_MS } from "./provisioning.ts";

const MANY = { tiers: [{ tier: "free", count: 40 }], atOnce: 4 };
const NAMES = ["tokenRenewals", "tokenRenewalFailures"];

Deno.test("each token is replaced between 60 and 80 % of its life, and not all at the same time", async () => {
  const { clock, cluster, provision } = provisioning(MANY);
  const users = await provision();
  const fromMs = clock.now();
  const timesMs: number[] = [];
  cluster.onCall = (call) => {
    if (call.endsWith("/token")) timesMs.push(clock.now() - fromMs);
  };
  await using _fresh = users.keepFresh();
  await clock.advance(0.8 * TEN_MINUTES_MS);
  assert.equal(timesMs.length, 40);
  assert.ok(Math.min(...timesMs) >= 0.6 * TEN_MINUTES_MS);
  assert.ok(new Set(timesMs).size > 30);
});

Deno.test("whoever was renewed shows the new token", async () => {
  const { clock, provision, totals } = provisioning({ tiers: [{ tier: "free", count: 1 }] });
  const users = await provision();
  const [user] = users.all;
  await using _fresh = users.keepFresh();
  await clock.advance(0.8 * TEN_MINUTES_MS);
  assert.deepEqual(user?.headers(), [["authorization", "Bearer secret-2"]]);
  assert.deepEqual(counters(totals(), NAMES), {
    tokenRenewals: 1,
    tokenRenewalFailures: undefined,
  });
});

Deno.test("a server that grants less is asked again in time, whatever its calendar says", async () => {
  const { clock, cluster, provision } = provisioning({ lifeMs: 3_600_000 });
  cluster.mostLifeMs = TEN_MINUTES_MS;
  cluster.aheadMs = -7_200_000;
  const users = await provision();
  await using _fresh = users.keepFresh();
  await clock.advance(0.6 * TEN_MINUTES_MS - 1);
  assert.equal(cluster.asked.length, 3);
  await clock.advance(0.2 * TEN_MINUTES_MS + 1);
  assert.equal(cluster.asked.length, 6);
});

Deno.test("who is made later is renewed too, and who is gone is not", async () => {
  const { clock, cluster, run, users: unmade } = provisioning();
  const users = await unmade();
  await using _fresh = users.keepFresh();
  await users.grow(run, { tier: "free", count: 1 });
  await clock.advance(0.8 * TEN_MINUTES_MS);
  assert.equal(cluster.asked.length, 2);
  await users.clear();
  await users.grow(run, { tier: "free", count: 1 });
  await clock.advance(0.8 * TEN_MINUTES_MS);
  assert.deepEqual(cluster.asked.map(({ account }) => account.slice(-1)), ["1", "1", "2", "2"]);
});

Deno.test("renewals that fail are counted, told once and tried again", async () => {
  const { clock, cluster, provision, records, lines, totals } = provisioning();
  const users = await provision();
  cluster.fail("request", statusError(500, "InternalError"), { times: 4 });
  await using _fresh = users.keepFresh();
  await clock.advance(0.9 * TEN_MINUTES_MS);
  assert.deepEqual(counters(totals(), NAMES), { tokenRenewals: 3, tokenRenewalFailures: 4 });
  assert.deepEqual(warnings(records), ["token-renewal"]);
  assert.match(lines.join(), /The token of user r1-free-\d could not be renewed/);
});

Deno.test("however many are due, a bounded number is renewed at a time", async () => {
  const { clock, cluster, provision } = provisioning(MANY);
  const users = await provision();
  const gate = Promise.withResolvers<void>();
  let underWay = 0;
  cluster.onCall = async (call) => {
    if (!call.endsWith("/token")) return;
    underWay++;
    await gate.promise;
  };
  await using _fresh = users.keepFresh();
  await clock.advance(TEN_MINUTES_MS);
  assert.equal(underWay, 4);
  gate.resolve();
  await clock.settle();
  assert.equal(underWay, 40);
});

Deno.test("once it is disposed nothing is renewed, and nothing waits", async () => {
  const { clock, cluster, provision, totals } = provisioning();
  const users = await provision();
  const before = clock.sleeperCount;
  await users.keepFresh()[Symbol.asyncDispose]();
  assert.equal(clock.sleeperCount, before);
  await clock.advance(TEN_MINUTES_MS);
  assert.equal(cluster.asked.length, 3);
  assert.deepEqual(counters(totals(), NAMES), {
    tokenRenewals: undefined,
    tokenRenewalFailures: undefined,
  });
});
