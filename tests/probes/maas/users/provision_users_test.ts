/** As many users as are asked for, each with a credential of its own, and none left afterwards. */
import assert from "node:assert/strict";
import { inspect } from "node:util";
import { CannotRunError } from "../../../../core/errors.ts";
import { NAMESPACES, SERVICE_ACCOUNTS } from "../../../../kube/resource.ts";
import { statusError } from "../../../support/memory_cluster.ts";
import { provisioning, TARGET } from "./provisioning.ts";

const TIERS = [{ tier: "free", count: 3 }, { tier: "premium", count: 1 }];

Deno.test("each tier has its users, in its own namespace and with the run's labels", async () => {
  const { cluster, provision } = provisioning({ tiers: TIERS });
  const { all } = await provision();
  assert.deepEqual(all.map(({ tier }) => tier).sort(), ["free", "free", "free", "premium"]);
  assert.deepEqual(cluster.keys(SERVICE_ACCOUNTS).sort(), [
    "gw-tier-free/r1-free-1",
    "gw-tier-free/r1-free-2",
    "gw-tier-free/r1-free-3",
    "gw-tier-premium/r1-premium-1",
  ]);
  const ref = { namespace: "gw-tier-free", name: "r1-free-1" };
  const { metadata: { labels } } = await cluster.get(SERVICE_ACCOUNTS, ref);
  assert.equal(labels?.["scaletool.io/run-id"], "r1");
});

Deno.test("every user shows a token of its own account, for the gateway and no longer than asked", async () => {
  const { cluster, provision } = provisioning({ lifeMs: 720_500 });
  const { all } = await provision();
  const shown = all.map((user) => user.headers());
  assert.deepEqual(shown.map(([first]) => first).toSorted(), [
    ["authorization", "Bearer secret-1"],
    ["authorization", "Bearer secret-2"],
    ["authorization", "Bearer secret-3"],
  ]);
  assert.equal(new Set(cluster.asked.map(({ account }) => account)).size, 3);
  for (const { audiences, expirationSeconds } of cluster.asked) {
    assert.deepEqual([audiences, expirationSeconds], [["gw-sa"], 721]);
  }
});

Deno.test("with a subscription tokens are for both audiences, and requests name it", async () => {
  const audiences = ["gw-sa", "https://kubernetes.default.svc"];
  const target = {
    ...TARGET,
    profile: "sa-token+subscription" as const,
    audiences,
    subscription: "bench",
  };
  const { cluster, provision } = provisioning({ target, tiers: [{ tier: "free", count: 1 }] });
  const { all } = await provision();
  assert.deepEqual(all[0]?.headers(), [
    ["authorization", "Bearer secret-1"],
    ["x-maas-subscription", "bench"],
  ]);
  assert.deepEqual(cluster.asked[0]?.audiences, audiences);
});

Deno.test("both calls are measured for each tier, and no more are under way than are wanted", async () => {
  const { cluster, provision, totals } = provisioning({ tiers: TIERS, atOnce: 2 });
  cluster.onCall = () => Promise.resolve();
  await provision();
  const { operations } = totals();
  assert.deepEqual(
    [...operations.values()].map(({ op, tags, ok }) => [op, tags?.["tier"], ok]),
    [
      ["createAccount", "free", 3],
      ["createAccount", "premium", 1],
      ["requestToken", "free", 3],
      ["requestToken", "premium", 1],
    ],
  );
  assert.equal(cluster.mostAtOnce, 2);
});

Deno.test("one user too few is another question: nothing is run, in one line", async () => {
  const { cluster, provision } = provisioning();
  cluster.fail("request", statusError(403, "Forbidden"), { on: "r1-free-3/token", times: 9 });
  await assert.rejects(provision(), (error) => {
    assert.ok(error instanceof CannotRunError);
    assert.match(error.message, /^Cannot make 3 users, only [12]: Forbidden$/);
    return true;
  });
});

Deno.test("a server that asks for patience gets it, and its refusals are counted", async () => {
  const { cluster, clock, provision, totals } = provisioning();
  cluster.fail("create", statusError(429, "TooManyRequests", 1_000), { on: "serviceaccounts" });
  cluster.fail("request", statusError(503, "ServiceUnavailable", 1_000), { on: "/token" });
  const provisioned = provision();
  await clock.advance(10_000);
  assert.equal((await provisioned).all.length, 3);
  const failed = [...totals().operations.values()].map(({ op, failedCount }) => [op, failedCount]);
  assert.deepEqual(failed, [["createAccount", 1], ["requestToken", 1]]);
});

Deno.test("an account whose creation was answered by nobody is the run's all the same", async () => {
  const { cluster, clock, provision } = provisioning();
  const lost = statusError(503, "ServiceUnavailable", 1_000);
  cluster.fail("create", lost, { on: "serviceaccounts", afterEffect: true });
  const provisioned = provision();
  await clock.advance(10_000);
  assert.equal((await provisioned).all.length, 3);
});

Deno.test("nothing is left of a run: no account, and no namespace that it made", async () => {
  const { cluster, provision, undo } = provisioning({ tiers: TIERS });
  cluster.put(NAMESPACES, { metadata: { name: "gw-tier-free" } });
  await provision();
  assert.deepEqual(await undo(), []);
  assert.deepEqual(cluster.keys(SERVICE_ACCOUNTS), []);
  assert.deepEqual(cluster.keys(NAMESPACES), ["gw-tier-free"]);
});

Deno.test("a stop ends provisioning, and what it has made goes", async () => {
  const { cluster, run, provision, undo } = provisioning();
  cluster.onCall = (call) => {
    if (call.startsWith("create serviceaccounts gw-tier-free/r1-free-2")) run.stop("interrupted");
  };
  await assert.rejects(provision(), (error) => error === run.stopping.reason);
  assert.deepEqual(await undo(), []);
  assert.deepEqual(cluster.keys(SERVICE_ACCOUNTS), []);
});

Deno.test("no printing of a user shows its secret", async () => {
  const { provision } = provisioning();
  const { all } = await provision();
  const printed = [inspect(all, { depth: 9, showHidden: true }), JSON.stringify(all)].join();
  assert.doesNotMatch(printed, /secret-/);
});
