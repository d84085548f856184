/**
 * Makes objects that a load needs around what it measures, registered to be deleted by themselves. Not
 * measured.
 * @module
 */

import { CannotRunError } from "../../core/errors.ts";
import type { LoadScope } from "../../core/run/run_stage.ts";
import { eachAtMost } from "../each_at_most.ts";
import { type KubeObject, objectKey } from "../object.ts";
import type { Resource } from "../resource.ts";
import { retrying } from "../set_up_retry.ts";
import { isAlreadyExists } from "../status_error.ts";
import type { Cluster } from "../cluster.ts";
import type { OwnedObjects } from "./owned_objects.ts";

const AT_ONCE = 16;

/**
 * @throws {CannotRunError} if one is there already that is not the run's; it is left alone
 * @throws what the server refuses one for, or the reason once the run is stopped
 */
export async function makeObjects(
  { clock, rng, stopping: signal }: Pick<LoadScope, "clock" | "rng" | "stopping">,
  { cluster, objectsOf, kind, objects }: {
    readonly cluster: Cluster;
    /** Called once. */
    readonly objectsOf: (kind: Resource) => OwnedObjects;
    readonly kind: Resource;
    readonly objects: readonly KubeObject[];
  },
): Promise<void> {
  const mine = objectsOf(kind);
  const context = { clock, rng: rng.fork(kind.plural), signal };
  await eachAtMost(objects, async (object) => {
    const { namespace, name = "" } = object.metadata;
    const ref = { name, ...(namespace === undefined ? {} : { namespace }) };
    mine.register(ref);
    let tries = 0;
    try {
      await retrying(() => {
        tries++;
        return cluster.create(kind, object, { signal });
      }, context);
    } catch (thrown) {
      if (!isAlreadyExists(thrown)) throw thrown;
      // The answer to an earlier try may have been lost. Without one it is somebody else's.
      if (tries > 1) return;
      mine.release(ref);
      throw new CannotRunError(
        `${kind.kind} ${
          objectKey(object)
        } is there already, and not of this run: another run may be ` +
          "under way there, or has left it behind; take another --namespace, or remove it",
        { cause: thrown },
      );
    }
  }, { limit: AT_ONCE, signal });
}
