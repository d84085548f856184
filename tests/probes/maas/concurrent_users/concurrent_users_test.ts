/** What flags of users and rate come to. @module */

import assert from "node:assert/strict";
import { UsageError } from "../../../../core/errors.ts";
import { highestLevel } from "../../../../core/ladder/ladder.ts";
import {
  concurrentUsersCommand,
  type ConcurrentUsersFlags,
} from "../../../../probes/maas/concurrent_users/command.ts";
import { concurrentUsersPlan } from "../../../../probes/maas/concurrent_users/concurrent_users_plan.ts";
import { rateCommand, type RateFlags } from "../../../../probes/maas/rate/command.ts";
import { ratePlan } from "../../../../probes/maas/rate/rate_plan.ts";
import { invocationOf } from "../../gateway/invocation.ts";

type Env = Readonly<Record<string, string>>;

async function users(args: readonly string[], env: Env = {}) {
  const given = { group: "maas", env };
  return concurrentUsersPlan(
    await invocationOf<ConcurrentUsersFlags>(concurrentUsersCommand, args, given),
  );
}

async function rate(args: readonly string[], env: Env = {}) {
  return ratePlan(await invocationOf<RateFlags>(rateCommand, args, { group: "maas", env }));
}

Deno.test("without flags the levels are those of the plan, each user with an account", async () => {
  const { ladder, accounts, firstAccounts } = await users([]);
  assert.deepEqual(ladder.way, { kind: "levels", levels: [10, 25, 50, 75, 100], climbsOn: false });
  assert.deepEqual(ladder.classes, ["healthy", "degraded", "breaking"]);
  assert.deepEqual(accounts, [{ tier: "free", count: 100 }]);
  assert.equal(firstAccounts, accounts);
});

Deno.test("the environment of the field's script is one level with so many questions", async () => {
  const env = { BURST_VUS: "25", BURST_ITERATIONS: "250", FREE_USERS: "50" };
  const { ladder, accounts, values } = await users([], env);
  assert.deepEqual(ladder.way, { kind: "levels", levels: [25], climbsOn: false });
  assert.deepEqual([accounts, values.iterations], [[{ tier: "free", count: 50 }], 250]);
  const asked = await users([], { MAX_TOKENS_FREE: "20", REQUEST_TIMEOUT: "10s" });
  assert.deepEqual([asked.values["max-tokens"], asked.values.timeout], [20, 10_000]);
  const soak = await rate([], { SOAK_RATE_FREE: "25", SOAK_DURATION: "2m" });
  assert.deepEqual(soak.ladder.way, { kind: "levels", levels: [25], climbsOn: false });
  assert.equal(soak.ladder.stageDurationMs, 120_000);
});

Deno.test("fewer accounts than users are refused, unless they are to be shared", async () => {
  await assert.rejects(users(["--accounts", "50"]), (error) => {
    assert.ok(error instanceof UsageError);
    assert.match(error.message, /^--accounts 50 are fewer than the 100 users at once/);
    return true;
  });
  const { accounts } = await users(["--accounts", "50", "--share-tokens"]);
  assert.deepEqual(accounts, [{ tier: "free", count: 50 }]);
});

Deno.test("a search makes users as it needs them", async () => {
  const { ladder, accounts, firstAccounts } = await users(["--find-max", "--max-level", "200"]);
  assert.equal(highestLevel(ladder), 200);
  assert.deepEqual(accounts, [{ tier: "free", count: 200 }]);
  assert.deepEqual(firstAccounts, [{ tier: "free", count: 10 }]);
});

Deno.test("a rate climbs whatever its users are, at times of the process that is named", async () => {
  const { ladder, accounts, arrivalsAt } = await rate([
    "--ladder",
    "10,50",
    "--rate",
    "poisson:1/s",
  ]);
  assert.deepEqual(ladder.way, { kind: "levels", levels: [10, 50], climbsOn: false });
  assert.deepEqual(ladder.classes, ["healthy", "saturated", "breaking"]);
  assert.equal(ladder.judgesOffer, true);
  assert.deepEqual(accounts, [{ tier: "free", count: 20 }]);
  assert.equal(arrivalsAt(50).label, "poisson:50/s");
  await assert.rejects(rate(["--rate", "ramp:1/s..2/s@3s"]), /has no one rate/);
});
