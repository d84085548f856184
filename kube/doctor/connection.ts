/**
 * Can the cluster be asked at all, and as whom? One connection, opened as the run opens its own; or why
 * there is none: which step from a name to an accepted user failed.
 * @module
 */

import { CannotRunError, messageOf, OperationFailedError } from "../../core/errors.ts";
import type { Clock } from "../../core/load/clock.ts";
import { TimeLimitError, withinTime } from "../../core/load/deadline.ts";
import type { FailureReason } from "../../core/measure/sample.ts";
import { formatProxy, otherWays, proxyAddress, type ProxyServer } from "../../core/net/proxy.ts";
import { formatDuration } from "../../core/units.ts";
import type { ClusterValues } from "../cluster_flags.ts";
import type { ClusterTarget } from "../config/target.ts";
import { HttpCluster } from "../http/http_cluster.ts";
import { HttpConnection } from "../http/http_connection.ts";
import type { WireAnswer } from "../http/wire.ts";
import { userAgent } from "../owned/ownership.ts";
import { type User, whoAmI } from "../server/access.ts";
import { serverVersion } from "../server/discovery.ts";
import { isForbidden, isUnauthorized, StatusError, UnusableAnswerError } from "../status_error.ts";
import { type DoctorFinding, withinLimit } from "./check.ts";

/** Give `onAnswer` to the connections. */
class AnswerLog {
  readonly #headers = new Map<string, WireAnswer["headers"]>();

  onAnswer({ url, headers }: Pick<WireAnswer, "url" | "headers">): void {
    this.#headers.set(new URL(url).pathname, headers);
  }

  /** Undefined before there was an answer. @param path without the query */
  headersOf(path: string): WireAnswer["headers"] | undefined {
    return this.#headers.get(path);
  }
}

/** A plugin may ask somebody to log in. */
const CREDENTIALS_LIMIT_MS = 120_000;

/** A server that has answered. Dispose it after the last call. */
export interface Connected extends Disposable {
  readonly cluster: HttpCluster;
  readonly answers: AnswerLog;
  readonly serverVersion: string;
  readonly user: User | undefined;
  readonly finding: DoctorFinding;
  /** When the first request was sent and its answer had come, ms since 1970. */
  readonly sentMs: number;
  readonly receivedMs: number;
}

/** @returns the connection, or the one reason why there is none */
export async function connect(
  target: ClusterTarget,
  { values, clock, runId }: { values: ClusterValues; clock: Clock; runId: string },
): Promise<Connected | DoctorFinding> {
  const answers = new AnswerLog();
  let connection: HttpConnection;
  try {
    connection = await withinTime(clock, () =>
      HttpConnection.open({
        server: target.server,
        target,
        http1: values.http1,
        userAgent: userAgent({ runId, command: "doctor" }),
        clock,
        requestTimeoutMs: values["request-timeout"],
        onAnswer: (answer) => answers.onAnswer(answer),
      }), { limitMs: CREDENTIALS_LIMIT_MS });
  } catch (thrown) {
    if (!(thrown instanceof CannotRunError)) throw thrown;
    return withoutCredentials(thrown);
  }
  const cluster = new HttpCluster([connection]);
  try {
    return await ask(cluster, { target, clock, answers });
  } catch (thrown) {
    cluster[Symbol.dispose]();
    return judgeNoAnswer(thrown, target);
  }
}

async function ask(
  cluster: HttpCluster,
  { target, clock, answers }: { target: ClusterTarget; clock: Clock; answers: AnswerLog },
): Promise<Connected> {
  // The first request pays for the handshakes, which would blur what the clocks differ by.
  await withinLimit(clock, (signal) => serverVersion(cluster, { signal }));
  const sentMs = clock.wallNow().getTime();
  const startMs = clock.now();
  const version = await withinLimit(clock, (signal) => serverVersion(cluster, { signal }));
  const tookMs = clock.now() - startMs;
  const user = await withinLimit(clock, (signal) => whoAmI(cluster, { signal }));
  const context = target.names.context === undefined ? "" : ` (context "${target.names.context}")`;
  const proxy = target.proxyFor?.(target.server);
  const through = proxy === undefined ? "" : ` through the ${formatProxy(proxy)}`;
  return {
    cluster,
    answers,
    serverVersion: version,
    user,
    sentMs,
    receivedMs: sentMs + tookMs,
    finding: {
      id: "server",
      status: "ok",
      what: `${target.server}${context} answers in ${formatDuration(tookMs)}${through}`,
    },
    [Symbol.dispose]: () => cluster[Symbol.dispose](),
  };
}

/** Before anything is sent: no credentials to be had, or certificates of no use. */
function withoutCredentials(thrown: CannotRunError): DoctorFinding {
  return {
    id: "credentials",
    status: "problem",
    what: thrown instanceof TimeLimitError
      ? `the credentials of the kubeconfig: ${thrown.message}`
      : thrown.message,
    why: "Without credentials that can be used no request of the run is sent",
    fix: "log in again, or name others with --user, --token or --kubeconfig",
  };
}

/** The steps, in the order in which they are taken; `timeout` and `connection` may be any of them. */
type Step = "dns" | "tcp" | "tls" | "proxy" | "timeout" | "connection" | "answer";

const STEP_BY_REASON: Partial<Record<FailureReason, Step>> = {
  dns: "dns",
  "connection-refused": "tcp",
  proxy: "proxy",
  tls: "tls",
  timeout: "timeout",
  protocol: "answer",
  truncated: "answer",
};

/** In these words a connection that TCP has made ends while TLS begins. */
const IN_HANDSHAKE = /handshake|tls/i;

const WHY: Readonly<Record<Step, string>> = {
  dns: "Without an address there is no connection",
  tcp: "Nobody takes connections there: the server is down, elsewhere, or behind a firewall",
  tls: "Server and client do not trust each other's certificates, or it is no TLS server",
  proxy: "The proxy is in the way of every request of the run",
  timeout: "Nothing came back: something on the way drops it, or the server hangs",
  connection: "The connection does not come about, or breaks before there is an answer",
  answer: "The server answers, but with nothing that the run can use",
};

/** @param thrown what the first request was answered with */
export function judgeNoAnswer(thrown: unknown, target: ClusterTarget): DoctorFinding {
  const { server, names, impersonation } = target;
  if (isUnauthorized(thrown)) {
    const user = names.user === undefined ? "" : ` of user "${names.user}"`;
    return {
      id: "authentication",
      status: "problem",
      what: `${server} does not accept the credentials${user}: ${messageOf(thrown)}`,
      why: "They are missing, wrong or expired: every request of the run would be refused",
      fix: "log in again, or name others with --user, --token or --kubeconfig",
    };
  }
  if (isForbidden(thrown) && impersonation.length > 0) {
    return {
      id: "impersonation",
      status: "problem",
      what: messageOf(thrown),
      why: "Every request of the run carries --as and would be refused",
      fix: "have the verb impersonate granted on that user and its groups, or leave out --as",
    };
  }
  const proxy = target.proxyFor?.(server);
  const id = proxy === undefined ? stepOf(thrown) : proxiedStepOf(thrown);
  const context = names.context === undefined ? "" : ` (context "${names.context}")`;
  const hasAnswered = thrown instanceof StatusError || thrown instanceof UnusableAnswerError;
  const verb = hasAnswered ? "use" : "reach";
  return {
    id,
    status: "problem",
    what: `Cannot ${verb} ${server}${context}: ${plainReason(thrown)}`,
    why: WHY[id],
    fix: id === "proxy" && proxy ? proxyFix(proxy, server) : fixOf(id, new URL(server)),
  };
}

function stepOf(thrown: unknown): Step {
  if (thrown instanceof TimeLimitError) return "timeout";
  if (thrown instanceof StatusError || thrown instanceof CannotRunError) return "answer";
  if (!(thrown instanceof OperationFailedError)) return "connection";
  const step = STEP_BY_REASON[thrown.reason];
  if (step !== undefined) return step;
  const isCut = thrown.reason === "connection-closed" || thrown.reason === "connection-reset";
  return isCut && IN_HANDSHAKE.test(thrown.message) ? "tls" : "connection";
}

/** With a proxy, its address is the one that is looked up and connected to. */
function proxiedStepOf(thrown: unknown): Step {
  const step = stepOf(thrown);
  return step === "dns" || step === "tcp" || step === "connection" ? "proxy" : step;
}

function proxyFix(proxy: ProxyServer, server: string): string {
  const { hostname, port } = proxyAddress(proxy);
  const ways = otherWays(proxy).replace("NO_PROXY", `NO_PROXY=${new URL(server).hostname}`);
  return `nc -vz ${hostname} ${port}; mend the ${formatProxy(proxy)}, ${ways}`;
}

/** Without the request in which it showed, which nobody asked for, and without the causes below it. */
function plainReason(thrown: unknown): string {
  if (thrown instanceof OperationFailedError) return thrown.why;
  return thrown instanceof Error ? thrown.message : String(thrown);
}

function fixOf(step: Step, { hostname, port, protocol }: URL): string {
  const host = hostname.replace(/^\[|\]$/g, "");
  const number = port || (protocol === "http:" ? "80" : "443");
  const another = "or name another with --context or --server";
  switch (step) {
    case "dns":
      return `getent hosts ${host}; mend the name or the resolver, ${another}`;
    case "tls":
      return `openssl s_client -connect ${hostname}:${number} -showcerts; name its authority with ` +
        `--certificate-authority FILE, its name with --tls-server-name, ${another}`;
    case "answer":
      return `kubectl get --raw /version; mend what stands in between, ${another}`;
    default:
      return `nc -vz ${host} ${number}; start the server or open the way to it, ${another}`;
  }
}
