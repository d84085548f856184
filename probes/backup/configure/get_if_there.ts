/** An object that may be missing. @module */

import type { Run } from "../../../core/run/run.ts";
import type { Cluster } from "../../../kube/cluster.ts";
import type { KubeObject, ObjectRef } from "../../../kube/object.ts";
import type { Resource } from "../../../kube/resource.ts";
import { retrying } from "../../../kube/set_up_retry.ts";
import { isNotFound } from "../../../kube/status_error.ts";

/** @throws what else the server says, or the reason once the run is stopped */
export async function getIfThere(
  { clock, rng, stopping: signal }: Pick<Run, "clock" | "rng" | "stopping">,
  { cluster, resource, ref }: {
    readonly cluster: Pick<Cluster, "get">;
    readonly resource: Resource;
    readonly ref: ObjectRef;
  },
): Promise<KubeObject | undefined> {
  try {
    return await retrying(() => cluster.get(resource, ref, { signal }), { clock, rng, signal });
  } catch (thrown) {
    if (isNotFound(thrown)) return undefined;
    throw thrown;
  }
}
