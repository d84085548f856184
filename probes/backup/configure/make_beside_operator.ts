/** An object of the run in the operator's namespace, which goes with the run's others. @module */

import { CannotRunError } from "../../../core/errors.ts";
import type { Run } from "../../../core/run/run.ts";
import { NAME } from "../../../core/version.ts";
import type { Cluster } from "../../../kube/cluster.ts";
import { type KubeObject, objectKey } from "../../../kube/object.ts";
import type { Footprint } from "../../../kube/owned/footprint.ts";
import type { Resource } from "../../../kube/resource.ts";
import { retrying } from "../../../kube/set_up_retry.ts";
import { isAlreadyExists } from "../../../kube/status_error.ts";

/**
 * @throws {CannotRunError} if somebody else has made it since it was looked for
 * @throws what else the server says, or the reason once the run is stopped
 */
export async function makeBesideOperator(
  { clock, rng, stopping: signal }: Run,
  { cluster, footprint, operatorNamespace, kind, object }: {
    readonly cluster: Pick<Cluster, "create">;
    readonly footprint: Footprint;
    readonly operatorNamespace: string;
    readonly kind: Resource;
    readonly object: KubeObject;
  },
): Promise<void> {
  const owned = footprint.objects(kind, [operatorNamespace]);
  const ref = { namespace: operatorNamespace, name: object.metadata.name! };
  owned.register(ref);
  let tries = 0;
  try {
    const create = () => (tries++, cluster.create(kind, object, { fieldManager: NAME, signal }));
    await retrying(create, { clock, rng, signal });
  } catch (thrown) {
    if (!isAlreadyExists(thrown)) {
      owned.settle(ref, thrown);
      throw thrown;
    }
    if (tries > 1) return; // of this run: the answer to an earlier try was lost
    owned.release(ref);
    const what = `${kind.kind} ${objectKey(object)}`;
    throw new CannotRunError(`${what} was made by somebody else at the same time: begin again`);
  }
}
