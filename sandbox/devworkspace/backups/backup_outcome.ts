/**
 * Writes on a workspace how its backup ended, whenever a Job that has ended changes: also when it is about
 * to be removed, and so also over the outcome of a newer one.
 * Source: devfile/devworkspace-operator, controllers/backupcronjob (handleBackupJobStatus).
 * @module
 */

import { messageOf } from "../../../core/errors.ts";
import { conditionIn, conditionsOf } from "../../../kube/condition.ts";
import { backupJobOf } from "../../../kube/devworkspace/backup_job.ts";
import { DEV_WORKSPACES } from "../../../kube/devworkspace/kinds.ts";
import { ANNOTATION } from "../../../kube/devworkspace/words.ts";
import type { KubeObject } from "../../../kube/object.ts";
import type { OperatorTools } from "../operator_tools.ts";

/** Characters of the message that are kept. */
const LONGEST_ERROR = 1_024;

/** @param signal ends it: what changes later nobody sees */
export function followOutcomes(tools: OperatorTools, signal: AbortSignal): void {
  tools.view.jobs.listen(({ before, after }) => {
    // One that is seen for the first time has not changed.
    if (before === undefined || after === undefined) return;
    const annotations = outcomeOf(after);
    if (annotations !== undefined) void write(tools, { job: after, annotations, signal });
  }, { signal });
}

type Annotations = Readonly<Record<string, string | null>>;

function outcomeOf(job: KubeObject): Annotations | undefined {
  const end = backupJobOf(job)?.end;
  if (end === undefined) return undefined;
  const isSuccessful = end.kind === "succeeded";
  const conditions = conditionsOf(job["status"]);
  const condition = conditionIn(conditions, isSuccessful ? "Complete" : "Failed");
  return {
    [ANNOTATION.lastBackupSuccessful]: String(isSuccessful),
    [ANNOTATION.lastBackupFinishedAt]: condition!.lastTransitionTime,
    [ANNOTATION.lastBackupError]: isSuccessful ? null : end.message.slice(0, LONGEST_ERROR),
  };
}

async function write(
  { view, writer, pace, settings, log }: OperatorTools,
  { job, annotations, signal }: {
    readonly job: KubeObject;
    readonly annotations: Annotations;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { namespace, workspace: name } = backupJobOf(job)!;
  await pace.pause(settings().operator.outcomeMs, signal);
  const workspace = view.workspaces.get(`${namespace}/${name}`);
  if (signal.aborted || workspace === undefined || isSaid(workspace, annotations)) return;
  try {
    await writer.patch(DEV_WORKSPACES, { namespace, name }, { metadata: { annotations } });
  } catch (error) {
    log(`Cannot write the outcome of the backup of ${namespace}/${name}: ${messageOf(error)}`);
  }
}

function isSaid({ metadata: { annotations = {} } }: KubeObject, wanted: Annotations): boolean {
  return Object.entries(wanted).every(([key, value]) => (annotations[key] ?? null) === value);
}
