import assert from "node:assert/strict";
import { DEV_WORKSPACES } from "../../../../kube/devworkspace/kinds.ts";
import type { ArtifactState } from "../../../../probes/backup/restore/registry/artifact.ts";
import { StatusError } from "../../../../kube/status_error.ts";
import { type PodExec, writeMarkers } from "../../../../probes/backup/restore/marker.ts";
import type { RestoreOptions } from "../../../../probes/backup/restore/restore_sample.ts";
import { RestoreWorld } from "./restore_world.ts";

const SKIPPED = "+ echo\n/projects is not empty. Skipping restore action.\n";

function registry(state: ArtifactState) {
  const images: string[] = [];
  return { images, look: (image: string) => Promise.resolve((images.push(image), state)) };
}

Deno.test("workspaces are deleted, made again with the attribute, and restored when they run", async () => {
  using world = await RestoreWorld.with(["a", "b", "c"]);
  const asked = registry({ kind: "found" });
  const { restored, skipped } = await world.restore({ mostSamples: 2, registry: asked });
  assert.equal(skipped, undefined);
  assert.deepEqual(restored.map(({ reason, isProven }) => ({ reason, isProven })), [
    { reason: undefined, isProven: true },
    { reason: undefined, isProven: true },
  ]);
  assert.deepEqual(world.operation("restore"), { ok: 2, failed: {} });
  assert.deepEqual(world.operation("deleteWorkspace"), { ok: 2, failed: {} });
  assert.deepEqual(world.operation("workspaceGone"), { ok: 2, failed: {} });
  assert.equal(world.run.live.counter("workspacesRestored"), 2);
  assert.equal(world.run.live.counter("backupArtifactsFound"), 2);
  const names = restored.map(({ workspace: { name } }) => name);
  assert.deepEqual(
    asked.images.toSorted(),
    names.toSorted().map((name) => `quay.io/user/ns/${name}:latest`),
  );
  assert.deepEqual(
    world.registered.toSorted(),
    names.flatMap((n) => [`+${n}`, `-${n}`]).toSorted(),
  );
  assert.match(world.said[0]!, /^restoring 2 of 3 workspaces: ns\/\w, ns\/\w$/);
  assert.deepEqual(world.warnings, []);
});

Deno.test("what is made again is as it was, but for its projects, its attribute and its past", async () => {
  using world = await RestoreWorld.with(["a"]);
  await world.restore();
  const { metadata, spec } = await world.get("a");
  assert.deepEqual(metadata.labels, { "load-test": "test-type" });
  assert.equal(metadata.annotations, undefined);
  assert.deepEqual(spec, {
    started: true,
    template: {
      attributes: {
        "controller.devfile.io/storage-type": "per-workspace",
        "controller.devfile.io/restore-workspace": "true",
      },
      components: [{ name: "dev", container: { image: "x" } }],
    },
  });
});

Deno.test("a workspace with finalizers is made again when it is gone, and not before", async () => {
  using world = await RestoreWorld.with(["a"]);
  const ref = { namespace: "ns", name: "a" };
  const finalizers = (list: readonly string[]) =>
    world.cluster.patch(DEV_WORKSPACES, ref, {
      body: { metadata: { finalizers: list } },
      options: { type: "merge" },
    });
  await finalizers(["example.com/hold"]);
  const restoring = world.restore();
  world.cluster.clock.callAt(40_000, () => void finalizers([]));
  const { restored } = await restoring;
  assert.deepEqual(restored.map(({ reason }) => reason), [undefined]);
  assert.ok(world.run.live.operation("workspaceGone")!.service.max >= 40_000);
  const made = world.cluster.calls.filter((call) => call.startsWith("POST")).length;
  assert.equal(made, 1 + 1, "one workspace and one pod");
});

Deno.test("one that is never gone is not deleted, with what holds it", async () => {
  using world = await RestoreWorld.with(["a"]);
  await world.cluster.patch(DEV_WORKSPACES, { namespace: "ns", name: "a" }, {
    body: { metadata: { finalizers: ["example.com/hold"] } },
    options: { type: "merge" },
  });
  const { restored: [one] } = await world.restore();
  assert.equal(one?.reason, "not-deleted");
  assert.match(one!.text, /ns\/a is still there after 1m0s; finalizers example.com\/hold$/);
  assert.deepEqual(world.operation("restore"), { ok: 0, failed: { "not-deleted": 1 } });
  assert.deepEqual(world.operation("deleteWorkspace"), { ok: 1, failed: {} });
  assert.deepEqual(world.operation("workspaceGone"), { ok: 0, failed: { stalled: 1 } });
  assert.equal(world.run.live.counter("workspacesRestored"), 0);
});

/** Each restore that fails: what the operator does, and what is said of it. */
const FAILURES: Readonly<
  Record<string, { act?: ReturnType<RestoreWorld["act"]>; log?: string; text: RegExp }>
> = {
  "not-restored": {
    log: SKIPPED,
    text: /has ended with 0 \(Completed\); its log ends: .*Skipping/s,
  },
  "not-restored ": { act: { container: null }, text: /its pod has no such container/ },
  "restore-failed": {
    act: {
      phase: "Failed",
      message: "Init Container workspace-restore has state CrashLoopBackOff",
      container: { waiting: { reason: "CrashLoopBackOff" } },
    },
    text: /has failed: Init Container .*; container workspace-restore waits \(CrashLoopBackOff\)/,
  },
  "restore-failed ": {
    act: { container: { terminated: { exitCode: 1, reason: "Error" } } },
    log: "manifest unknown",
    text: /has ended with 1 \(Error\); its log ends: manifest unknown/,
  },
  "stalled": {
    act: {
      phase: "Starting",
      message: "Waiting",
      container: { waiting: { reason: "ImagePullBackOff" } },
    },
    text: /it is Starting \(Waiting\); container workspace-restore waits \(ImagePullBackOff\)$/,
  },
};

for (const [title, { act, log, text }] of Object.entries(FAILURES)) {
  const reason = title.trim();
  Deno.test(`a restore is ${reason} where ${text.source}`, async () => {
    using world = await RestoreWorld.with(["a"]);
    if (act !== undefined) world.act = () => act;
    if (log !== undefined) world.cluster.log = log;
    const { restored: [one] } = await world.restore();
    assert.equal(one?.reason, reason);
    assert.match(one!.text, text);
    assert.deepEqual(world.operation("restore"), { ok: 0, failed: { [reason]: 1 } });
    assert.equal(world.run.live.counter("workspacesRestored"), 0);
    assert.match(world.warnings.join(), /^not-restored: ns\/a: /);
  });
}

Deno.test("without the container's log a restore counts, and is told to be known by exit code alone", async () => {
  using world = await RestoreWorld.with(["a", "b"]);
  world.cluster.log = undefined;
  const { restored } = await world.restore();
  assert.deepEqual(restored.map(({ reason, isProven }) => [reason, isProven]), [
    [undefined, false],
    [undefined, false],
  ]);
  assert.deepEqual(world.warnings.length, 1);
  assert.match(world.warnings[0]!, /^restore-unproven: Of 2 restores nothing but the exit code/);
});

Deno.test("one that somebody has deleted is a failed restore, and is not made again", async () => {
  using world = await RestoreWorld.with(["a"]);
  const gone = { namespace: "ns", name: "b" };
  const { restored } = await world.restore({ backedUp: [...await world.refs(), gone] });
  const reasons = restored.map(({ workspace: { name }, reason }) => [name, reason]);
  assert.deepEqual(reasons.toSorted(), [["a", undefined], ["b", "workspace-gone"]]);
  assert.deepEqual(world.operation("restore"), { ok: 1, failed: { "workspace-gone": 1 } });
  assert.deepEqual(world.registered, ["-a", "+a"]);
});

Deno.test("no secret of a container's log is shown", async () => {
  using world = await RestoreWorld.with(["a"]);
  world.act = () => ({ container: { terminated: { exitCode: 1 } } });
  world.cluster.log = "oras pull -u me -p hunter2: denied";
  const { restored: [one] } = await world.restore({ secrets: ["hunter2"] });
  assert.match(one!.text, /its log ends: oras pull -u me -p \*\*\*: denied$/);
  assert.doesNotMatch(world.warnings.join(), /hunter2/);
});

Deno.test("what the server refuses is a failed restore of that class", async () => {
  for (const verb of ["POST", "DELETE"]) {
    using world = await RestoreWorld.with(["a"]);
    const { clock } = world.cluster;
    world.cluster.before = async (call) => {
      if (!call.startsWith(`${verb} `) || !call.includes("/devworkspaces")) return;
      await clock.sleepUntil(clock.now() + 1);
      throw new StatusError({ kind: "Status", reason: "Forbidden" }, { code: 403 });
    };
    const { restored: [one] } = await world.restore();
    const reason = verb === "POST" ? "forbidden" : "not-deleted";
    assert.equal(one?.reason, reason);
    assert.deepEqual(world.operation("restore").failed, { [reason]: 1 });
  }
});

Deno.test("nothing is restored where nothing should be, and that is said", async () => {
  const disabled: readonly [Partial<RestoreOptions>, string][] = [
    [{ isWanted: false }, "--verify-restore is false"],
    [{ mostSamples: 0 }, "--max-restore-samples is 0"],
    [{ backedUp: [] }, "no workspace was backed up"],
    [
      {
        configuration: {
          type: "incorrect",
          backupCronJob: { enable: true, schedule: "* * * * *", registry: { path: "x" } },
        },
      },
      "backups are to fail in this configuration",
    ],
  ];
  for (const [options, skipped] of disabled) {
    using world = await RestoreWorld.with(["a"]);
    assert.deepEqual(await world.restore(options), { skipped, restored: [] });
    assert.deepEqual(world.said, [`restore skipped: ${skipped}`]);
    assert.deepEqual(world.facts, [`restore: skipped: ${skipped}`]);
    assert.deepEqual(world.run.stages, []);
    assert.deepEqual(world.cluster.calls.filter((call) => !call.startsWith("GET")), []);
  }
});

Deno.test("what is not in the registry, and a registry that cannot be asked, are told apart", async () => {
  const told = async (state: ArtifactState) => {
    using world = await RestoreWorld.with(["a"]);
    await world.restore({ registry: registry(state) });
    assert.equal(world.operation("restore").ok, 1);
    return [world.warnings.join(), world.run.live.counter("backupArtifactsMissing")];
  };
  assert.deepEqual(await told({ kind: "missing" }), [
    "artifact-missing: 1 of 1 backups are not in the registry: the first is not there",
    1,
  ]);
  assert.deepEqual(await told({ kind: "other", type: "application/x" }), [
    "artifact-missing: 1 of 1 backups are not in the registry: the first is something else " +
    "(application/x)",
    1,
  ]);
  assert.deepEqual(await told({ kind: "unknown", why: "no route" }), [
    "registry-not-asked: Whether backups are in the registry is not known: no route",
    undefined,
  ]);
});

Deno.test("a stopped run waits for no restore, and counts none as failed", async () => {
  using world = await RestoreWorld.with(["a"]);
  world.act = () => ({ phase: "Starting" });
  world.cluster.clock.callAt(20_000, () => world.run.stop("interrupted"));
  await assert.rejects(world.restore(), (thrown) =>
    thrown === world.run.stopping.reason ||
    (thrown as Error).name === "AbortError");
  assert.deepEqual(world.operation("restore"), { ok: 0, failed: {} });
  assert.ok(world.cluster.clock.now() < 30_000);
});

/** A shell that has one file, by namespace and name of its pod's workspace. */
function shell(after: (written: string) => string | undefined) {
  let written = "";
  const commands: (readonly string[])[] = [];
  const exec: PodExec = ({ command, container }) => {
    assert.equal(container, "dev");
    commands.push(command);
    const done = { exitCode: 0, stdout: "", stderr: "" };
    if (command[4] !== "") {
      written = command[4]!;
      return Promise.resolve(done);
    }
    const stdout = after(written);
    return Promise.resolve(
      stdout === undefined ? { ...done, exitCode: 1, stderr: "no such file" } : { ...done, stdout },
    );
  };
  return { exec, commands };
}

Deno.test("a marker that is there proves a restore, one that is another disproves it", async () => {
  const outcome = async (after: (written: string) => string | undefined) => {
    using world = await RestoreWorld.with(["a"]);
    world.cluster.log = undefined;
    const { exec } = shell(after);
    const markers = new Map([["ns/a", "r1 ns/a"]]);
    await exec({
      namespace: "",
      pod: "",
      container: "dev",
      command: ["", "", "", "", "r1 ns/a"],
      timeoutMs: 1,
    });
    const { restored: [one] } = await world.restore({ markers, exec });
    const { reason, isProven, isMarkerKept } = one!;
    return { reason, isProven, isMarkerKept };
  };
  assert.deepEqual(await outcome((written) => written), {
    reason: undefined,
    isProven: true,
    isMarkerKept: true,
  });
  assert.deepEqual(await outcome(() => "r0 ns/a"), {
    reason: "not-restored",
    isProven: true,
    isMarkerKept: false,
  });
  assert.deepEqual(await outcome(() => undefined), {
    reason: undefined,
    isProven: false,
    isMarkerKept: undefined,
  });
});

Deno.test("markers are written into workspaces that run, those that get none are told once", async () => {
  using world = await RestoreWorld.with(["a"]);
  await world.restore();
  const [running] = await world.refs();
  const { exec, commands } = shell((written) => written);
  const gone = { namespace: "ns", name: "b" };
  const tools = { cluster: world.cluster, exec };
  const markers = await writeMarkers(world.run, [running!, gone, gone], tools);
  assert.deepEqual([...markers], [["ns/a", "r1 ns/a"]]);
  assert.equal(commands.length, 1);
  assert.deepEqual(world.warnings, [
    "no-marker: 2 of 3 workspaces have no marker, and what is in them after a restore is not " +
    "looked at: DevWorkspace ns/b is not there",
  ]);
});

Deno.test("workspaces with a marker are restored before others", async () => {
  using world = await RestoreWorld.with(["a", "b", "c", "d"]);
  const markers = new Map([["ns/c", "c"], ["ns/d", "d"]]);
  const { restored } = await world.restore({ mostSamples: 2, markers });
  assert.deepEqual(restored.map(({ workspace: { name } }) => name).toSorted(), ["c", "d"]);
});

Deno.test("a workspace with a config of its own is restored from where the backup went", async () => {
  using world = await RestoreWorld.with(["a"]);
  const attributes = { "controller.devfile.io/devworkspace-config": { name: "c", namespace: "x" } };
  await world.cluster.patch(DEV_WORKSPACES, { namespace: "ns", name: "a" }, {
    body: { spec: { template: { attributes } } },
    options: { type: "merge" },
  });
  await world.restore();
  const { spec } = await world.get("a");
  const made = (spec as { template: { attributes: Record<string, unknown> } }).template.attributes;
  assert.equal(made["controller.devfile.io/restore-source-image"], "quay.io/user/ns/a:latest");
});
