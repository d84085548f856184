/**
 * Is there an operator that takes notice of workspaces where they will be? One that is never started is
 * made before any load: the operator gives it an id, and what admits it shows whether it names the
 * creator, without whom no workspace is run. It is deleted again at once.
 * @module
 */

import { CannotRunError, messageOf, OperationFailedError } from "../../../core/errors.ts";
import type { Run } from "../../../core/run/run.ts";
import { formatDuration } from "../../../core/units.ts";
import type { Cluster } from "../../../kube/cluster.ts";
import { DEV_WORKSPACES } from "../../../kube/devworkspace/kinds.ts";
import { LABEL } from "../../../kube/devworkspace/words.ts";
import type { KubeObject } from "../../../kube/object.ts";
import type { OwnedObjects } from "../../../kube/owned/owned_objects.ts";
import { retrying } from "../../../kube/set_up_retry.ts";
import { asksForRetry, isAlreadyExists, StatusError } from "../../../kube/status_error.ts";
import { workspaceKey, type WorkspaceRef } from "../workspaces/workspace_ref.ts";
import type { WorkspaceWatch } from "../workspaces/workspace_watch.ts";

export interface PilotOptions {
  readonly cluster: Cluster;
  readonly watch: WorkspaceWatch;
  readonly owned: OwnedObjects;
  /** Not started. */
  readonly pilot: KubeObject;
  readonly ref: WorkspaceRef;
  readonly timeoutMs: number;
  readonly operatorNamespace: string;
}

/**
 * @returns whether the creator is named by what admits workspaces: else whoever makes one has to
 * @throws {CannotRunError} if the server refuses it, or no operator takes notice of it in time
 */
export async function flyPilot(
  run: Run,
  options: PilotOptions,
): Promise<{ namesCreator: boolean }> {
  const { clock, rng, stopping: signal } = run;
  const { cluster, owned, ref } = options;
  const context = { clock, rng: rng.fork("pilot"), signal };
  owned.register(ref);
  const made = await makePilot(options, context);
  await untilNoticed(signal, options);
  await retrying(() => cluster.delete(DEV_WORKSPACES, ref, { signal }), context);
  return { namesCreator: made.metadata.labels?.[LABEL.creator] !== undefined };
}

async function makePilot(
  options: PilotOptions,
  context: Pick<Run, "clock" | "rng"> & { readonly signal: AbortSignal },
): Promise<KubeObject> {
  const { cluster, owned, pilot, ref } = options;
  const { signal } = context;
  let tries = 0;
  try {
    const { object } = await retrying(() => {
      tries++;
      return cluster.create(DEV_WORKSPACES, pilot, { signal });
    }, context);
    return object;
  } catch (thrown) {
    // The answer to an earlier try may have been lost.
    if (isAlreadyExists(thrown) && tries > 1) {
      return await retrying(() => cluster.get(DEV_WORKSPACES, ref, { signal }), context);
    }
    owned.settle(ref, thrown);
    throw refusal(thrown, options);
  }
}

function refusal(thrown: unknown, { ref }: PilotOptions): unknown {
  if (!(thrown instanceof StatusError) || asksForRetry(thrown)) return thrown;
  const what = `Cannot make DevWorkspace ${workspaceKey(ref)}`;
  return new CannotRunError(`${what}: ${messageOf(thrown)}`, { cause: thrown });
}

async function untilNoticed(
  signal: AbortSignal,
  { watch, ref, timeoutMs, operatorNamespace }: PilotOptions,
): Promise<void> {
  try {
    const what = "has an id";
    await watch.until(ref, ({ id }) => id !== undefined, { timeoutMs, signal, what });
  } catch (thrown) {
    if (!(thrown instanceof OperationFailedError)) throw thrown;
    throw new CannotRunError(
      `No DevWorkspace Operator took notice of DevWorkspace ${workspaceKey(ref)} within ` +
        `${
          formatDuration(timeoutMs)
        }: it is not running, or does not watch namespace "${ref.namespace}"; ` +
        `look with: kubectl get pods -n ${operatorNamespace} ` +
        "-l app.kubernetes.io/name=devworkspace-controller",
    );
  }
}
