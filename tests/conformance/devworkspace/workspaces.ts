/** How do workspaces start and stop, and what do they say then? @module */

import assert from "node:assert/strict";
import { conditionsOf } from "../../../kube/condition.ts";
import { PERSISTENT_VOLUME_CLAIMS, resourcePath } from "../../../kube/resource.ts";
import { ask } from "../asking.ts";
import type { DevWorkspaceBehaviour } from "./subject.ts";

export const WORKSPACES: readonly DevWorkspaceBehaviour[] = [
  {
    name: "the id is made of the UID, and names the claim of a workspace with its own",
    check: async (scene, subject) => {
      await scene.createWorkspace("w");
      await scene.reach("w", "Running");
      const { metadata: { uid = "" } } = await scene.workspace("w");
      const { id } = await scene.status("w");
      assert.equal(id, `workspace${uid.split("-").slice(0, 3).join("")}`);
      const { namespace } = scene;
      const name = `storage-${id}`;
      const path = resourcePath(PERSISTENT_VOLUME_CLAIMS, { namespace, name });
      assert.equal((await ask(subject, path)).status, 200);
    },
  },
  {
    name:
      "one that is stopped is not started any more since then, and of the rest nothing is known",
    check: async (scene) => {
      await scene.createStopped("w");
      const { phase, started } = await scene.status("w");
      assert.equal(phase, "Stopped");
      assert.deepEqual([started?.status, started?.message], ["False", "Workspace is stopped"]);
      assert.match(started!.lastTransitionTime, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      const others = conditionsOf((await scene.workspace("w"))["status"])
        .filter(({ type }) => type !== "Started").map(({ status }) => status);
      assert.deepEqual(new Set(others), new Set(["Unknown"]));
    },
  },
  {
    name: "one that was never started is Stopped as well, and has no claim",
    check: async (scene, subject) => {
      await scene.createWorkspace("w", { started: false });
      await scene.reach("w", "Stopped");
      const { id, started } = await scene.status("w");
      assert.equal(started?.status, "False");
      const { namespace } = scene;
      const at = { namespace, name: `storage-${id}` };
      assert.equal((await ask(subject, resourcePath(PERSISTENT_VOLUME_CLAIMS, at))).status, 404);
    },
  },
];
