/** Credentials that come before those of the operator. @module */

import type { Run } from "../../../core/run/run.ts";
import type { Cluster } from "../../../kube/cluster.ts";
import { REGISTRY_SECRET_COPY } from "../../../kube/devworkspace/words.ts";
import { eachAtMost } from "../../../kube/each_at_most.ts";
import { SECRETS } from "../../../kube/resource.ts";
import { isForbidden } from "../../../kube/status_error.ts";
import { getIfThere } from "./get_if_there.ts";

const LOOKS_AT_ONCE = 16;

/** Warns of those in these namespaces, which may hold other credentials, or older ones. */
export async function warnOfUsersSecrets(
  run: Run,
  { cluster, namespaces }: { cluster: Pick<Cluster, "get">; namespaces: readonly string[] },
): Promise<void> {
  let found = 0;
  let unseen = 0;
  await eachAtMost(namespaces, async (namespace) => {
    const ref = { namespace, name: REGISTRY_SECRET_COPY };
    try {
      if (await getIfThere(run, { cluster, resource: SECRETS, ref }) !== undefined) found++;
    } catch (thrown) {
      if (!isForbidden(thrown)) throw thrown;
      unseen++;
    }
  }, { limit: LOOKS_AT_ONCE, signal: run.stopping });
  if (found > 0) {
    run.warn(
      "users-registry-secret",
      `${found} of ${namespaces.length} namespaces have a Secret ${REGISTRY_SECRET_COPY}, which comes before the operator's`,
    );
  }
  if (unseen > 0) {
    const message =
      `Whether ${unseen} namespaces have a Secret ${REGISTRY_SECRET_COPY} is not for this user to see`;
    run.warn("users-registry-secret", message);
  }
}
