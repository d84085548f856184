/** Users are made, asked as and reviewed for each number of them, and told apart by what they showed. */
import assert from "node:assert/strict";
import type { Run } from "../../../../core/run/run.ts";
import type { RunStage } from "../../../../core/run/run_stage.ts";
import { Footprint } from "../../../../kube/owned/footprint.ts";
import { SERVICE_ACCOUNTS } from "../../../../kube/resource.ts";
import { StatusError } from "../../../../kube/status_error.ts";
import type { TokensPlan } from "../../../../probes/maas/tokens/tokens_plan.ts";
import { measureTokens } from "../../../../probes/maas/tokens/tokens_run.ts";
import { accountUsers } from "../../../../probes/maas/users/provision_users.ts";
import type { User } from "../../../../probes/maas/users/user.ts";
import { SandboxCluster } from "../../../support/sandbox_cluster.ts";
import { testRun } from "../../../watchers/support.ts";
import { IDENTITY, TARGET, TEN_MINUTES_MS } from "../users/provisioning.ts";

const PLAN: TokensPlan = {
  counts: [2, 6],
  tier: "free",
  workers: 2,
  requests: 40,
  armMs: 0,
  workingSet: 10,
  reviews: 10,
  margin: { ratio: 0.2, leastMs: 1 },
};
const NAMESPACE = "gw-tier-free";

interface Measuring {
  readonly plan?: Partial<TokensPlan>;
  readonly before?: (call: string, run: Run) => void;
}

async function measuring({ plan: given, before = () => {} }: Measuring = {}) {
  const plan = { ...PLAN, ...given };
  const { run, clock, records, say, totals } = testRun();
  const cluster = new SandboxCluster({ clock });
  cluster.before = async (call) => {
    before(call, run);
    await clock.sleepUntil(clock.now() + 1);
  };
  const asked: string[] = [];
  const connections = new Set<User>();
  const ask = async (user: User) => {
    asked.push(user.name);
    connections.add(user);
    await clock.sleepUntil(clock.now() + 10);
    return { usage: undefined, tokenTimesMs: [] };
  };
  const work = async () => {
    const footprint = await Footprint.lay(run, cluster, {
      identity: IDENTITY,
      namespaces: [NAMESPACE],
      createsNamespaces: true,
      kinds: [SERVICE_ACCOUNTS],
      say,
    });
    const users = accountUsers(run, {
      cluster,
      identity: IDENTITY,
      footprint,
      target: TARGET,
      tiers: [{ tier: "free", count: 10 }],
      lifeMs: TEN_MINUTES_MS,
      atOnce: 2,
    });
    const load = (_stage: RunStage, work: () => Promise<void>) => work();
    await measureTokens({ run, cluster, users, target: TARGET, client: { ask }, load }, plan);
  };
  const undo = async () => {
    const undone = run.undoAll({ signal: new AbortController().signal, onLong: () => {} });
    await clock.advance(60_000);
    return await undone;
  };
  let isOver = false;
  const ended = work().finally(() => isOver = true);
  while (!isOver) await clock.advance(100);
  await ended;
  cluster.before = () => {};
  const findings = records.flatMap((one) => one.type === "finding" ? [one.finding] : []);
  const facts = records.flatMap((one) => one.type === "fact" ? [`${one.name}: ${one.value}`] : []);
  return { run, cluster, asked, connections, findings, facts, totals: totals(), undo };
}

Deno.test("each number of users has its stages, the arms in another order each time", async () => {
  const { run, cluster } = await measuring();
  using _ = cluster;
  assert.deepEqual(run.stages.map(({ stage }) => stage.name).filter((name) => name !== "load"), [
    ...["provision N=2", "fixed N=2", "full N=2", "reviews N=2"],
    ...["provision N=6", "full N=6", "reviews N=6", "fixed N=6"],
    ...["provision N=2-again", "reviews N=2-again", "fixed N=2-again", "full N=2-again"],
  ]);
});

Deno.test("what a token is shown for the first time is told apart, and all of them are shown", async () => {
  const { totals, asked, cluster } = await measuring();
  using _ = cluster;
  const count = (tags: Record<string, string>) => totals.operation("chat", tags)?.ok ?? 0;
  assert.deepEqual([
    count({ tokens: "2", arm: "fixed", token: "first" }),
    count({ tokens: "2", arm: "fixed", token: "again" }),
    count({ tokens: "2", arm: "full", token: "first" }),
    count({ tokens: "6", arm: "full", token: "first" }),
    count({ tokens: "6", arm: "full", token: "again" }),
    count({ tokens: "6", arm: "fixed", token: "again" }),
  ], [2, 38, 0, 6, 34, 40]);
  assert.equal(new Set(asked).size, 2 + 6 + 2);
});

Deno.test("however many tokens there are, each worker has one connection for all of them", async () => {
  const { connections, asked, cluster } = await measuring();
  using _ = cluster;
  assert.equal(connections.size, PLAN.workers);
  assert.ok(new Set(asked).size > PLAN.workers);
});

Deno.test("an arm takes its time, however quick the answers are", async () => {
  const { run, totals, cluster } = await measuring({ plan: { armMs: 5_000 } });
  using _ = cluster;
  const durations = run.stages.flatMap(({ stage, fromMs }, index) => {
    const next = run.stages[index + 1];
    return next === undefined || /load|provision/.test(stage.name) ? [] : [next.fromMs - fromMs];
  });
  assert.ok(durations.every((durationMs) => durationMs >= 5_000 && durationMs < 6_500));
  assert.ok(totals.operation("chat", { tokens: "2", arm: "full" })!.ok > 500);
});

Deno.test("as many fresh tokens are reviewed whatever the number of users, each twice", async () => {
  const { totals, cluster } = await measuring();
  using _ = cluster;
  for (const tokens of ["2", "6", "2-again"]) {
    for (const token of ["first", "again"]) {
      const reviews = totals.operation("review", { tokens, token });
      assert.deepEqual([reviews?.ok, reviews?.failedCount], [10, 0]);
    }
  }
});

Deno.test("every account is made and deleted, and none is left", async () => {
  const { totals, cluster, undo } = await measuring();
  using _ = cluster;
  const made = (tokens: string) => totals.operation("createAccount", { tokens, tier: "free" })?.ok;
  assert.deepEqual(["2", "6", "2-again"].map(made), [2, 6, 2]);
  const list = async () => (await cluster.list(SERVICE_ACCOUNTS, { namespace: NAMESPACE })).items;
  assert.equal((await list()).filter(({ metadata }) => metadata.name !== "default").length, 2);
  assert.deepEqual(await undo(), []);
  assert.equal(
    (await cluster.list(SERVICE_ACCOUNTS, { labelSelector: "purpose=scaletest" })).items.length,
    0,
  );
});

Deno.test("a run with as quick answers at all numbers finds no impact, and how far that was tried", async () => {
  const { findings, facts, cluster } = await measuring({ plan: { requests: 200, reviews: 200 } });
  using _ = cluster;
  assert.deepEqual(findings.map(({ verdict }) => verdict), ["pass", "pass"]);
  assert.deepEqual(facts, ["no impact up to: 6 tokens", "safe limit: 4 tokens"]);
});

Deno.test("a user that cannot be made is told, and larger numbers are not tried", async () => {
  let creates = 0;
  const before = (call: string) => {
    if (!/^POST .*\/serviceaccounts(\?|$)/.test(call) || ++creates !== 5) return;
    const status = { kind: "Status", reason: "Forbidden", message: "exceeded quota" } as const;
    throw new StatusError(status, { code: 403 });
  };
  const { run, findings, totals, cluster } = await measuring({ before });
  using _ = cluster;
  assert.deepEqual(findings[0], {
    subject: "6 users",
    verdict: "fail",
    observed: "5 of them",
    limit: "all of them",
    reason: "breaking: 1 have no account or no token, the first for: exceeded quota",
  });
  assert.equal(totals.counter("unprovisioned"), 1);
  assert.ok(!run.stages.some(({ stage }) => stage.name.includes("again")));
});

Deno.test("a stop keeps what was measured, and says what was not", async () => {
  const before = (call: string, run: Run) => {
    if (call.includes("tokenreviews")) run.stop("interrupted");
  };
  const { findings, totals, cluster, undo } = await measuring({ before });
  using _ = cluster;
  assert.equal(totals.operation("chat", { tokens: "2", arm: "full" })?.ok, 40);
  assert.deepEqual(findings.map(({ reason }) => reason), [
    "it was not measured",
    "it was not measured",
  ]);
  assert.deepEqual(await undo(), []);
});
