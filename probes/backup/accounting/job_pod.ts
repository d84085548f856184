/** Which pods are those of backup Jobs, and how are they? @module */

import { BACKUP_JOB_PREFIX } from "../../../kube/devworkspace/words.ts";
import { elementsOf, fieldsOf, textOf } from "../../../kube/fields.ts";
import type { KubeObject } from "../../../kube/object.ts";
import type { JobPod } from "./job_record.ts";

/** Pods of Jobs; the Job controller sets it beside `batch.kubernetes.io/job-name`, which is younger. */
export const JOB_NAME_LABEL = "job-name";

/** Undefined: it is of another Job; the label of backup Jobs is not on their pods. */
export function jobPodOf({ metadata, status: told }: KubeObject): JobPod | undefined {
  const { uid = "", namespace = "", labels = {} } = metadata;
  const job = labels[JOB_NAME_LABEL] ?? "";
  if (!job.startsWith(BACKUP_JOB_PREFIX)) return undefined;
  const status = fieldsOf(told);
  const phase = textOf(status["phase"]);
  const hasStarted = elementsOf(status["containerStatuses"]).some(({ state }) =>
    ["running", "terminated"].some((one) => fieldsOf(state)[one] !== undefined)
  );
  return {
    uid,
    namespace,
    job,
    hasStarted: hasStarted || (phase !== undefined && phase !== "Pending"),
    hasFailed: phase === "Failed",
  };
}
