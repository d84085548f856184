/** What a run borrowed that was lost, given back by `scaletool cleanup` as a user types it. @module */

import assert from "node:assert/strict";
import { SystemClock } from "../../core/load/clock.ts";
import { createRng } from "../../core/load/rng.ts";
import { Run } from "../../core/run/run.ts";
import { CLUSTER_FLAGS, type ClusterValues } from "../../kube/cluster_flags.ts";
import { resolveTarget, systemWorld } from "../../kube/config/target.ts";
import { type ClusterSession, connectCluster } from "../../kube/connect.ts";
import { Borrowed } from "../../kube/owned/borrowed.ts";
import { CONFIG_MAPS } from "../../kube/resource.ts";
import { Scaletool, scaletool, TempDir } from "../support/scaletool.ts";

const REF = { namespace: "default", name: "policy" };
const OLD = { free: "5", gold: "6" };
const identity = { runId: "lost", command: "test" };

function connect(kubeconfig: string): Promise<ClusterSession> {
  const defaults = Object.entries(CLUSTER_FLAGS)
    .map(([name, { defaultValue }]) => [name, defaultValue]);
  const values = { ...Object.fromEntries(defaults), kubeconfig } as ClusterValues;
  const clock = new SystemClock();
  const target = resolveTarget(values, systemWorld(clock));
  return connectCluster({ identity, values, target, clock });
}

/** Borrows, and is never heard of again. */
async function borrow({ cluster }: ClusterSession, directory: string): Promise<void> {
  const clock = new SystemClock();
  const log = () => {};
  const run = new Run({ id: "lost", clock, rng: createRng(1), directory, log });
  const borrowed = new Borrowed(run, { cluster, identity, namespace: "default" });
  await borrowed.change(CONFIG_MAPS, REF, [
    { path: "/data/free", value: "10000" },
    { path: "/data/silver", value: "7" },
  ]);
  await borrowed.change(CONFIG_MAPS, REF, [{ path: "/data/gold", value: undefined }]);
}

Deno.test("cleanup gives back from another machine what a lost run had borrowed", async () => {
  await using dir = new TempDir();
  const kubeconfig = dir.file("kubeconfig");
  await using sandbox = new Scaletool(["sandbox", "--write-kubeconfig", kubeconfig]);
  await sandbox.line(/Ctrl-C to end/);
  using session = await connect(kubeconfig);
  const { cluster } = session;
  await cluster.create(CONFIG_MAPS, { metadata: REF, data: OLD });
  const data = async () => (await cluster.get(CONFIG_MAPS, REF))["data"];
  const cleanup = (...more: readonly string[]) =>
    scaletool(["cleanup", "--run-id", "lost", "--kubeconfig", kubeconfig, "-q", ...more]);

  await borrow(session, dir.path);
  assert.deepEqual(await data(), { free: "10000", silver: "7" });
  const journal = JSON.parse(Deno.readTextFileSync(dir.file("borrowed.json")));
  assert.equal(journal.borrowed.length, 2);

  const body = { data: { free: "8" } };
  await cluster.patch(CONFIG_MAPS, REF, { body, options: { type: "merge" } });
  const changed = await cleanup("--only-borrowed");
  assert.equal(changed.code, 3, changed.stderr + changed.stdout);
  assert.match(changed.stdout, /^given back: configmaps default\/policy: \/data\/gold$/m);
  assert.match(
    changed.stdout,
    /^left of run lost: .*somebody else has changed \/data\/free since/m,
  );
  assert.deepEqual(await data(), { free: "8", gold: "6" });

  const forced = await cleanup("--only-borrowed", "--force-borrowed", "-o", "json");
  assert.equal(forced.code, 0, forced.stderr + forced.stdout);
  const [run] = JSON.parse(forced.stdout).runs;
  assert.deepEqual([run.state, run.borrowed[0].state], ["given back", "given back"]);
  assert.deepEqual(await data(), OLD);

  const nothing = await cleanup();
  assert.deepEqual([nothing.code, nothing.stdout], [0, "nothing to delete\n"]);
});
