/**
 * The sandbox's own thread: stand-in, server, faults and traffic, from the start to the stop of the
 * thread's run.
 * @module
 */

import type { Clock } from "../core/load/clock.ts";
import type { Rng } from "../core/load/rng.ts";
import type { WorkerTask } from "../core/run/worker.ts";
import { NAMESPACES, resourcePath } from "../kube/resource.ts";
import type { SandboxAccount } from "./account.ts";
import { SANDBOX_USER } from "./authentication.ts";
import { parseFault } from "./faults/fault_spec.ts";
import { KubernetesApi, type User } from "./kubernetes/api.ts";
import { type ListenedAt, type SandboxServer, startServer } from "./server.ts";
import { Traffic, type TrafficOptions } from "./traffic.ts";

/** Plain data: it comes from the main thread. */
export interface SandboxOptions {
  readonly hostname: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly token: string;
  /** As they were given. */
  readonly faults: readonly string[];
  /** There from the beginning. */
  readonly namespaces: readonly string[];
  readonly traffic?: TrafficOptions;
}

/** What the main thread is told once the sandbox can be used. */
export type SandboxAddress = Pick<SandboxServer, "url" | "caPem">;

/** Resolves with a {@link SandboxAccount}. */
export const sandboxTask: WorkerTask = async (run, options, channel): Promise<SandboxAccount> => {
  const { hostname, port, token, faults, namespaces, traffic } = options as SandboxOptions;
  const { clock, rng, stopping } = run;
  const server = await startServer({
    listen: { hostname, port },
    token,
    faults: faults.map(parseFault),
    clock,
    rng,
    onInterrupted: (message) => channel.say(`WARNING: ${message}`),
    createApi: (at) => startApi({ ...at, clock, rng: rng.fork("api"), namespaces }),
  });
  const own = traffic === undefined
    ? undefined
    : new Traffic(server.handler, { ...traffic, clock });
  const working = own?.run(stopping) ?? clock.sleepUntil(Infinity, stopping);
  const address: SandboxAddress = { url: server.url, caPem: server.caPem };
  channel.publish(address);
  await working;
  await server.close();
  return { ...server.account(), trafficWrites: own?.writes ?? 0 };
};

/** The stand-in for a server at an address, with the namespaces that it is to begin with. */
export async function startApi(
  { hostname, port, namespaces, ...options }: ListenedAt & {
    readonly clock: Clock;
    readonly rng: Rng;
    readonly namespaces: readonly string[];
    /** Events that are kept of each resource, with their objects. */
    readonly historyLimit?: number;
    /** States of objects whose JSON is kept. */
    readonly textLimit?: number;
    readonly staticTokens?: ReadonlyMap<string, User>;
    /** Whether metadata.managedFields are kept. */
    readonly tracksManagers?: boolean;
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
