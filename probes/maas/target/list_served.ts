/** What is there of a kind that need not be served at all? Makes nothing. @module */

import type { Clock } from "../../../core/load/clock.ts";
import type { Rng } from "../../../core/load/rng.ts";
import type { Cluster } from "../../../kube/cluster.ts";
import { listAll } from "../../../kube/list_all.ts";
import type { KubeObject } from "../../../kube/object.ts";
import type { Resource } from "../../../kube/resource.ts";
import { isServed } from "../../../kube/server/discovery.ts";
import { retrying } from "../../../kube/set_up_retry.ts";

/** What looking around takes. */
export interface ListContext {
  readonly clock: Clock;
  readonly rng: Rng;
  readonly signal: AbortSignal;
}

/**
 * All of them, of all namespaces; undefined where the server does not serve the kind: asked first, since
 * a server refuses to list what it does not serve if this user has no right to it.
 * @throws {OperationFailedError} for what else it answers; the signal's reason
 */
export async function listServed(
  cluster: Pick<Cluster, "list" | "request">,
  resource: Resource,
  { signal, ...rest }: ListContext,
): Promise<KubeObject[] | undefined> {
  const context = { signal, ...rest };
  if (!await retrying(() => isServed(cluster, resource, { signal }), context)) return undefined;
  const { items } = await listAll(
    (page) => retrying(() => cluster.list(resource, { ...page, signal }), context),
    (object) => object,
  );
  return items;
}
