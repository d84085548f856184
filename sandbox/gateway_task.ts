/**
 * The thread of a sandbox with an implementation of the Gateway API: the stand-in for the Kubernetes
 * API, a controller and a data plane, from the start to the stop of the thread's run.
 * @module
 */

import type { WorkerTask } from "../core/run/worker.ts";
import type { FaultHits } from "./faults/fault_chain.ts";
import { parseFault } from "./faults/fault_spec.ts";
import { isGatewayFault, parseGatewayFault } from "./gateway/faults/fault_spec.ts";
import { GatewayStandIn } from "./gateway/gateway_stand_in.ts";
import { START_NAMESPACE } from "./gateway/start_objects.ts";
import { type SandboxAddress, startApi } from "./sandbox_task.ts";
import { startServer } from "./server.ts";

/** Plain data: it comes from the main thread. */
export interface GatewaySandboxOptions {
  readonly token: string;
  /** As they were given. */
  readonly faults: readonly string[];
}

/** What it has seen. */
export interface GatewayAccount {
  readonly faults: readonly FaultHits[];
}

const LOOPBACK = { hostname: "127.0.0.1", port: 0 };

/** Publishes the {@link SandboxAddress} of the API; resolves with a {@link GatewayAccount}. */
export const gatewaySandboxTask: WorkerTask = async (
  run,
  options,
  channel,
): Promise<GatewayAccount> => {
  const { token, faults } = options as GatewaySandboxOptions;
  const { clock, rng, stopping } = run;
  const onInterrupted = (message: string) => channel.say(`WARNING: ${message}`);
  const kube = await startServer({
    listen: LOOPBACK,
    token,
    faults: faults.filter((text) => !isGatewayFault(text)).map(parseFault),
    clock,
    rng,
    onInterrupted,
    createApi: (at) =>
      startApi({ ...at, clock, rng: rng.fork("api"), namespaces: [START_NAMESPACE] }),
  });
  const gateway = await GatewayStandIn.start({
    kube: kube.handler,
    clock,
    rng: rng.fork("gateway"),
    faults: faults.filter(isGatewayFault).map(parseGatewayFault),
    onInterrupted,
  });
  channel.publish({ url: kube.url, caPem: kube.caPem } satisfies SandboxAddress);
  await clock.sleepUntil(Infinity, stopping);
  await gateway.close();
  await kube.close();
  return { faults: [...gateway.faultHits, ...kube.account().faults] };
};
