/** The stand-in for a server at an address, with the namespaces that it is to begin with. @module */

import type { Clock } from "../core/load/clock.ts";
import type { Rng } from "../core/load/rng.ts";
import { NAMESPACES, resourcePath } from "../kube/resource.ts";
import { SANDBOX_USER } from "./authentication.ts";
import { KubernetesApi } from "./kubernetes/api.ts";
import type { ListenedAt } from "./server.ts";

export async function startApi(
  { hostname, port, caPem, clock, rng, namespaces }: ListenedAt & {
    readonly clock: Clock;
    readonly rng: Rng;
    readonly namespaces: readonly string[];
  },
): Promise<KubernetesApi> {
  const api = new KubernetesApi({ clock, rng, caPem, endpoint: { address: hostname, port } });
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
