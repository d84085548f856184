/**
 * Connections to an {@link ApiPeer} or to any other server on 127.0.0.1, ready for a test.
 * @module
 */

import assert from "node:assert/strict";
import { OperationFailedError } from "../../core/errors.ts";
import type { FailureReason } from "../../core/measure/sample.ts";
import { type Credentials, staticCredentials } from "../../kube/auth/credentials.ts";
import { HttpCluster } from "../../kube/http/http_cluster.ts";
import { type ConnectionOptions, HttpConnection } from "../../kube/http/http_connection.ts";
import { StatusError } from "../../kube/status_error.ts";
import type { ClusterTarget } from "../../kube/config/target.ts";
import { ApiPeer, peerIdentity } from "./api_peer.ts";
import { eventually } from "./eventually.ts";
import { FakeClock } from "./fake_clock.ts";

export const USER_AGENT = "scaletool/test";

/** The server with the peer's authority, anonymous unless told otherwise. */
export function targetOf(server: string, given: Partial<ClusterTarget> = {}): ClusterTarget {
  return {
    server,
    caPem: peerIdentity.caPem,
    insecure: false,
    credentials: staticCredentials({}),
    impersonation: [],
    names: { source: "flag", paths: [] },
    ...given,
  };
}

export type Given = Partial<Omit<ConnectionOptions, "target">> & {
  readonly target?: Partial<ClusterTarget>;
};

export function openConnection(server: string, { target, ...given }: Given = {}) {
  return HttpConnection.open({
    server,
    target: targetOf(server, target),
    http1: false,
    userAgent: USER_AGENT,
    clock: new FakeClock(),
    requestTimeoutMs: 0,
    ...given,
  });
}

export async function openCluster(
  server: string,
  { connections = 1, nextLane, ...given }: Given & {
    connections?: number;
    nextLane?: () => number;
  } = {},
): Promise<HttpCluster> {
  const opened: HttpConnection[] = [];
  for (let k = 0; k < connections; k++) opened.push(await openConnection(server, given));
  return new HttpCluster(opened, nextLane === undefined ? {} : { nextLane });
}

/** Credentials that follow a script: each `invalidate` moves on to the next, the last one stays. */
export class ScriptedCredentials implements Credentials {
  readonly refused: unknown[] = [];
  readonly #script: readonly Awaited<ReturnType<Credentials["current"]>>[];
  #at = 0;

  constructor(...script: readonly Awaited<ReturnType<Credentials["current"]>>[]) {
    this.#script = script;
  }

  current() {
    return Promise.resolve(this.#script[this.#at]!);
  }

  /** As the real ones: what is not current any more drops nothing. */
  invalidate(refused?: unknown): boolean {
    this.refused.push(refused);
    if (refused !== this.#script[this.#at]) return true;
    if (this.#at === this.#script.length - 1) return false;
    this.#at++;
    return true;
  }
}

/** The address of a server that has gone. */
export async function unreachableServer(): Promise<string> {
  const peer = new ApiPeer();
  await peer[Symbol.asyncDispose]();
  return peer.url;
}

/** The system's number of the state ESTABLISHED in /proc/net/tcp. */
const ESTABLISHED = "01";

/** How many connections this process's clients have to a port of 127.0.0.1; NaN where Linux cannot say. */
function connectionsTo(port: number): number {
  if (Deno.build.os !== "linux") return NaN;
  const remote = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const rows = Deno.readTextFileSync("/proc/self/net/tcp").split("\n");
  return rows.map((row) => row.trim().split(/\s+/))
    .filter(([, , to, state]) => to?.endsWith(remote) && state === ESTABLISHED).length;
}

/** Waits until there are so many connections to the port: closing one takes a few turns. */
export async function assertConnections(port: number, expected: number): Promise<void> {
  await eventually(`${expected} connections`, () => {
    const found = connectionsTo(port);
    return Number.isNaN(found) || found === expected;
  });
}

export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  assert.fail("it did not fail");
}

export function assertFailed(
  error: unknown,
  reason: FailureReason,
  message?: string | RegExp,
): asserts error is OperationFailedError {
  assert.ok(error instanceof OperationFailedError, `expected a failure, got ${error}`);
  assert.equal(error.reason, reason, error.message);
  if (typeof message === "string") assert.equal(error.message, message);
  else if (message !== undefined) assert.match(error.message, message);
}

/** Reason, HTTP status, wait and text of the error with which an answer was refused. */
export async function refusalOf(promise: Promise<unknown>) {
  const error = await failureOf(promise);
  assert.ok(error instanceof StatusError, `expected a StatusError, got ${error}`);
  const { reason, code, retryAfterMs, message } = error;
  return { reason, code, retryAfterMs, message };
}
