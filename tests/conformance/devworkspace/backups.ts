/** What does a backup consist of, how does it end, and when does another one follow? @module */

import assert from "node:assert/strict";
import { backupJobOf } from "../../../kube/devworkspace/backup_job.ts";
import { BACKUP_CONTAINER, LABEL } from "../../../kube/devworkspace/words.ts";
import { JOBS, resourcePath } from "../../../kube/resource.ts";
import { patch } from "../asking.ts";
import { elementsOf, fieldsOf } from "../../../kube/fields.ts";
import type { KubeObject } from "../../../kube/object.ts";
import { hasCondition } from "./scene.ts";
import type { DevWorkspaceBehaviour } from "./subject.ts";

export const BACKUPS: readonly DevWorkspaceBehaviour[] = [
  {
    name: "a Job is the workspace's own, goes two minutes after its end, and its pods tell nothing",
    check: async (scene, { defaultBackoffLimit, registries }) => {
      await scene.createStopped("w");
      await scene.configure();
      const { metadata, spec } = await scene.ended("w", "Complete");
      const { id } = await scene.status("w");
      assert.match(metadata.name!, /^devworkspace-backup-.{5}$/);
      assert.equal(metadata.labels?.[LABEL.workspaceId], id);
      const [owner] = elementsOf((metadata as Record<string, unknown>)["ownerReferences"]);
      assert.deepEqual([owner!["kind"], owner!["controller"]], ["DevWorkspace", true]);
      const { backoffLimit, ttlSecondsAfterFinished, template } = fieldsOf(spec);
      assert.deepEqual([backoffLimit, ttlSecondsAfterFinished], [defaultBackoffLimit, 120]);
      const labels = Object.keys(fieldsOf(fieldsOf(fieldsOf(template)["metadata"])["labels"]));
      assert.ok(!labels.some((label) => label.includes("devworkspace")), labels.join());
      const [container] = elementsOf(fieldsOf(fieldsOf(template)["spec"])["containers"]);
      assert.equal(container!["name"], BACKUP_CONTAINER);
      const environment = environmentOf(container);
      assert.equal(environment["BACKUP_SOURCE_PATH"], "/workspace//projects");
      assert.equal(environment["DEVWORKSPACE_BACKUP_REGISTRY"], registries.good);
    },
  },
  {
    name: "a backup that has succeeded is told of on the workspace, with the time of the Job's end",
    check: async (scene) => {
      await scene.createStopped("w");
      await scene.configure();
      const job = await scene.ended("w", "Complete");
      await scene.until("the outcome", async () => {
        return (await scene.status("w")).lastBackup !== undefined;
      });
      const { isSuccessful, finishedAtMs, error } = (await scene.status("w")).lastBackup!;
      assert.deepEqual([isSuccessful, error], [true, ""]);
      assert.equal(finishedAtMs, Date.parse(timeOf(job, "Complete")));
    },
  },
  {
    name: "what was backed up is not backed up again, until it was started and stopped once more",
    check: async (scene) => {
      await scene.createStopped("w");
      await scene.configure();
      await scene.ended("w", "Complete");
      await scene.ticks(3);
      assert.equal((await scene.jobs("w")).length, 1);
      await scene.startAndStop("w");
      await scene.until("a second Job", async () => (await scene.jobs("w")).length === 2);
    },
  },
  {
    name: "a Job that has failed for good is followed by another one at each tick",
    check: async (scene, { registries }) => {
      await scene.createStopped("w");
      await scene.configure({ backoffLimit: 0, registry: { path: registries.unreachable } });
      const job = await scene.ended("w", "Failed");
      await scene.until("three Jobs", async () => (await scene.jobs("w")).length >= 3);
      assert.equal(backupJobOf(job)!.failedPods, 1);
      const { lastBackup } = await scene.status("w");
      assert.equal(lastBackup!.isSuccessful, false);
      assert.equal(lastBackup!.error, "Job has reached the specified backoff limit");
    },
  },
  {
    name: "its pods are one more than may fail, with ten seconds in between, and no Job beside it",
    check: async (scene, { registries }) => {
      await scene.createStopped("w");
      await scene.configure({ backoffLimit: 1, registry: { path: registries.unreachable } });
      await scene.until("a failed pod", async () => {
        const [job] = await scene.jobs("w");
        return job !== undefined && backupJobOf(job)!.failedPods === 1;
      });
      assert.equal((await scene.jobs("w")).length, 1);
      const { metadata: { name } } = await scene.ended("w", "Failed");
      const pods = await scene.pods(`batch.kubernetes.io/job-name=${name}`);
      const [first, second] = pods.map(({ metadata }) => Date.parse(metadata.creationTimestamp!))
        .sort((one, other) => one - other);
      assert.equal(pods.length, 2);
      assert.ok(second! - first! >= 10_000, `${second! - first!} ms`);
    },
  },
  {
    name: "a Job that hangs is the only one, for ever",
    check: async (scene, { registries }) => {
      await scene.createStopped("w");
      await scene.configure({ registry: { path: registries.hanging } });
      await scene.until("a Job", async () => (await scene.jobs("w")).length === 1);
      await scene.ticks(4);
      const jobs = await scene.jobs("w");
      assert.equal(jobs.length, 1);
      assert.equal(backupJobOf(jobs[0]!)!.end, undefined);
    },
  },
  {
    name: "while a Job runs each tick adds another one, once there has been an outcome",
    check: async (scene, { registries }) => {
      await scene.createStopped("w");
      await scene.configure();
      await scene.until("an outcome", async () => {
        return (await scene.status("w")).lastBackup !== undefined;
      });
      await scene.tryConfigure(null);
      await scene.startAndStop("w");
      await scene.configure({ registry: { path: registries.hanging } });
      await scene.ticks(3);
      const running = (await scene.jobs("w")).filter((job) => backupJobOf(job)!.end === undefined);
      assert.ok(running.length >= 2, `${running.length}`);
    },
  },
  {
    name: "without anything to back up there is no Job and no outcome",
    check: async (scene) => {
      await scene.createWorkspace("never", { started: false });
      await scene.createStopped("ephemeral", { storage: "ephemeral" });
      await scene.reach("never", "Stopped");
      await scene.configure();
      await scene.ticks(3);
      for (const name of ["never", "ephemeral"]) {
        assert.deepEqual(await scene.jobs(name), []);
        assert.equal((await scene.status(name)).lastBackup, undefined);
      }
    },
  },
  {
    name:
      "an outcome goes back to an older one when the failed Job is removed, and one more follows",
    check: async (scene, subject) => {
      const { registries } = subject;
      await scene.createStopped("w");
      const block = { backoffLimit: 0, schedule: "@every 5s" };
      await scene.configure({ ...block, registry: { path: registries.unreachable } });
      await scene.until("a Job", async () => (await scene.jobs("w")).length === 1);
      await scene.tryConfigure(null);
      const { metadata: { name } } = await scene.ended("w", "Failed");
      await scene.configure({ ...block, registry: { path: registries.good } });
      const succeeded = async () => (await scene.status("w")).lastBackup?.isSuccessful === true;
      await scene.until("a success", succeeded);
      await scene.tryConfigure(null);
      const newestMs = (await scene.status("w")).lastBackup!.finishedAtMs!;
      // As two minutes later.
      await patch(subject, resourcePath(JOBS, { namespace: scene.namespace, name: name! }), {
        body: { spec: { ttlSecondsAfterFinished: 1 } },
      });
      await scene.until("an older outcome", async () => !await succeeded());
      const { finishedAtMs } = (await scene.status("w")).lastBackup!;
      assert.ok(finishedAtMs! < newestMs);
      await scene.configure({ ...block, registry: { path: registries.good } });
      await scene.until("a newer success", async () => {
        const { lastBackup } = await scene.status("w");
        return lastBackup!.isSuccessful && lastBackup!.finishedAtMs! > newestMs;
      });
    },
  },
];

function environmentOf(container: unknown): Record<string, unknown> {
  const entries = elementsOf(fieldsOf(container)["env"]);
  return Object.fromEntries(entries.map(({ name, value }) => [name, value]));
}

function timeOf(job: KubeObject, type: string): string {
  assert.ok(hasCondition(job, type));
  const { conditions } = job["status"] as {
    conditions: readonly { readonly type: string; readonly lastTransitionTime: string }[];
  };
  return conditions.find((condition) => condition.type === type)!.lastTransitionTime;
}
