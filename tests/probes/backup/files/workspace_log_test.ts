import assert from "node:assert/strict";
import { WorkspaceLog } from "../../../../probes/backup/files/workspace_log.ts";

function workspace(name: string, phase: string, message = "") {
  const status = { devworkspaceId: `id-${name}`, phase, message };
  return { metadata: { namespace: "ns", name }, status };
}

Deno.test("a workspace has a row for each phase and word, and none for other changes", () => {
  const log = new WorkspaceLog();
  log.see({ metadata: { namespace: "ns", name: "a" } });
  log.see(workspace("a", "Starting", "Preparing"));
  log.see(workspace("a", "Starting", "Preparing"));
  log.see(workspace("a", "Running", "is running"));
  assert.equal(
    log.text(),
    "NAMESPACE  NAME  DEVWORKSPACE ID  PHASE     INFO\n" +
      "ns         a     -                -\n" +
      "ns         a     id-a             Starting  Preparing\n" +
      "ns         a     id-a             Running   is running\n",
  );
});

Deno.test("one that failed is kept as it failed, also once it is stopped, unless it runs again", () => {
  const log = new WorkspaceLog();
  for (const phase of ["Starting", "Failing", "Failed", "Stopped"]) {
    log.see(workspace("a", phase, `${phase}: why`));
    log.see(workspace("b", phase));
  }
  log.see(workspace("b", "Running"));
  assert.deepEqual(log.failed, [
    { namespace: "ns", name: "a", phase: "Failed", message: "Failed: why" },
  ]);
});
