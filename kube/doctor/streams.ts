/**
 * Do the run's watches and requests fit on its connections? Over HTTP/2 a server takes a bounded
 * number at a time on each; what is beyond waits inside this process, unseen by the server.
 * @module
 */

import type { Check } from "./check.ts";
import type { ClusterContext } from "./context.ts";
import type { Finding } from "./finding.ts";
import { maxConcurrentStreams } from "./h2_settings.ts";
import { formatDuration, formatSignificant } from "../../core/units.ts";

const ID = "streams";

export const STREAMS_CHECK: Check<ClusterContext> = {
  id: ID,
  async look({ target, clusterValues, needs }, signal) {
    const { connections, requestsPerSec, watches } = needs;
    if (clusterValues.http1 || target.server.startsWith("http:")) {
      return [{
        id: ID,
        status: "ok",
        what: "HTTP/1.1: each request under way has its own socket",
      }];
    }
    if (
      target.insecure || target.tlsServerName !== undefined ||
      target.proxyFor?.(target.server) !== undefined
    ) {
      const what = "not asked: the connection goes through a relay or proxy";
      const why = "The server's limit for one connection is what the relay or proxy makes of it";
      return [{ id: ID, status: "unknown", what, why }];
    }
    const streams = await maxConcurrentStreams(target, signal);
    const hasWrites = (needs.objects ?? []).length > 0;
    return [judgeStreams({ streams, connections, watches, hasWrites, requestsPerSec })];
  },
};

export function judgeStreams(
  { streams, connections, watches, hasWrites, requestsPerSec }: {
    /** That the server takes at a time on one connection. */
    streams: number;
    connections: number;
    /** Each takes a stream for as long as the run. */
    watches: number;
    hasWrites: boolean;
    requestsPerSec: number | null;
  },
): Finding {
  const places = streams * connections;
  const s = connections === 1 ? "" : "s";
  const most = streams === Infinity ? "any number of" : String(streams);
  const has = `${connections} connection${s}, on each of which the server takes ${most} requests ` +
    "at a time";
  // Beside the watches there must be a place on each connection to ask whether it lives, which does
  // for writes too; a watcher's lists are over when its watch begins.
  const watchesOnEach = Math.max(1, streams - 1);
  if (watchesOnEach * connections < watches) {
    return {
      id: ID,
      status: "problem",
      what: `${has}; the run has ${watches} watches${hasWrites ? " and writes" : ""}`,
      why:
        "Watches do not end by themselves: what finds no place waits for as long as they are open",
      fix: `--conns ${Math.ceil(watches / watchesOnEach)}`,
    };
  }
  const wait = requestsPerSec === null || places === Infinity || requestsPerSec === 0
    ? ""
    : `; at ${formatSignificant(requestsPerSec)} requests/s they wait for a place once one takes ` +
      `over ${formatDuration((places - watches) / requestsPerSec * 1_000)} on average`;
  return { id: ID, status: "ok", what: has + wait };
}
