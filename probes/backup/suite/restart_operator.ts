/** Restarts the DevWorkspace Operator between two tests, so that each finds it as it is at its start. @module */

import type { Invocation } from "../../../core/command/command.ts";
import { CannotRunError } from "../../../core/errors.ts";
import { type Clock, SystemClock } from "../../../core/load/clock.ts";
import type { Cluster } from "../../../kube/cluster.ts";
import type { LoadFlags } from "../../../kube/cluster_flags.ts";
import { identified } from "../../../kube/conduct_on_cluster.ts";
import { resolveTarget, systemWorld } from "../../../kube/config/target.ts";
import { connectCluster } from "../../../kube/connect.ts";
import type { NeededRight } from "../../../kube/kubernetes_command.ts";
import { DEPLOYMENTS } from "../../../kube/resource.ts";
import { restartDeployment } from "../../../kube/rollout/restart_deployment.ts";

/** Source: devfile/devworkspace-operator, deploy/templates/components/manager/manager.yaml. */
const OPERATOR_NAMES = new Set(["devworkspace-controller", "devworkspace-webhook-server"]);
/** For each of them. */
const TIMEOUT_MS = 90_000;

/** What it asks of a cluster. */
export function restartRights(namespace: string): NeededRight[] {
  return ["list", "get", "patch"].map((verb) => ({ verb, kind: DEPLOYMENTS, namespace }));
}

interface Restarting {
  readonly namespace: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** On the cluster of these settings. @throws {CannotRunError} as {@link restartOperator}, and if it does not answer */
export async function restartOperatorOf(
  invocation: Invocation,
  { signal }: Pick<Restarting, "signal">,
): Promise<void> {
  const clock = new SystemClock();
  const { values, identity } = identified(invocation as Invocation<LoadFlags>);
  const target = resolveTarget(values, systemWorld(clock));
  using session = await connectCluster({ identity, values, target, clock });
  const namespace = operatorNamespaceOf(invocation);
  await restartOperator(session.cluster, { namespace, clock, signal });
}

export function operatorNamespaceOf({ values }: Invocation): string {
  return (values as { readonly "dwo-namespace": string })["dwo-namespace"];
}

/**
 * One Deployment after another, each until it is rolled out.
 * @throws {CannotRunError} if there is none
 * @throws {OperationFailedError} if one is not restarted
 * @throws the signal's reason
 */
export async function restartOperator(
  cluster: Pick<Cluster, "list" | "get" | "patch">,
  { namespace, clock, signal }: Restarting,
): Promise<void> {
  const { items } = await cluster.list(DEPLOYMENTS, { namespace, signal });
  const ours = items.filter(({ metadata: { labels = {} } }) =>
    OPERATOR_NAMES.has(labels["app.kubernetes.io/name"] ?? "")
  );
  if (ours.length === 0) {
    throw new CannotRunError(
      `--restart-operator: no Deployment of the DevWorkspace Operator is in ${namespace} ` +
        "(--dwo-namespace)",
    );
  }
  for (const { metadata: { name = "" } } of ours) {
    await restartDeployment(cluster, { namespace, name }, { clock, signal, timeoutMs: TIMEOUT_MS });
  }
}
