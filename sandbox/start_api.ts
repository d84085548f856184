/** The stand-in for a server at an address, with the namespaces that it is to begin with. @module */

import type { Clock } from "../core/load/clock.ts";
import type { Rng } from "../core/load/rng.ts";
import { NAMESPACES, resourcePath } from "../kube/resource.ts";
import { SANDBOX_USER } from "./authentication.ts";
import { KubernetesApi } from "./kubernetes/api.ts";
import type { ListenedAt } from "./server.ts";

export async function startApi(
  { hostname, port, namespaces, ...options }: ListenedAt & {
    readonly clock: Clock;
    readonly rng: Rng;
    readonly namespaces: readonly string[];
    /** Events that are kept of each resource, with their objects. */
    readonly historyLimit?: number;
  },
): Promise<KubernetesApi> {
  const api = new KubernetesApi({ ...options, endpoint: { address: hostname, port } });
  for (const name of namespaces) {
    await api.handle({
      method: "POST",
      path: resourcePath(NAMESPACES),
      headers: new Headers({ "content-type": "application/json" }),
      body: JSON.stringify({ metadata: { name } }),
      user: SANDBOX_USER,
      signal: new AbortController().signal,
    });
  }
  return api;
}
