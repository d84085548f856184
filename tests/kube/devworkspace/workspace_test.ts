import assert from "node:assert/strict";
import { withStatusAlone, workspaceStatusOf } from "../../../kube/devworkspace/workspace.ts";
import { ANNOTATION } from "../../../kube/devworkspace/words.ts";
import type { KubeObject } from "../../../kube/object.ts";

const STARTED = {
  type: "Started",
  status: "False",
  lastTransitionTime: "2026-01-01T00:00:00Z",
  reason: "",
  message: "Workspace is stopped",
};

const WORKSPACE: KubeObject = {
  apiVersion: "workspace.devfile.io/v1alpha2",
  kind: "DevWorkspace",
  metadata: {
    ...{ namespace: "ns", name: "w", uid: "u", resourceVersion: "7", labels: { of: "run" } },
    finalizers: ["hold"],
    annotations: {
      other: "much",
      [ANNOTATION.lastBackupSuccessful]: "false",
      [ANNOTATION.lastBackupFinishedAt]: "2026-01-01T00:01:00Z",
      [ANNOTATION.lastBackupError]: "no",
    },
  },
  spec: { started: false, template: {} },
  status: {
    ...{ devworkspaceId: "workspace1", phase: "Stopped", message: "Stopped", mainUrl: "https://x" },
    conditions: [{ ...STARTED, type: "Ready" }, STARTED],
  },
};

Deno.test("what is kept of a workspace is who it is, and all that its status is read from", () => {
  const kept = withStatusAlone(WORKSPACE);
  assert.deepEqual(workspaceStatusOf(kept), workspaceStatusOf(WORKSPACE));
  assert.deepEqual(kept, {
    metadata: {
      ...{ namespace: "ns", name: "w", uid: "u", resourceVersion: "7", labels: { of: "run" } },
      annotations: {
        [ANNOTATION.lastBackupSuccessful]: "false",
        [ANNOTATION.lastBackupFinishedAt]: "2026-01-01T00:01:00Z",
        [ANNOTATION.lastBackupError]: "no",
      },
    },
    status: {
      ...{ devworkspaceId: "workspace1", phase: "Stopped", message: "Stopped" },
      conditions: [STARTED],
    },
  });
  const bare = { metadata: { namespace: "ns", name: "w" } };
  assert.deepEqual(workspaceStatusOf(withStatusAlone(bare)), workspaceStatusOf(bare));
});
