/**
 * The thread of a sandbox with a Models-as-a-Service installation: the stand-in for the Kubernetes API
 * and that for the installation, from the start to the stop of the thread's run.
 * @module
 */

import type { WorkerTask } from "../core/run/worker.ts";
import type { SandboxAccount } from "./account.ts";
import { SANDBOX_USER } from "./authentication.ts";
import type { ApiHandler } from "./faults/fault.ts";
import type { FaultHits } from "./faults/fault_chain.ts";
import { parseFault } from "./faults/fault_spec.ts";
import { requestsTo } from "./handler_requests.ts";
import { isMaasFault, parseMaasFault } from "./maas/faults/fault_spec.ts";
import { NAMESPACES } from "./maas/installation.ts";
import { MaasStandIn } from "./maas/maas_stand_in.ts";
import { Counters } from "./maas/metrics/counters.ts";
import { type SandboxAddress, startApi } from "./sandbox_task.ts";
import { type SandboxServer, startServer } from "./server.ts";

/** Plain data: it comes from the main thread. */
export interface MaasSandboxOptions {
  readonly token: string;
  /** As they were given. */
  readonly faults: readonly string[];
}

/** Where it is. */
export interface MaasSandboxAddress extends SandboxAddress {
  /** `host:port` of the gateway. */
  readonly gatewayAddress: string;
  /** `/COMPONENT/metrics` follows. */
  readonly metricsUrl: string;
}

/** What it has seen. */
export interface MaasAccount {
  readonly faults: readonly FaultHits[];
}

const HOSTNAME = "127.0.0.1";

/** Publishes a {@link MaasSandboxAddress}; resolves with a {@link MaasAccount}. */
export const maasSandboxTask: WorkerTask = async (
  run,
  options,
  channel,
): Promise<MaasAccount> => {
  const { token, faults } = options as MaasSandboxOptions;
  const { clock, rng, stopping } = run;
  const onInterrupted = (message: string) => channel.say(`WARNING: ${message}`);
  const kube = await startServer({
    listen: { hostname: HOSTNAME, port: 0 },
    token,
    faults: faults.filter((text) => !isMaasFault(text)).map(parseFault),
    clock,
    rng,
    onInterrupted,
    createApi: (at) =>
      startApi({
        ...at,
        clock,
        rng: rng.fork("api"),
        namespaces: NAMESPACES,
        staticTokens: new Map([[token, SANDBOX_USER]]),
      }),
  });
  const maas = await MaasStandIn.start({
    kube: kube.handler,
    reviews: requestsTo(overSocket(kube, token)),
    clock,
    rng: rng.fork("maas"),
    faults: faults.filter(isMaasFault).map(parseMaasFault),
    onInterrupted,
    apiPage: () => requestsPage(kube.account()),
  });
  channel.publish(
    {
      url: kube.url,
      caPem: kube.caPem,
      gatewayAddress: `${HOSTNAME}:${maas.port}`,
      metricsUrl: maas.metricsUrl,
    } satisfies MaasSandboxAddress,
  );
  await clock.sleepUntil(Infinity, stopping);
  await maas.close();
  await kube.close();
  return { faults: [...maas.faultHits, ...kube.account().faults] };
};

/** As an API server counts them, though without telling codes apart. */
function requestsPage({ requests }: Pick<SandboxAccount, "requests">): string {
  const counters = new Counters();
  for (const { verb, resource: full, requests: count } of requests) {
    const [resource = "", ...group] = full.split(".");
    counters.add("apiserver_request_total", { verb, group: group.join("."), resource }, count);
  }
  return counters.page();
}

/** What the auth service asks is met by the API server's faults, as what everybody asks. */
function overSocket(kube: SandboxServer, token: string): ApiHandler {
  const completed = new Promise<void>(() => {});
  return async ({ method, path, headers, body }) => {
    const all = new Headers(headers);
    all.set("authorization", `Bearer ${token}`);
    const request = new Request(`https://sandbox${path}`, {
      method,
      headers: all,
      ...(body === "" ? {} : { body }),
    });
    return await kube.answer(request, { completed });
  };
}
