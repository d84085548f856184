/** How does a workspace come by what was backed up? @module */

import assert from "node:assert/strict";
import { OPERATOR_CONFIGS } from "../../../kube/devworkspace/kinds.ts";
import { ATTRIBUTE, LABEL, RESTORE_CONTAINER } from "../../../kube/devworkspace/words.ts";
import { elementsOf, fieldsOf } from "../../../kube/fields.ts";
import { apiVersionOf, resourcePath } from "../../../kube/resource.ts";
import { post } from "../asking.ts";
import type { DevWorkspaceScene, WorkspaceTraits } from "./scene.ts";
import type { DevWorkspaceBehaviour } from "./subject.ts";

const { restoreWorkspace: RESTORE, restoreSourceImage: SOURCE, externalConfig: EXTERNAL } =
  ATTRIBUTE;

export const RESTORES: readonly DevWorkspaceBehaviour[] = [
  {
    name: "one that was backed up, deleted and made anew is restored by its first init container",
    check: async (scene, { registries }) => {
      await scene.createStopped("w");
      await scene.configure();
      await scene.ended("w", "Complete");
      // A slash at its end is left out.
      await scene.configure({ enable: false, registry: { path: `${registries.good}/` } });
      await scene.remove("w");
      await scene.createWorkspace("w", { attributes: { [RESTORE]: "true" } });
      await scene.reach("w", "Running");
      assert.equal(await imageOf(scene, "w"), `${registries.good}/${scene.namespace}/w:latest`);
    },
  },
  {
    name: "the attribute may be a boolean, and the storage ephemeral",
    check: async (scene, { registries }) => {
      await scene.configure({ enable: false });
      const traits = { storage: "ephemeral", attributes: { [RESTORE]: true } };
      const expected = `${registries.good}/${scene.namespace}/w:latest`;
      assert.equal(await imageAsked(scene, traits), expected);
    },
  },
  {
    name: "an image that is named is taken in place of the default",
    check: async (scene, { registries }) => {
      await scene.configure({ enable: false });
      const image = `${registries.other}/else:7`;
      const attributes = { [RESTORE]: "true", [SOURCE]: image };
      assert.equal(await imageAsked(scene, { attributes }), image);
    },
  },
  {
    name: "the image alone asks for nothing, and neither does false",
    check: async (scene, { registries }) => {
      await scene.configure({ enable: false });
      const attributes = { [RESTORE]: "false", [SOURCE]: `${registries.other}/else:7` };
      assert.equal(await imageAsked(scene, { attributes }), undefined);
    },
  },
  {
    name: "without a registry a restore fails at once",
    check: async (scene) => {
      await scene.createWorkspace("w", { attributes: { [RESTORE]: "true" } });
      await scene.reach("w", "Failed");
      assert.match((await scene.status("w")).message, /registry is not configured/);
    },
  },
  {
    name: "an image that is not there fails the workspace",
    check: async (scene, { registries }) => {
      await scene.configure({ enable: false });
      const attributes = { [RESTORE]: "true", [SOURCE]: `${registries.good}/missing:7` };
      await scene.createWorkspace("w", { attributes });
      await scene.reach("w", "Failed");
      const expected = /Init Container workspace-restore has state CrashLoopBackOff/;
      assert.match((await scene.status("w")).message, expected);
    },
  },
  {
    name: "a restore asks the registry of the workspace's own config",
    check: async (scene, subject) => {
      const { namespace } = scene;
      const registry = { path: subject.registries.other };
      await post(subject, resourcePath(OPERATOR_CONFIGS, { namespace }), {
        apiVersion: apiVersionOf(OPERATOR_CONFIGS),
        kind: OPERATOR_CONFIGS.kind,
        metadata: { name: "own" },
        config: { workspace: { backupCronJob: { enable: false, registry } } },
      });
      await scene.configure({ enable: false });
      const attributes = { [RESTORE]: "true", [EXTERNAL]: { name: "own", namespace } };
      const expected = `${subject.registries.other}/${namespace}/w:latest`;
      assert.equal(await imageAsked(scene, { attributes }), expected);
    },
  },
];

/** What a workspace `w` asks for, whether or not it gets it. */
async function imageAsked(
  scene: DevWorkspaceScene,
  traits: WorkspaceTraits,
): Promise<string | undefined> {
  await scene.createWorkspace("w", traits);
  await scene.until("its pod", async () => (await podsOf(scene, "w")).length > 0);
  return await imageOf(scene, "w");
}

async function podsOf(scene: DevWorkspaceScene, name: string) {
  const { id } = await scene.status(name);
  return id === undefined ? [] : await scene.pods(`${LABEL.workspaceId}=${id}`);
}

/** Undefined: nothing restores it. */
async function imageOf(scene: DevWorkspaceScene, name: string): Promise<string | undefined> {
  const [pod] = await podsOf(scene, name);
  const [first] = elementsOf(fieldsOf(pod!["spec"])["initContainers"]);
  if (first?.["name"] !== RESTORE_CONTAINER) return undefined;
  const image = elementsOf(first["env"]).find(({ name }) => name === "BACKUP_IMAGE");
  return image?.["value"] as string | undefined;
}
