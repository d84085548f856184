/**
 * A rollout restarts a controller, as `kubectl rollout restart` does it: by an annotation of the
 * template of its pods. The annotation stays, as that of kubectl does: to take it away again would be
 * the next rollout.
 * Source: kubectl, pkg/polymorphichelpers/objectrestarter.go and rollout_status.go.
 * @module
 */

import { OperationFailedError } from "../../core/errors.ts";
import { until } from "../../core/load/until.ts";
import { formatDuration } from "../../core/units.ts";
import type { Cluster } from "../cluster.ts";
import { fieldsOf } from "../fields.ts";
import type { NeededRight } from "../kubernetes_command.ts";
import type { KubeObject, ObjectRef } from "../object.ts";
import { DEPLOYMENTS } from "../resource.ts";
import { type RestartContext, RestartFailedError } from "./restart_failed.ts";

const ANNOTATION = "kubectl.kubernetes.io/restartedAt";
const POLL_MS = 500;

type Ref = Required<ObjectRef>;

/** @throws {RestartFailedError} @throws {OperationFailedError} if it is refused @throws the signal's reason */
export async function restartDeployment(
  cluster: Pick<Cluster, "get" | "patch">,
  ref: Ref,
  { clock, signal, timeoutMs }: RestartContext,
): Promise<void> {
  const restartedAt = clock.wallNow().toISOString().replace(/\.\d+Z$/, "Z");
  const body = { spec: { template: { metadata: { annotations: { [ANNOTATION]: restartedAt } } } } };
  const options = { type: "merge", signal } as const;
  const written = await cluster.patch(DEPLOYMENTS, ref, { body, options });
  const { generation = 0 } = written.object.metadata;
  let said = "nothing";
  await until(clock, async () => {
    const found = await lookAt(cluster, ref, signal);
    if (found === undefined) return undefined;
    const standing = rolloutOf(found, generation);
    said = standing.text;
    return standing.isDone || undefined;
  }, {
    pollMs: POLL_MS,
    timeoutMs,
    signal,
    late: () => {
      throw new RestartFailedError(
        "stalled",
        `was not rolled out after ${formatDuration(timeoutMs)}: ${said}`,
      );
    },
  });
}

/** Undefined: the API did not tell, which a control plane under churn may do. */
async function lookAt(
  cluster: Pick<Cluster, "get">,
  ref: Ref,
  signal: AbortSignal,
): Promise<KubeObject | undefined> {
  try {
    return await cluster.get(DEPLOYMENTS, ref, { signal });
  } catch (thrown) {
    if (thrown instanceof OperationFailedError) return undefined;
    throw thrown;
  }
}

/** How far a Deployment has come that was changed to this generation. */
export function rolloutOf(
  deployment: KubeObject,
  generation: number,
): { readonly isDone: boolean; readonly text: string } {
  const { replicas: wanted = 1 } = fieldsOf(deployment["spec"]);
  const status = fieldsOf(deployment["status"]);
  const { observedGeneration = 0 } = status;
  if (Number(observedGeneration) < generation) {
    return { isDone: false, text: "the Deployment's controller has not seen the change" };
  }
  const counts = ["replicas", "updatedReplicas", "readyReplicas", "availableReplicas"]
    .map((name) => [name, Number(status[name] ?? 0)] as const);
  return {
    isDone: counts.every(([, count]) => count === wanted),
    text: `of ${wanted} wanted: ${counts.map(([name, count]) => `${name} ${count}`).join(", ")}`,
  };
}

/** What restarting it asks of a cluster. */
export function deploymentRights({ namespace, name }: Ref): NeededRight[] {
  return ["get", "patch"].map((verb) => ({ verb, kind: DEPLOYMENTS, namespace, name }));
}
