/** Objects of a kind in some namespaces. @module */

import type { Run } from "../../../core/run/run.ts";
import type { Cluster } from "../../../kube/cluster.ts";
import { listAll } from "../../../kube/list_all.ts";
import type { KubeObject } from "../../../kube/object.ts";
import type { Resource } from "../../../kube/resource.ts";
import { retrying } from "../../../kube/set_up_retry.ts";

/** @throws what the server refuses it for, or the reason once the run is stopped */
export async function listedIn(
  { clock, rng, stopping: signal }: Run,
  { cluster, resource, namespaces }: {
    readonly cluster: Pick<Cluster, "list">;
    readonly resource: Resource;
    readonly namespaces: readonly string[] | "all";
  },
): Promise<KubeObject[]> {
  // One list of all is less than one of each of thousands.
  const isOne = namespaces !== "all" && namespaces.length === 1;
  const scope = isOne ? { namespace: namespaces[0]! } : {};
  const { items } = await listAll(
    (page) => {
      const call = () => cluster.list(resource, { ...scope, ...page, signal });
      return retrying(call, { clock, rng, signal });
    },
    (object) => object,
  );
  if (namespaces === "all") return items;
  const isWanted = new Set(namespaces);
  return items.filter(({ metadata: { namespace = "" } }) => isWanted.has(namespace));
}
