/**
 * `stand_in.ts KUBECONFIG`: the sandbox of the gateway probes in a process of its own. Writes the
 * kubeconfig for it, prints the port of its first Gateway, and serves until it is ended.
 * @module
 */

import { SystemClock } from "../../core/load/clock.ts";
import { createRng } from "../../core/load/rng.ts";
import { GatewayStandIn } from "../../sandbox/gateway/gateway_stand_in.ts";
import { START_NAMESPACE } from "../../sandbox/gateway/start_objects.ts";
import { kubeconfigText } from "../../sandbox/kubeconfig_file.ts";
import { startApi } from "../../sandbox/sandbox_task.ts";
import { startServer } from "../../sandbox/server.ts";

if (import.meta.main) {
  const [kubeconfig = ""] = Deno.args;
  const clock = new SystemClock();
  const rng = createRng(1);
  const token = crypto.randomUUID();
  const kube = await startServer({
    listen: { hostname: "127.0.0.1", port: 0 },
    token,
    faults: [],
    clock,
    rng,
    createApi: (at) =>
      startApi({ ...at, clock, rng: rng.fork("api"), namespaces: [START_NAMESPACE] }),
  });
  const { ports } = await GatewayStandIn.start({
    kube: kube.handler,
    clock,
    rng: rng.fork("gateway"),
  });
  Deno.writeTextFileSync(kubeconfig, kubeconfigText(kube, { token }));
  Deno.stdout.writeSync(new TextEncoder().encode(`${ports[0]}\n`));
}
