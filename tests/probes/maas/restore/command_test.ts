/** What runs of maas have raised and lost, given back; what other runs have borrowed is left. */

import assert from "node:assert/strict";
import { createRng } from "../../../../core/load/rng.ts";
import { Run } from "../../../../core/run/run.ts";
import { cleanUpRuns } from "../../../../kube/cleanup/clean_up_runs.ts";
import { runChoice } from "../../../../kube/cleanup/mod.ts";
import { cleanupText } from "../../../../kube/cleanup/result.ts";
import { RATE_LIMIT_POLICIES as REQUESTS } from "../../../../kube/kuadrant/kinds.ts";
import { Borrowed } from "../../../../kube/owned/borrowed.ts";
import { cleanupValues } from "../../../../kube/cleanup/give_back_command.ts";
import { isMaasCommand, restoreCommand } from "../../../../probes/maas/restore/command.ts";
import { recordingIo } from "../../../support/recording_io.ts";
import { limit, MaasWorld, REQUEST_LIMITS, requestLimits } from "../maas_world.ts";

const path = (name: string) => `/spec/limits/${name}/rates/0/limit`;

/** Raises one limit of the policy, and is never heard of again. */
async function raiseAndLose(world: MaasWorld, { runId, command, of }: {
  runId: string;
  command: string;
  of: string;
}): Promise<void> {
  const { cluster } = world;
  const run = new Run({ id: runId, clock: cluster.clock, rng: createRng(1), log: () => {} });
  const identity = { runId, command };
  const borrowed = new Borrowed(run, { cluster, identity, namespace: "default" });
  const wanted = [{ path: path(of), value: 10_000 }];
  await world.advance(borrowed.change(REQUESTS, REQUEST_LIMITS, wanted));
}

async function worldWithLostRuns(): Promise<MaasWorld> {
  const limits = {
    free: limit("free", [{ limit: 5, window: "2m" }]),
    premium: limit("premium", [{ limit: 20, window: "2m" }]),
    other: limit("other", [{ limit: 30, window: "2m" }]),
  };
  const world = await MaasWorld.with([[REQUESTS, requestLimits({ limits })]]);
  await raiseAndLose(world, { runId: "r-users", command: "maas users", of: "free" });
  await raiseAndLose(world, { runId: "r-rate", command: "maas rate", of: "premium" });
  await raiseAndLose(world, { runId: "r-other", command: "gateway churn", of: "other" });
  return world;
}

async function restore(world: MaasWorld, given: Readonly<Record<string, unknown>> = {}) {
  const { cluster, context } = world;
  const defaults = Object.entries(restoreCommand.flags)
    .map(([name, { defaultValue }]) => [name, defaultValue]);
  const values = cleanupValues({ ...Object.fromEntries(defaults), ...given });
  const result = await world.advance(
    cleanUpRuns({
      context: { cluster, ...context, say: () => {} },
      choice: runChoice(values),
      server: "https://server",
      user: undefined,
      namespaces: values.namespace,
      isForced: values.force,
      onlyBorrowed: values["only-borrowed"],
      takesBackChanged: values["force-borrowed"],
      isShownOnly: values["dry-run"],
      isOfCommand: isMaasCommand,
    }),
    1_000,
  );
  return { result, text: cleanupText(result, cluster.clock.wallNow()) };
}

async function limitsIn(world: MaasWorld): Promise<number[]> {
  const text = JSON.stringify(await world.spec(REQUESTS, REQUEST_LIMITS));
  return [...text.matchAll(/"limit":(\d+)/g)].map(([, number]) => Number(number));
}

Deno.test("what all lost runs of maas have raised is given back, and nothing of other commands", async () => {
  await using world = await worldWithLostRuns();
  assert.deepEqual((await limitsIn(world)).toSorted(), [10_000, 10_000, 10_000]);
  const { result, text } = await restore(world);
  assert.deepEqual(result.runs.map(({ runId, state }) => [runId, state]), [
    ["r-rate", "given back"],
    ["r-users", "given back"],
  ]);
  assert.match(
    text,
    /^given back: ratelimitpolicies.kuadrant.io openshift-ingress\/gateway-rate-limits: \/spec\/limits\/free\/rates\/0\/limit$/m,
  );
  assert.deepEqual((await limitsIn(world)).toSorted(), [10_000, 20, 5]);
  assert.equal((await restore(world)).text, "nothing to give back\n");
});

Deno.test("of one run only what that one has raised, and a look beforehand changes nothing", async () => {
  await using world = await worldWithLostRuns();
  const shown = await restore(world, { "dry-run": true });
  assert.match(shown.text, /would give back 2 changes of what belongs to others$/m);
  assert.deepEqual((await limitsIn(world)).toSorted(), [10_000, 10_000, 10_000]);
  await restore(world, { "run-id": "r-users" });
  assert.deepEqual((await limitsIn(world)).toSorted(), [10_000, 10_000, 5]);
  assert.equal((await restore(world, { "run-id": "r-other" })).text, "nothing to give back\n");
});

Deno.test("what somebody else has changed since is theirs, unless it is forced", async () => {
  await using world = await worldWithLostRuns();
  const replace = { op: "replace", path: path("free"), value: 7 };
  await world.write(REQUESTS, REQUEST_LIMITS, [replace]);
  const { result } = await restore(world, { "run-id": "r-users" });
  assert.equal(result.runs[0]?.state, "left");
  assert.ok((await limitsIn(world)).includes(7));
  await restore(world, { "run-id": "r-users", "force-borrowed": true });
  assert.ok((await limitsIn(world)).includes(5));
});

Deno.test("what it asks of a cluster is known before", async () => {
  const defaults = Object.entries(restoreCommand.flags)
    .map(([name, { defaultValue }]) => [name, defaultValue]);
  const invocation = {
    command: "maas restore",
    values: Object.fromEntries(defaults),
    shown: {},
    positionals: [],
    io: recordingIo().io,
  };
  const { rights, createsNamespaces } = await restoreCommand.needs(invocation);
  assert.equal(createsNamespaces, false);
  assert.deepEqual(
    rights.filter(({ onlyFor }) => onlyFor === undefined).map(({ verb }) => verb),
    ["list", "delete"],
  );
});
