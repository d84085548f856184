import assert from "node:assert/strict";
import { backupJobOf } from "../../../kube/devworkspace/backup_job.ts";
import { LABEL } from "../../../kube/devworkspace/words.ts";

const CREATED = "2026-11-30T12:01:00Z";

function job(status: unknown, labels: Readonly<Record<string, string>> = {}) {
  const own = { [LABEL.backupJob]: "true", [LABEL.workspaceName]: "dw", [LABEL.workspaceId]: "id" };
  const metadata = { uid: "u", namespace: "ns", name: "j", creationTimestamp: CREATED };
  return { metadata: { ...metadata, labels: { ...own, ...labels } }, status };
}

Deno.test("a Job tells whose it is, when it was made, and how and when it ended", () => {
  const conditions = [
    { type: "FailureTarget", status: "True", lastTransitionTime: "2026-11-30T12:01:21Z" },
    {
      type: "Failed",
      status: "True",
      reason: "BackoffLimitExceeded",
      message: "Job has reached the specified backoff limit",
      lastTransitionTime: "2026-11-30T12:01:22Z",
    },
  ];
  assert.deepEqual(backupJobOf(job({ failed: 2, active: 1, conditions })), {
    uid: "u",
    namespace: "ns",
    name: "j",
    workspace: "dw",
    workspaceId: "id",
    createdAtMs: Date.parse(CREATED),
    failedPods: 2,
    pods: 3,
    end: {
      kind: "failed",
      reason: "BackoffLimitExceeded",
      message: "Job has reached the specified backoff limit",
    },
    finishedAtMs: Date.parse("2026-11-30T12:01:22Z"),
  });
});

Deno.test("without Complete or Failed being True it has not ended", () => {
  for (const [type, status] of [["SuccessCriteriaMet", "True"], ["Complete", "False"]]) {
    const { end, finishedAtMs } = backupJobOf(job({ conditions: [{ type, status }] }))!;
    assert.deepEqual([end, finishedAtMs], [undefined, undefined]);
  }
  assert.equal(backupJobOf(job(undefined))!.end, undefined);
});

Deno.test("another Job is none", () => {
  assert.equal(backupJobOf(job({}, { [LABEL.backupJob]: "false" })), undefined);
});
