/**
 * Flags -> a cluster that has answered: who we are there, what it is, and everything that could
 * make the run meaningless, known before any load.
 * @module
 */

import { given } from "../core/given.ts";
import { CannotRunError, messageOf, OperationFailedError } from "../core/errors.ts";
import type { Clock } from "../core/load/clock.ts";
import type { Rng } from "../core/load/rng.ts";
import { remotePort } from "../core/net/http_channel.ts";
import { disableNagle } from "../core/net/own_sockets.ts";
import { formatProxy } from "../core/net/proxy.ts";
import { formatDuration } from "../core/units.ts";
import type { RunPlan } from "../core/run/run_plan.ts";
import {
  anonymousWarning,
  isAnonymous,
  isInSystemMasters,
  type Permission,
  requirePermissions,
  systemMastersWarning,
  type User,
  whoAmI,
} from "./server/access.ts";
import type { ClusterValues } from "./cluster_flags.ts";
import { serverVersion } from "./server/discovery.ts";
import { apiServerEndpoints } from "./server/endpoints.ts";
import { FlowControl } from "./http/flow_control.ts";
import { HttpCluster } from "./http/http_cluster.ts";
import { HttpConnection } from "./http/http_connection.ts";
import { LifeGuard } from "./http/life_guard.ts";
import { StreamWaits } from "./http/stream_waits.ts";
import { DEFAULT_LIFE_POLICY } from "./http/proof_of_life.ts";
import { HTTP1_WATCH_SECONDS } from "./http/short_watches.ts";
import { type RunIdentity, userAgent } from "./owned/ownership.ts";
import { type Ask, asker, whyUnusable } from "./set_up_question.ts";
import { isForbidden } from "./status_error.ts";
import type { ClusterTarget } from "./config/target.ts";

type Warnings = NonNullable<RunPlan["warnings"]>;

/**
 * Where the connections go. `configured`: all to the server of the kubeconfig. `endpoints`: over the
 * addresses at which the API servers themselves answer, as many to each as it takes; a number of 0
 * is one to each.
 */
export type Spread = "configured" | "endpoints";

export interface ConnectOptions {
  readonly identity: RunIdentity;
  readonly values: ClusterValues;
  readonly target: ClusterTarget;
  readonly clock: Clock;
  readonly spread?: Spread;
  /** Takes the place of `values.conns`. */
  readonly connections?: number;
  /** A call that names no connection takes one at random instead of the next in turn. */
  readonly random?: Rng;
}

/** A cluster that has answered, and what is known of it. Dispose it after the last call. */
export interface ClusterSession extends Disposable {
  readonly cluster: HttpCluster;
  readonly target: ClusterTarget;
  readonly user: User | undefined;
  readonly flow: FlowControl;
  readonly waits: StreamWaits;
  readonly life: LifeGuard;
  /** Where each connection goes. */
  readonly servers: readonly string[];
  /** For the report's head. */
  readonly facts: Readonly<Record<string, string>>;
  readonly warnings: Warnings;
  /**
   * A question of the set-up, asked again where the server asks to wait.
   * @throws {CannotRunError} in one line that names the server, if it is not answered
   */
  readonly ask: Ask;
  /** @throws {CannotRunError} naming what is missing and the commands that grant it */
  require(permissions: readonly Permission[]): Promise<void>;
}

/** @throws {CannotRunError} if the server cannot be reached or does not know us */
export async function connectCluster(options: ConnectOptions): Promise<ClusterSession> {
  const { target } = options;
  const flow = new FlowControl();
  const waits = new StreamWaits();
  using first = new HttpCluster([await open(target.server, { options, flow, waits })]);
  using _life = new LifeGuard(first.connections, options);
  const ask = asker(options);
  const version = await ask(() => serverVersion(first));
  const user = await ask(() => whoAmI(first));
  const { servers, warnings } = await ask(() => serversOf(first, options));
  const { cluster, life } = await openCluster(servers, { options, flow, waits });
  await flow.learnNames(cluster);
  flow.reset();
  waits.reset();
  return {
    cluster,
    target,
    user,
    flow,
    waits,
    life,
    servers,
    facts: factsOf(options, { version, user, servers }),
    warnings: [...warnings, ...warningsOf(options, user)],
    ask,
    require: (permissions) => ask(() => requirePermissions(cluster, permissions, { user })),
    [Symbol.dispose]: () => {
      life[Symbol.dispose]();
      cluster[Symbol.dispose]();
    },
  };
}

/** What every connection is opened with. */
interface OpeningTools {
  readonly options: ConnectOptions;
  readonly flow: FlowControl;
  readonly waits: StreamWaits;
}

/** A connection to each, all of which have answered. */
async function openCluster(
  servers: readonly string[],
  tools: OpeningTools,
): Promise<{ cluster: HttpCluster; life: LifeGuard }> {
  using opened = new DisposableStack();
  const connections: HttpConnection[] = [];
  for (const server of servers) {
    connections.push(opened.use(await open(server, tools)));
  }
  const { options } = tools;
  const { random } = options;
  const cluster = new HttpCluster(
    connections,
    random ? { nextLane: () => random.integerBelow(connections.length) } : {},
  );
  const life = opened.use(new LifeGuard(connections, options));
  await warmUp(cluster, servers, options.target);
  opened.move();
  return { cluster, life };
}

function open(
  server: string,
  { options, flow, waits }: OpeningTools,
): Promise<HttpConnection> {
  const { target, values, identity, clock } = options;
  return HttpConnection.open({
    server,
    target,
    http1: values.http1,
    userAgent: userAgent(identity),
    clock,
    requestTimeoutMs: values["request-timeout"],
    onAnswer: (answer) => flow.onAnswer(answer),
    waits,
  });
}

/** Where each connection goes, and what has to be said of it. */
async function serversOf(
  cluster: HttpCluster,
  { target, values, spread = "configured", connections = values.conns }: ConnectOptions,
): Promise<{ servers: string[]; warnings: Warnings }> {
  const same = (count: number) => Array.from({ length: Math.max(1, count) }, () => target.server);
  if (spread === "configured") return { servers: same(connections), warnings: [] };
  const endpoints = await endpointsOf(cluster);
  if (typeof endpoints === "string") {
    const message = `${endpoints}: all connections go to ${target.server}`;
    return { servers: same(connections), warnings: [{ code: "no-endpoints", message }] };
  }
  const count = connections === 0 ? endpoints.length : connections;
  const servers = Array.from({ length: count }, (_, lane) => endpoints[lane % endpoints.length]!);
  if (count <= endpoints.length) return { servers, warnings: [] };
  const message = `${count} connections go to ${endpoints.length} API server` +
    (endpoints.length > 1 ? "s: some get more than one" : ": it gets all of them");
  return { servers, warnings: [{ code: "few-endpoints", message }] };
}

/** The addresses, or why there are none. */
async function endpointsOf(cluster: HttpCluster): Promise<string[] | string> {
  try {
    const endpoints = await apiServerEndpoints(cluster);
    if (endpoints.length > 0) return endpoints;
    return "Service default/kubernetes has no endpoints";
  } catch (error) {
    if (!isForbidden(error)) throw error;
    return `The endpoints of service default/kubernetes may not be read (${messageOf(error)})`;
  }
}

/** So that no measured request pays for a handshake; and small requests must not wait for each other. */
async function warmUp(
  cluster: HttpCluster,
  servers: readonly string[],
  { proxyFor }: ClusterTarget,
): Promise<void> {
  const failed = new AbortController();
  await Promise.all(servers.map(async (server, lane) => {
    try {
      await cluster.request({ method: "GET", path: "/version", lane, signal: failed.signal });
    } catch (error) {
      // The first one ends the others; whatever they then say changes nothing.
      failed.abort(
        error instanceof OperationFailedError
          ? new CannotRunError(
            whyUnusable(server, error, { proxy: proxyFor?.(server) }),
          )
          : error,
      );
    }
  }));
  failed.signal.throwIfAborted();
  for (const server of new Set(servers)) {
    const proxy = proxyFor?.(server);
    disableNagle({ remotePort: remotePort({ baseUrl: server, ...(proxy && { proxy }) }) });
  }
}

function factsOf(
  { target, values }: ConnectOptions,
  { version, user, servers }: {
    version: string;
    user: User | undefined;
    servers: readonly string[];
  },
): Record<string, string> {
  const { names } = target;
  const distinct = [...new Set(servers)];
  const proxies = new Set(distinct.flatMap((server) => {
    const proxy = target.proxyFor?.(server);
    return proxy === undefined ? [] : [formatProxy(proxy).replace(/^proxy /, "")];
  }));
  const isHttp1 = values.http1 || distinct.every((server) => server.startsWith("http:"));
  return {
    // The target says it, unless connections go past a load balancer.
    ...(distinct.every((server) => server === target.server)
      ? {}
      : { servers: distinct.join(", ") }),
    "server version": version,
    ...given({ context: names.context }),
    ...(user === undefined ? {} : { user: userFact(user) }),
    ...(proxies.size === 0 ? {} : { proxy: [...proxies].join(", ") }),
    ...(target.fetch === undefined
      ? {
        connections: `${servers.length} over ${isHttp1 ? "HTTP/1.1" : "HTTP/2"}`,
        "proof of life": lifeFact({ isHttp1 }),
      }
      : { connections: "none: the server is simulated in this process" }),
  };
}

/** The requests that are no load, so that whoever counts them at the server knows whose they are. */
function lifeFact({ isHttp1 }: { isHttp1: boolean }): string {
  const asks = `${isHttp1 ? "GET /livez" : "PING"} on a connection after ${
    formatDuration(DEFAULT_LIFE_POLICY.askAfterMs)
  } of silence`;
  return isHttp1 ? `${asks}, and each watch anew every ${HTTP1_WATCH_SECONDS} s` : asks;
}

function userFact({ username, groups }: User): string {
  return groups.length === 0 ? username : `${username} (${groups.join(", ")})`;
}

function warningsOf(
  { target, values: { http1: isHttp1 } }: ConnectOptions,
  user: User | undefined,
): Warnings {
  const warnings = [];
  if (user !== undefined && isInSystemMasters(user)) warnings.push(systemMastersWarning(user));
  if (user !== undefined && isAnonymous(user)) warnings.push(anonymousWarning());
  const isRelayed = isHttp1 && target.server.startsWith("https:");
  const hop = ", and every byte took another hop through this process";
  if (target.insecure) {
    warnings.push({
      code: "insecure",
      message:
        `The server's certificate was not verified${isRelayed ? hop : ""}: anyone could have ` +
        "answered, and figures are lower",
    });
  } else if (target.tlsServerName !== undefined && isRelayed) {
    warnings.push({
      code: "relayed",
      message: "Over HTTP/1.1 --tls-server-name takes every byte through another hop in this " +
        "process: figures are lower",
    });
  }
  return warnings;
}
