/** Which workspaces are never backed up although they could be, and what helps? @module */

import assert from "node:assert/strict";
import { LABEL } from "../../../kube/devworkspace/words.ts";
import { resourcePath, SECRETS } from "../../../kube/resource.ts";
import { ask, get, patch, post } from "../asking.ts";
import type { DevWorkspaceBehaviour, DevWorkspaceSubject } from "./subject.ts";

const PUSH_SECRET = "conformance-push";

export const LOST_BACKUPS: readonly DevWorkspaceBehaviour[] = [
  {
    name: "one that is stopped in the second of a tick is lost",
    check: async (scene) => {
      const names = ["a", "b", "c"];
      for (const name of names) await scene.createWorkspace(name);
      for (const name of names) await scene.reach(name, "Running");
      // There is a tick in every second.
      await scene.configure({ schedule: "@every 1s" });
      await scene.ticks(2);
      for (const name of names) await scene.setStarted(name, false);
      for (const name of names) await scene.reach(name, "Stopped");
      await scene.ticks(4);
      const counts = await Promise.all(names.map(async (name) => (await scene.jobs(name)).length));
      assert.ok(counts.includes(0), counts.join());
    },
  },
  {
    name:
      "a tick without the registry's Secret loses all, whatever is mended; a start and a stop help",
    check: async (scene, subject) => {
      const secrets = resourcePath(SECRETS, { namespace: subject.operatorNamespace });
      try {
        await scene.createStopped("w");
        const registry = { path: subject.registries.good, authSecret: PUSH_SECRET };
        await scene.configure({ registry });
        await scene.ticks(2);
        assert.deepEqual(await scene.jobs("w"), []);
        await post(subject, secrets, pushSecret());
        await scene.ticks(2);
        assert.deepEqual(await scene.jobs("w"), [], "without the label it is not seen");
        await patch(subject, `${secrets}/${PUSH_SECRET}`, {
          body: { metadata: { labels: { [LABEL.watchSecret]: "true" } } },
        });
        await scene.ticks(2);
        assert.deepEqual(await scene.jobs("w"), [], "it is as if it had been backed up");
        await scene.tryConfigure(null);
        await scene.configure({ registry });
        await scene.ticks(2);
        assert.deepEqual(await scene.jobs("w"), [], "configured anew");
        await scene.tryConfigure(null);
        await scene.startAndStop("w");
        await scene.configure({ registry });
        await scene.ended("w", "Complete");
        await requireCopy(subject, scene.namespace);
      } finally {
        await ask(subject, `${secrets}/${PUSH_SECRET}`, { method: "DELETE" });
      }
    },
  },
  {
    name: "an outcome is lost while the operator is down; with an older one there is a second Job",
    check: async (scene, subject) => {
      await scene.createStopped("w");
      await scene.configure();
      await scene.ended("w", "Complete");
      await scene.until("the outcome", async () => {
        return (await scene.status("w")).lastBackup !== undefined;
      });
      await scene.configure({ registry: { path: subject.registries.slow } });
      const { finishedAtMs } = (await scene.status("w")).lastBackup!;
      await scene.startAndStop("w");
      const hasSecond = async (count: number) => (await scene.jobs("w")).length >= count;
      await scene.until("a second Job", () => hasSecond(2));
      await subject.restartOperator(async () => {
        await scene.until("its end", async () => {
          const jobs = await scene.jobs("w");
          return jobs.every((job) => (job["status"] as { succeeded?: number }).succeeded === 1);
        });
        await scene.pass(2_000);
        assert.equal((await scene.status("w")).lastBackup!.finishedAtMs, finishedAtMs);
      });
      await scene.until("a third Job", () => hasSecond(3));
    },
  },
];

function pushSecret(): unknown {
  const auths = { "registry.test": { auth: btoa("u:p") } };
  return {
    metadata: { name: PUSH_SECRET },
    type: "kubernetes.io/dockerconfigjson",
    stringData: { ".dockerconfigjson": JSON.stringify({ auths }) },
  };
}

async function requireCopy(subject: DevWorkspaceSubject, namespace: string): Promise<void> {
  const at = { namespace, name: "devworkspace-backup-registry-auth" };
  const { metadata } = await get(subject, resourcePath(SECRETS, at));
  assert.equal(metadata.labels?.[LABEL.watchSecret], "true");
  assert.equal((metadata as unknown as Record<string, unknown>)["ownerReferences"], undefined);
}
