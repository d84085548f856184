import assert from "node:assert/strict";
import { createRng } from "../../../core/load/rng.ts";
import { type Cleaning, cleanUpRuns } from "../../../kube/cleanup/clean_up_runs.ts";
import { type CleanupResult, cleanupText } from "../../../kube/cleanup/result.ts";
import { Borrowed } from "../../../kube/owned/borrowed.ts";
import { ownerLabels } from "../../../kube/owned/ownership.ts";
import { LEASES, RunRecord } from "../../../kube/owned/run_record.ts";
import { CONFIG_MAPS, NAMESPACES } from "../../../kube/resource.ts";
import { statusError } from "../../support/memory_cluster.ts";
import { LendingWorld, NEVER } from "../owned/lending_world.ts";

const OLD = { free: "5", other: "x" };
const CONTEXT = { rng: createRng(3), signal: NEVER };

/** What another machine does after the run's was lost. */
function clean(world: LendingWorld, options: Partial<Cleaning> = {}): Promise<CleanupResult> {
  const { cluster, clock } = world;
  return world.advance(cleanUpRuns({
    context: { ...CONTEXT, cluster, clock, say: () => {} },
    choice: { kind: "run", runId: "r1" },
    server: "https://server",
    user: undefined,
    namespaces: [],
    isForced: false,
    isShownOnly: false,
    ...options,
  }));
}

function said(world: LendingWorld, result: CleanupResult): string[] {
  return cleanupText(result, world.clock.wallNow()).trimEnd().split("\n");
}

/** A namespace, a record in it and one object of the run. */
async function layObjects({ cluster, clock }: LendingWorld): Promise<void> {
  const identity = { runId: "r1", command: "test" };
  const labels = ownerLabels(identity);
  await cluster.create(NAMESPACES, { metadata: { name: "perf", labels } });
  await RunRecord.write(cluster, {
    ...CONTEXT,
    clock,
    identity,
    namespace: "perf",
    resources: [CONFIG_MAPS],
    namespaces: ["perf"],
    madeNamespaces: ["perf"],
    warn: assert.fail,
  });
  await cluster.create(CONFIG_MAPS, { metadata: { name: "own", namespace: "perf", labels } });
}

async function own({ cluster }: LendingWorld): Promise<string[]> {
  const [maps, leases] = [
    await cluster.list(CONFIG_MAPS, { namespace: "perf" }),
    await cluster.list(LEASES, {}),
  ];
  return [...maps.items, ...leases.items].map(({ metadata: { name = "" } }) => name)
    .filter((name) => name !== "kube-root-ca.crt");
}

Deno.test("what is borrowed goes back before anything of the run is deleted", async () => {
  await using world = await LendingWorld.with(OLD);
  await layObjects(world);
  await world.borrow();
  world.cluster.calls.length = 0;
  const result = await clean(world);
  assert.deepEqual(
    world.cluster.calls.filter((call) => /^(PATCH|DELETE)/.test(call)).map((call) =>
      call.replace(/\?.*/, "").split("/").slice(-2).join("/")
    ).slice(0, 3),
    ["configmaps/policy", "leases/scaletool-borrowed-r1-0", "configmaps/own"],
  );
  assert.deepEqual(await world.data(), OLD);
  assert.deepEqual(result.runs[0]?.borrowed, [{
    object: "configmaps default/policy",
    fields: ["/data/free", "/data/gold"],
    state: "given back",
  }]);
  assert.equal(result.runs[0]?.state, "deleted");
  assert.ok(
    said(world, result).includes(
      "given back: configmaps default/policy: /data/free, /data/gold",
    ),
  );
  assert.match(
    said(world, result).at(-1)!,
    /^deleted (\d) of \1 objects of 1 run and gave back 1 of 1 change of what belongs to others: nothing is left$/,
  );
});

Deno.test("--only-borrowed gives back and deletes nothing, from the latest change to the first", async () => {
  await using world = await LendingWorld.with(OLD);
  await layObjects(world);
  await world.borrow({ free: "1" });
  await world.borrow({ free: "2" });
  const result = await clean(world, { onlyBorrowed: true });
  assert.deepEqual(await world.data(), OLD);
  assert.deepEqual(await own(world), ["own", "scaletool-run-r1"]);
  assert.equal(result.runs[0]?.state, "given back");
  assert.deepEqual(
    said(world, result).at(-1),
    "gave back 2 of 2 changes of what belongs to others: nothing is left",
  );
  const again = await clean(world, { onlyBorrowed: true });
  assert.deepEqual(again.runs, []);
});

Deno.test("a dry run tells what would go back, and touches nothing", async () => {
  await using world = await LendingWorld.with(OLD);
  await world.borrow({ free: "1" });
  const before = world.cluster.calls.length;
  for (const onlyBorrowed of [true, false]) {
    const result = await clean(world, { isShownOnly: true, onlyBorrowed });
    assert.deepEqual(said(world, result), [
      "would be given back: configmaps default/policy: /data/free",
      "would give back 1 change of what belongs to others",
    ]);
  }
  assert.deepEqual(
    world.cluster.calls.slice(before).filter((call) => !call.startsWith("GET")),
    [],
  );
});

Deno.test("what others have changed since is left alone, with the commands for either way", async () => {
  await using world = await LendingWorld.with(OLD);
  await layObjects(world);
  await world.borrow();
  await world.write({ free: "7" });
  const result = await clean(world);
  assert.deepEqual(await world.data(), { free: "7", other: "x" });
  assert.equal(result.runs[0]?.state, "left");
  assert.deepEqual(result.runs[0]?.left, [{
    what: "configmaps default/policy",
    why: "somebody else has changed /data/free since; the command sets the old values all the " +
      "same, and to leave it as it is now: kubectl delete lease -n default scaletool-borrowed-r1-0",
    command: "scaletool cleanup --run-id r1 --only-borrowed --force-borrowed",
  }]);
  assert.match(
    said(world, result).at(-1)!,
    /gave back 0 of 1 change .*: 1 not given back$/,
  );
  assert.equal((await world.loans()).length, 1);
  const forced = await clean(world, { onlyBorrowed: true, takesBackChanged: true });
  assert.equal(forced.runs[0]?.state, "given back");
  assert.deepEqual(await world.data(), OLD);
});

Deno.test("a namespace of the run's own stays as long as what it could not give back is written in it", async () => {
  await using world = await LendingWorld.with(OLD);
  await layObjects(world);
  const ref = { name: "kube-public" };
  const { cluster } = world;
  const identity = { runId: "r1", command: "test" };
  const borrowed = new Borrowed(world.run, { cluster, identity, namespace: "perf" });
  await borrowed.change(NAMESPACES, ref, [{ path: "/metadata/labels/tier", value: "new" }]);
  const body = { metadata: { labels: { tier: "theirs" } } };
  await cluster.patch(NAMESPACES, ref, { body, options: { type: "merge" } });
  const result = await clean(world);
  const left = result.runs[0]?.left.map(({ what }) => what);
  assert.deepEqual(left, ["namespaces kube-public", "namespace perf"]);
  assert.equal((await world.loans()).length, 1);
});

Deno.test("a loan that cannot be read, or a server that refuses, leaves something and says what", async () => {
  await using world = await LendingWorld.with(OLD);
  await world.borrow();
  world.cluster.before = (call) => {
    if (call.startsWith("PATCH")) throw statusError(403, "Forbidden");
  };
  const refused = await clean(world, { onlyBorrowed: true });
  assert.deepEqual(refused.runs[0]?.left.map(({ what, why }) => `${what}: ${why}`), [
    "configmaps default/policy: Forbidden",
  ]);
  world.cluster.before = () => {};
  const { record } = (await world.loans())[0]!;
  const body = { metadata: { annotations: { "scaletool.io/borrowed": '{"schemaVersion":2}' } } };
  await world.cluster.patch(LEASES, record, { body, options: { type: "merge" } });
  const unread = await clean(world);
  const [left] = unread.runs[0]!.left;
  assert.match(
    left!.why,
    /^Lease default\/scaletool-borrowed-r1-0 cannot be read, another version/,
  );
  assert.equal((await world.loans()).length, 1);
});

Deno.test("an object that is gone keeps nothing", async () => {
  await using world = await LendingWorld.with(OLD);
  await world.borrow();
  await world.cluster.delete(CONFIG_MAPS, { namespace: "default", name: "policy" });
  const result = await clean(world);
  assert.deepEqual(said(world, result).slice(0, 1), [
    "nothing to give back: configmaps default/policy was deleted since",
  ]);
  assert.equal(result.runs[0]?.state, "deleted");
  assert.deepEqual(await world.loans(), []);
});
