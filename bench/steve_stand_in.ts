/**
 * The stand-in for Steve in a process of its own, without TLS and without users, because what is
 * measured is who watches: prints its URL, and serves until it is killed.
 * @module
 */

import { SystemClock } from "../core/load/clock.ts";
import { createRng } from "../core/load/rng.ts";
import { SANDBOX_USER } from "../sandbox/authentication.ts";
import { KubernetesApi } from "../sandbox/kubernetes/api.ts";
import { bodyText } from "../sandbox/kubernetes/requests/body_text.ts";
import { startSteveServer } from "../sandbox/steve/server.ts";
import type { KubeSide } from "../sandbox/steve/steve.ts";

/** Events keep their objects. */
const KEPT_EVENTS = 50;

/** Everybody is the sandbox's user. */
function openKube(api: KubernetesApi): KubeSide {
  return {
    handler: (call) => api.handle(call),
    async answer(request, { completed }) {
      const { pathname, search } = new URL(request.url);
      const over = new AbortController();
      completed.then(() => over.abort(), () => over.abort());
      return await api.handle({
        method: request.method,
        path: pathname + search,
        headers: request.headers,
        body: await bodyText(request),
        user: SANDBOX_USER,
        signal: over.signal,
      });
    },
  };
}

if (import.meta.main) {
  const clock = new SystemClock();
  const rng = createRng(1);
  const api = new KubernetesApi({ clock, rng, historyLimit: KEPT_EVENTS });
  const { url } = await startSteveServer({
    listen: { hostname: "127.0.0.1", port: 0 },
    tls: false,
    kube: openKube(api),
    clock,
    rng,
  });
  Deno.stdout.writeSync(new TextEncoder().encode(`${url}\n`));
}
