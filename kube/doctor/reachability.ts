/**
 * Why did the first question get no answer: which step from a name to an accepted user failed?
 * Judges an error; asks nothing.
 * @module
 */

import { CannotRunError, messageOf, OperationFailedError } from "../../core/errors.ts";
import { TimeLimitError } from "../../core/load/deadline.ts";
import type { FailureReason } from "../../core/measure/sample.ts";
import { formatProxy, otherWays, proxyAddress, type ProxyServer } from "../../core/net/proxy.ts";
import type { ClusterTarget } from "../config/target.ts";
import { UnusableAnswerError } from "../server/answer_of.ts";
import { isForbidden, isUnauthorized, StatusError } from "../status_error.ts";
import type { Finding } from "./finding.ts";

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
export function judgeNoAnswer(thrown: unknown, target: ClusterTarget): Finding {
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
