/**
 * Is what was written before a workspace was stopped there after it was restored? A file among its
 * projects, written and read by a command in its pod.
 * @module
 */

import { messageOf, OperationFailedError } from "../../../core/errors.ts";
import type { LoadScope } from "../../../core/run/run_stage.ts";
import type { Cluster } from "../../../kube/cluster.ts";
import { DEV_WORKSPACES } from "../../../kube/devworkspace/kinds.ts";
import { LABEL } from "../../../kube/devworkspace/words.ts";
import { workspaceStatusOf } from "../../../kube/devworkspace/workspace.ts";
import { eachAtMost } from "../../../kube/each_at_most.ts";
import type { ExecOptions } from "../../../kube/exec/pod_exec.ts";
import type { CommandResult } from "../../../kube/exec/remote_command.ts";
import { elementsOf, fieldsOf, textOf } from "../../../kube/fields.ts";
import type { KubeObject } from "../../../kube/object.ts";
import { isReadyPod } from "../../../kube/pod_status.ts";
import { PODS } from "../../../kube/resource.ts";
import { workspaceKey, type WorkspaceRef } from "../workspaces/workspace_ref.ts";

/** Runs a command in a pod to its end: `execInPod` with a connection of its own. */
export type PodExec = (options: Omit<ExecOptions, "clock">) => Promise<CommandResult>;

interface MarkerTools {
  readonly cluster: Pick<Cluster, "list">;
  readonly exec: PodExec;
}

/** Markers of workspaces by `namespace/name`. */
export type Markers = ReadonlyMap<string, string>;

/** What the operator calls where the projects of a workspace are. */
const FILE = '"${PROJECTS_ROOT:-/projects}/scaletool-marker.txt"';
// The marker is an argument, so that nothing in it is taken for a command.
const WRITE = `printf %s "$1" > ${FILE}`;
const READ = `cat ${FILE}`;
const TIMEOUT_MS = 30_000;
const MOST_BYTES = 4_096;
const AT_ONCE = 10;

/**
 * Writes one into each of these workspaces, which are to run. Where that fails there is none, which
 * is told once.
 */
export async function writeMarkers(
  { run, stopping }: LoadScope,
  workspaces: readonly WorkspaceRef[],
  tools: MarkerTools,
): Promise<Markers> {
  const markers = new Map<string, string>();
  const failures: string[] = [];
  await eachAtMost(workspaces, async (ref) => {
    const key = workspaceKey(ref);
    const marker = `${run.id} ${key}`;
    try {
      const workspace = await workspaceNamed(ref, tools.cluster, stopping);
      await runIn(workspace, { script: WRITE, argument: marker, signal: stopping }, tools);
      markers.set(key, marker);
    } catch (thrown) {
      if (!(thrown instanceof OperationFailedError)) throw thrown;
      failures.push(messageOf(thrown));
    }
  }, { limit: AT_ONCE, signal: stopping });
  if (failures.length > 0) {
    const message =
      `${failures.length} of ${workspaces.length} workspaces have no marker, and what ` +
      `is in them after a restore is not looked at: ${failures[0]}`;
    run.warn("no-marker", message);
  }
  return markers;
}

/** By a list, because a run may list workspaces anyway, and not get one. */
async function workspaceNamed(
  ref: WorkspaceRef,
  cluster: Pick<Cluster, "list">,
  signal: AbortSignal,
): Promise<KubeObject> {
  const { namespace, name } = ref;
  const fieldSelector = `metadata.name=${name}`;
  const { items: [workspace] } = await cluster.list(DEV_WORKSPACES, {
    ...{ namespace, fieldSelector, signal },
  });
  if (workspace !== undefined) return workspace;
  throw new OperationFailedError("not-found", `DevWorkspace ${workspaceKey(ref)} is not there`);
}

/** What is there of it. @throws {OperationFailedError} if that cannot be told */
export async function readMarker(
  workspace: KubeObject,
  { signal, ...tools }: MarkerTools & { readonly signal: AbortSignal },
): Promise<string> {
  return await runIn(workspace, { script: READ, argument: "", signal }, tools);
}

async function runIn(
  workspace: KubeObject,
  { script, argument, signal }: { script: string; argument: string; signal: AbortSignal },
  { cluster, exec }: MarkerTools,
): Promise<string> {
  const { namespace = "" } = workspace.metadata;
  const pod = await podOf(workspace, cluster, signal);
  const { exitCode, stdout, stderr } = await exec({
    namespace,
    pod,
    container: containerOf(workspace),
    command: ["sh", "-c", script, "sh", argument],
    timeoutMs: TIMEOUT_MS,
    maxOutputBytes: MOST_BYTES,
    signal,
  });
  if (exitCode === 0) return stdout;
  const said = stderr.trim().slice(0, 200);
  throw new OperationFailedError(
    "other",
    `The marker's command ended with ${exitCode} in pod ${namespace}/${pod}: "${said}"`,
  );
}

async function podOf(
  workspace: KubeObject,
  cluster: Pick<Cluster, "list">,
  signal: AbortSignal,
): Promise<string> {
  const { namespace = "", name = "" } = workspace.metadata;
  const { id } = workspaceStatusOf(workspace);
  const labelSelector = `${LABEL.workspaceId}=${id ?? ""}`;
  const { items } = await cluster.list(PODS, { namespace, labelSelector, signal });
  const pod = items.find(isReadyPod)?.metadata.name;
  if (pod !== undefined) return pod;
  const message = `There is no pod of workspace ${namespace}/${name} that is ready`;
  throw new OperationFailedError("not-found", message);
}

/** The first that has the workspace's projects. */
function containerOf({ spec }: KubeObject): string {
  const components = elementsOf(fieldsOf(fieldsOf(spec)["template"])["components"]);
  const first = components.find(({ container }) =>
    container !== undefined && fieldsOf(container)["mountSources"] !== false
  );
  return textOf(first?.["name"]) ?? "";
}
