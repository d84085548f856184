/** Which configs does the operator take, and which of them count? @module */

import assert from "node:assert/strict";
import { OPERATOR_CONFIGS } from "../../../kube/devworkspace/kinds.ts";
import { ATTRIBUTE } from "../../../kube/devworkspace/words.ts";
import { apiVersionOf, resourcePath } from "../../../kube/resource.ts";
import { post } from "../asking.ts";
import type { DevWorkspaceBehaviour } from "./subject.ts";

export const CONFIGS: readonly DevWorkspaceBehaviour[] = [
  {
    name: "a block without a registry is refused, also one that turns backups off",
    check: async (scene) => {
      const { status, body } = await scene.tryConfigure({ enable: false });
      assert.equal(status, 422);
      assert.match(JSON.stringify(body), /backupCronJob\.registry: Required value/);
    },
  },
  {
    name: "a negative number of retries is refused",
    check: async (scene, { registries }) => {
      const registry = { path: registries.good };
      const { status } = await scene.tryConfigure({ enable: true, registry, backoffLimit: -1 });
      assert.equal(status, 422);
    },
  },
  {
    name: "a schedule that cannot be read is taken, and the one that worked is dropped",
    check: async (scene) => {
      await scene.configure({ schedule: "@every 1s" });
      await scene.ticks(2);
      await scene.configure({ schedule: "61 * * * *" });
      await scene.pass(3_000);
      const before = await scene.lastBackupTime();
      await scene.pass(5_000);
      assert.equal(await scene.lastBackupTime(), before);
      await scene.configure({ schedule: "@every 1s" });
      await scene.ticks(1);
    },
  },
  {
    name: "backups that are turned off do not tick",
    check: async (scene) => {
      await scene.configure({ schedule: "@every 1s" });
      await scene.ticks(2);
      await scene.configure({ enable: false });
      await scene.pass(3_000);
      const before = await scene.lastBackupTime();
      await scene.pass(5_000);
      assert.equal(await scene.lastBackupTime(), before);
    },
  },
  {
    name: "a config that a workspace names of its own does not count for its backup",
    check: async (scene, subject) => {
      const { namespace } = scene;
      await post(subject, resourcePath(OPERATOR_CONFIGS, { namespace }), {
        apiVersion: apiVersionOf(OPERATOR_CONFIGS),
        kind: OPERATOR_CONFIGS.kind,
        metadata: { name: "own" },
        config: {
          workspace: {
            backupCronJob: {
              enable: true,
              schedule: "@every 1s",
              registry: { path: subject.registries.other },
            },
          },
        },
      });
      const attributes = { [ATTRIBUTE.externalConfig]: { name: "own", namespace } };
      await scene.createStopped("w", { attributes });
      await scene.pass(5_000);
      assert.deepEqual(await scene.jobs("w"), []);
      await scene.configure();
      const job = JSON.stringify(await scene.ended("w", "Complete"));
      assert.ok(job.includes(subject.registries.good) && !job.includes(subject.registries.other));
    },
  },
];
