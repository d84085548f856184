/**
 * Gets a driver's footprint ready, after a look at whether the server takes the objects. Puts no load
 * on.
 * @module
 */

import { CannotRunError, OperationFailedError } from "../core/errors.ts";
import type { Run } from "../core/run/run.ts";
import type { Cluster } from "../kube/cluster.ts";
import { Footprint } from "../kube/owned/footprint.ts";
import type { OwnedObjects } from "../kube/owned/owned_objects.ts";
import { deleteByHand, type RunIdentity } from "../kube/owned/ownership.ts";
import type { Resource } from "../kube/resource.ts";
import { formatAnnotationTime } from "../kube/sample_log/times.ts";
import { retrying } from "../kube/set_up_retry.ts";
import { isAlreadyExists } from "../kube/status_error.ts";
import type { RunObjects } from "./closed_load.ts";
import type { DriverValues } from "./flags.ts";

/** What is to be made ready, and how it is to be left. */
export interface SetUpPlan {
  readonly identity: RunIdentity;
  readonly values: DriverValues;
  readonly resource: Resource;
  readonly objects: RunObjects;
  /** The objects stay after a run that ends by itself. */
  readonly leavesObjects: boolean;
}

/** Rejects with what the server refuses it for: see {@link refusal}. */
export async function setUp(
  run: Run,
  { cluster, plan, namespaces, say }: {
    cluster: Cluster;
    plan: SetUpPlan;
    /** None for a cluster-scoped resource. */
    namespaces: readonly string[];
    say: (line: string) => void;
  },
): Promise<OwnedObjects> {
  const { identity, resource, objects, values } = plan;
  const footprint = await Footprint.lay(run, cluster, {
    identity,
    namespaces,
    createsNamespaces: values["create-namespace"],
    kinds: [resource],
    isKept: () => isKept(run, plan),
    say,
  });
  const object = objects.make(1, formatAnnotationTime(run.clock.wallNow()));
  const options = { signal: run.stopping, query: { dryRun: "All" } };
  await retrying(() => cluster.create(resource, object, options), footprint.context);
  // Not before: objects that are there already are another run's.
  return footprint.objects(resource);
}

function isKept({ live, end }: Run, { values: { keep }, leavesObjects }: SetUpPlan): boolean {
  const endedByItself = end?.reason === "limit" || end?.reason === "duration";
  if (keep === "always" || (leavesObjects && endedByItself)) return true;
  const hasFailures = [...live.operations.values()].some(({ failedCount }) => failedCount > 0);
  return keep === "on-failure" && (!endedByItself || hasFailures);
}

/** What the server says of the run's beginning, as one line. */
export function refusal(
  error: unknown,
  { resource, identity: { runId }, namespaces }: SetUpPlan & { namespaces: readonly string[] },
): unknown {
  if (!(error instanceof OperationFailedError)) return error;
  if (!isAlreadyExists(error)) {
    return new CannotRunError(`The server does not let the load begin: ${error.message}`, {
      cause: error,
    });
  }
  const byHand = deleteByHand({ resource, namespaces, runId });
  return new CannotRunError(
    `Objects of a run "${runId}" are there already; choose another --run-id, or delete them with: ${byHand}`,
  );
}
