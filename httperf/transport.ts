/**
 * How does a request get to the target, and over which connection? Opens connections, by HTTP/2 or by
 * HTTP/1.1. It never retries, never follows a redirect, and never decides when to send.
 * @module
 */

import { OperationFailedError } from "../core/errors.ts";
import type { Clock } from "../core/load/clock.ts";
import { withinTime } from "../core/load/deadline.ts";
import type { ChannelTarget } from "../core/net/http_channel.ts";
import type { Connection } from "./connection.ts";
import { openFetchConnection } from "./fetch_connection.ts";
import { openH2Connection } from "./h2_connection.ts";

/** What to connect to; plain data, as it is also sent to worker threads. */
export interface ConnectionTarget extends ChannelTarget {
  /** Longest wait for the first answer, ms. */
  readonly connectTimeoutMs: number;
}

export interface TransportOptions extends ConnectionTarget {
  readonly clock: Clock;
  /** Gives up connecting. */
  readonly signal?: AbortSignal;
}

/** Asked for once per connection. Every server has an answer to it, if only 404. */
const PROBE_PATH = "/healthz";

/**
 * A connection that has answered a request: `HEAD <base>/healthz`, of which any status will do.
 * @throws {OperationFailedError} if there is no answer; the message ends with a hint, if one is known
 * @throws the signal's reason, unchanged, once it has aborted
 */
export async function openConnection(
  id: number,
  options: TransportOptions,
): Promise<Connection> {
  const { clock, connectTimeoutMs, http1 } = options;
  const base = new URL(options.baseUrl);
  const url = `${base.href.replace(/\/$/, "")}${PROBE_PATH}`;
  const startMs = clock.now();
  return await withinTime(clock, async (signal) => {
    const connection = http1
      ? await openFetchConnection(id, options)
      : await openH2Connection(id, options, { clock, signal });
    try {
      await connection.probe(url, signal);
      signal.throwIfAborted();
    } catch (error) {
      connection[Symbol.dispose]();
      throw error;
    }
    connection.connectMs = clock.now() - startMs;
    return connection;
  }, {
    limitMs: connectTimeoutMs,
    signal: options.signal,
    late: () => noAnswer(base, connectTimeoutMs),
  });
}

function noAnswer(base: URL, timeoutMs: number): OperationFailedError {
  const message = `Cannot connect to ${base.host}: no answer within ${timeoutMs} ms`;
  return new OperationFailedError("timeout", message);
}
