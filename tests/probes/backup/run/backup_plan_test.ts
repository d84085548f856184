import assert from "node:assert/strict";
import { UsageError } from "../../../../core/errors.ts";
import { backupPlan } from "../../../../probes/backup/run/backup_plan.ts";
import { needsOf } from "../../../../probes/backup/run/needs.ts";
import { TempDir } from "../../../support/scaletool.ts";
import { typed } from "./running.ts";

const REGISTRY = ["--registry-path", "quay.io/me"];

async function plan(...args: readonly string[]) {
  return backupPlan(await typed(...args));
}

Deno.test("the command line of the field's smoke test is understood as it is", async () => {
  const line =
    "--mode binary --max-vus 50 --max-devworkspaces 50 --delete-devworkspace-after-ready false " +
    "--separate-namespaces true --devworkspace-ready-timeout-seconds 900 " +
    "--test-duration-minutes 15 --run-backup-test-hook true --dwoc-config-type correct " +
    "--registry-path quay.io/me --registry-secret quay-push-secret --backup-wait-minutes 15";
  const { load, places, readyTimeoutMs, backupWaitMs, stages } = await plan(...line.split(" "));
  assert.deepEqual([load.count, load.workers], [50, 50]);
  assert.equal(places.workspaceNamespaces.length, 50);
  assert.deepEqual([readyTimeoutMs, backupWaitMs], [900_000, 900_000]);
  assert.deepEqual(stages, [
    ...["load", "stop", "configure", "watch", "verify", "restore", "give back"],
  ]);
});

Deno.test("the later generation's name of the wait for backups is understood, too", async () => {
  const { backupWaitMs } = await plan(...REGISTRY, "--backup-monitor-duration", "7");
  assert.equal(backupWaitMs, 420_000);
});

Deno.test("configuring first changes the order", async () => {
  const { stages } = await plan(...REGISTRY, "--configure-first");
  assert.deepEqual(stages.slice(0, 3), ["load", "configure", "stop"]);
});

for (const args of [["--dwoc-config-type", "incorrect"], ["--max-restore-samples", "0"]]) {
  Deno.test(`with ${args.join(" ")} nothing is restored, and no restore is judged`, async () => {
    const { restores, stages } = await plan(...REGISTRY, ...args);
    assert.deepEqual([restores, stages.includes("restore")], [false, false]);
  });
}

Deno.test("more workspaces or workers than any cluster holds are refused as they are typed", async () => {
  for (const flag of ["--max-devworkspaces", "--max-vus"]) {
    await assert.rejects(plan(...REGISTRY, flag, "99999999"), /must be between/);
  }
});

const REFUSED: readonly [args: readonly string[], words: RegExp][] = [
  [["--mode", "operator"], /--mode operator: .* as a Job/],
  [["--run-with-eclipse-che", "true"], /--run-with-eclipse-che/],
  [["--delete-devworkspace-after-ready", "true"], /leaves nothing to back up/],
  [["--max-devworkspaces", "-1"], /shared-iterations needs to know how many/],
  [["--max-devworkspaces", "0"], /at least 1/],
  [
    ["--executor", "ramping-vus", "--max-vus", "3", "--test-duration-minutes", "5"],
    /of 3 workers the first begins after 7m0s, so that no workspace is made/,
  ],
  [["--duration", "5m"], /--duration does not go with stages/],
  [["--warmup", "5m"], /--warmup does not go with stages/],
  [["--devworkspace-link", "/nowhere.json"], /cannot read "\/nowhere.json"/],
];

for (const [args, words] of REFUSED) {
  Deno.test(`${args.join(" ")} is refused in one line`, async () => {
    await assert.rejects(
      plan(...REGISTRY, ...args),
      (error) => error instanceof UsageError && words.test(error.message),
    );
  });
}

Deno.test("an ephemeral template is refused with the hook, and taken without", async () => {
  await using dir = new TempDir();
  const path = dir.file("dw.json");
  const attributes = { "controller.devfile.io/storage-type": "ephemeral" };
  const template = { attributes, components: [{ name: "dev", container: { image: "a" } }] };
  Deno.writeTextFileSync(path, JSON.stringify({ kind: "DevWorkspace", spec: { template } }));
  await assert.rejects(
    plan(...REGISTRY, "--devworkspace-link", path),
    /no workspace after .*dw\.json is ever backed up: its storage is ephemeral/,
  );
  await plan("--devworkspace-link", path, "--run-backup-test-hook", "false");
});

Deno.test("where each workspace has a namespace, rights are asked for in all of them at once", async () => {
  const separate = needsOf(await plan(...REGISTRY, "--separate-namespaces"));
  const inOne = needsOf(await plan(...REGISTRY));
  assert.ok(separate.rights.length <= inOne.rights.length);
  const ofWorkspaces = (one: typeof inOne) =>
    one.rights.filter(({ kind }) => kind.kind === "DevWorkspace").map(({ namespace }) => namespace);
  assert.deepEqual([...new Set(ofWorkspaces(separate))], [undefined]);
  assert.deepEqual([...new Set(ofWorkspaces(inOne))], ["ws"]);
});
