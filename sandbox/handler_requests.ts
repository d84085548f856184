/**
 * Requests to an API server in this process, as one makes them who has a connection to it.
 * @module
 */

import type { Cluster, RawRequest } from "../kube/cluster.ts";
import { type Status, StatusError } from "../kube/status_error.ts";
import { SANDBOX_USER } from "./authentication.ts";
import type { ApiHandler } from "./faults/fault.ts";

/** What is asked is asked as the sandbox's own user. */
export function requestsTo(handler: ApiHandler): Pick<Cluster, "request"> {
  return {
    async request({ signal = new AbortController().signal, ...request }) {
      return await Promise.race([ask(handler, request, signal), aborted(signal)]);
    },
  };
}

async function ask(
  handler: ApiHandler,
  { method, path, body = "", contentType = "application/json" }: RawRequest,
  signal: AbortSignal,
): Promise<unknown> {
  const answer = await handler({
    method,
    path,
    headers: new Headers({ "content-type": contentType }),
    body,
    user: SANDBOX_USER,
    signal,
  });
  const text = await answer.text();
  const value: unknown = answer.headers.get("content-type")?.startsWith("application/json")
    ? JSON.parse(text)
    : text;
  if (answer.ok) return value;
  const { status: code } = answer;
  const status = typeof value === "object" ? value as Status : { kind: "Status" } as const;
  throw new StatusError(status, { code });
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const refuse = () => reject(signal.reason);
    if (signal.aborted) refuse();
    else signal.addEventListener("abort", refuse, { once: true });
  });
}
