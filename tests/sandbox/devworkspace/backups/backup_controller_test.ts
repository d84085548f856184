import assert from "node:assert/strict";
import { backupJobOf } from "../../../../kube/devworkspace/backup_job.ts";
import { OPERATOR_CONFIGS } from "../../../../kube/devworkspace/kinds.ts";
import {
  backupCronJobOf,
  lastBackupTimeOf,
} from "../../../../kube/devworkspace/operator_config.ts";
import { LABEL, REGISTRY_SECRET_COPY } from "../../../../kube/devworkspace/words.ts";
import { SECRETS } from "../../../../kube/resource.ts";
import { GLOBAL_CONFIG_REF } from "../../../../sandbox/devworkspace/config.ts";
import { OPERATOR_NAMESPACE } from "../../../../sandbox/devworkspace/installation.ts";
import type { ProfileName } from "../../../../sandbox/devworkspace/profile.ts";
import { GOOD_REGISTRY, NAMESPACE, StandInUnderTest } from "../stand_in_under_test.ts";

async function lastTick(test: StandInUnderTest): Promise<string | undefined> {
  return lastBackupTimeOf(await test.get(OPERATOR_CONFIGS, GLOBAL_CONFIG_REF));
}

Deno.test("a cron line ticks at the full minute, and a config that stays the same is not read anew", async () => {
  await using test = await StandInUnderTest.start();
  await test.clock.advance(30_500);
  await test.configure({ schedule: "*/2 * * * *" });
  await test.clock.advance(89_000);
  assert.equal(await lastTick(test), undefined);
  await test.patch(OPERATOR_CONFIGS, GLOBAL_CONFIG_REF, { metadata: { labels: { other: "x" } } });
  await test.clock.advance(1_000);
  assert.equal(await lastTick(test), "2026-01-01T00:02:00Z");
});

Deno.test("each failed Job is followed by one at every tick, as often as the release predicts", async () => {
  // Source: a model of one workspace at one tick a minute; 0.40.0 tries four pods, 0.42.0 two.
  for (const [profile, expected] of [["0.42.0", 6], ["0.40.0", 5]] as const) {
    await using test = await StandInUnderTest.start({ profile });
    await test.createStopped(["a"]);
    const uids = new Set<string>();
    await test.configure({ schedule: "* * * * *", registry: { path: "registry.invalid/u" } });
    for (let minute = 0; minute < 6; minute++) {
      await test.clock.advance(60_000);
      for (const { metadata } of await test.jobs("a")) uids.add(metadata.uid!);
    }
    assert.equal(uids.size, expected, profile);
  }
});

Deno.test("unless configured, schedule and retries are those of the release", async () => {
  for (
    const [profile, schedule, backoffLimit] of [
      ["0.40.0", "0 1 * * *", 3],
      ["0.42.0", "0 0 1 * *", 1],
    ] as const
  ) {
    await using test = await StandInUnderTest.start({ profile });
    await test.patch(OPERATOR_CONFIGS, GLOBAL_CONFIG_REF, {
      config: { workspace: { backupCronJob: { registry: { path: GOOD_REGISTRY } } } },
    });
    const block = backupCronJobOf(await test.get(OPERATOR_CONFIGS, GLOBAL_CONFIG_REF));
    assert.deepEqual([block!.schedule, block!.backoffLimit], [schedule, backoffLimit]);
  }
});

Deno.test("the copy of the registry's Secret belongs to the workspace in 0.40.0, to nobody in 0.42.0", async () => {
  const owned = async (profile: ProfileName) => {
    await using test = await StandInUnderTest.start({ profile });
    await test.create(SECRETS, {
      metadata: {
        namespace: OPERATOR_NAMESPACE,
        name: "push",
        labels: { [LABEL.watchSecret]: "true" },
      },
    });
    await test.createStopped(["a"]);
    await test.configure({ registry: { path: GOOD_REGISTRY, authSecret: "push" } });
    await test.clock.advance(70_000);
    assert.equal((await test.status("a")).lastBackup!.isSuccessful, true);
    const copy = await test.get(SECRETS, { namespace: NAMESPACE, name: REGISTRY_SECRET_COPY });
    return "ownerReferences" in copy.metadata;
  };
  assert.deepEqual([await owned("0.40.0"), await owned("0.42.0")], [true, false]);
});

Deno.test("a Job that the server refuses is lost, as if it had been made", async () => {
  await using test = await StandInUnderTest.start();
  await test.createStopped(["a", "b"]);
  const quotas = { group: "", version: "v1", plural: "resourcequotas", kind: "ResourceQuota" };
  const quota = { ...quotas, namespaced: true };
  await test.create(quota, {
    metadata: { namespace: NAMESPACE, name: "q" },
    spec: { hard: { "count/jobs.batch": "1" } },
  });
  await test.configure({});
  await test.clock.advance(70_000);
  await test.remove(quota, { namespace: NAMESPACE, name: "q" });
  await test.clock.advance(240_000);
  assert.equal(test.standIn.registry.size, 1);
  assert.match(test.standIn.log.join("\n"), /Failed to create backup Job.*exceeded quota/);
});

Deno.test("a Job's end is announced a little before it, and its pods are counted", async () => {
  await using test = await StandInUnderTest.start();
  await test.createStopped(["a"]);
  await test.configure({ backoffLimit: 1, registry: { path: "registry.invalid/u" } });
  const seen: string[] = [];
  for (let step = 0; step < 900; step++) {
    await test.clock.advance(100);
    for (const job of (await test.jobs("a")).slice(0, 1)) {
      const { failedPods, end } = backupJobOf(job)!;
      const { conditions = [] } = (job["status"] ?? {}) as { conditions?: { type: string }[] };
      const types = conditions.map(({ type }) => type).join("+");
      const line = `${failedPods} ${types} ${end?.kind ?? "-"}`;
      if (line !== seen.at(-1)) seen.push(line);
    }
  }
  assert.deepEqual(seen.slice(0, 4), [
    "0  -",
    "1  -",
    "2 FailureTarget -",
    "2 FailureTarget+Failed failed",
  ]);
});
