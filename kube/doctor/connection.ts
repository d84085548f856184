/**
 * Can the cluster be asked at all, and as whom? One connection, opened as the run opens its own.
 * @module
 */

import { CannotRunError } from "../../core/errors.ts";
import type { Clock } from "../../core/load/clock.ts";
import { TimeLimitError, withinTime } from "../../core/load/deadline.ts";
import { formatDuration } from "../../core/units.ts";
import { formatProxy } from "../../core/net/proxy.ts";
import type { ClusterValues } from "../cluster_flags.ts";
import type { ClusterTarget } from "../config/target.ts";
import { HttpCluster } from "../http/http_cluster.ts";
import { HttpConnection } from "../http/http_connection.ts";
import { userAgent } from "../owned/ownership.ts";
import { type User, whoAmI } from "../server/access.ts";
import { serverVersion } from "../server/discovery.ts";
import { AnswerLog } from "./answer_log.ts";
import { withinLimit } from "./check.ts";
import type { Finding } from "./finding.ts";
import { judgeNoAnswer } from "./reachability.ts";

/** A plugin may ask somebody to log in. */
const CREDENTIALS_LIMIT_MS = 120_000;

/** A server that has answered. Dispose it after the last call. */
export interface Connected extends Disposable {
  readonly cluster: HttpCluster;
  readonly answers: AnswerLog;
  readonly serverVersion: string;
  readonly user: User | undefined;
  readonly finding: Finding;
  /** When the first request was sent and its answer had come, ms since 1970. */
  readonly sentMs: number;
  readonly receivedMs: number;
}

/** @returns the connection, or the one reason why there is none */
export async function connect(
  target: ClusterTarget,
  { values, clock, runId }: { values: ClusterValues; clock: Clock; runId: string },
): Promise<Connected | Finding> {
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
function withoutCredentials(thrown: CannotRunError): Finding {
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
