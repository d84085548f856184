/**
 * Do the run's watches and requests fit on its connections? Over HTTP/2 a server takes a bounded
 * number at a time on each, which it says in the SETTINGS frame that greets a connection; what is
 * beyond waits inside this process, unseen by the server.
 * @module
 */

import { formatDuration, formatSignificant } from "../../core/units.ts";
import type { Check, ClusterContext, DoctorFinding } from "./check.ts";

const ID = "streams";

export const STREAMS_CHECK: Check<ClusterContext> = {
  id: ID,
  look({ cluster, needs }) {
    const { connections, requestsPerSec, watches } = needs;
    const [connection] = cluster.connections;
    if (connection?.isHttp1) {
      const what = "HTTP/1.1: each request under way has its own socket";
      return Promise.resolve([{ id: ID, status: "ok", what }]);
    }
    const streams = connection?.http2?.peerSettings.maxConcurrentStreams;
    if (streams === undefined) {
      const what = "not known: the server has ended the connection";
      const why = "What it takes at a time it says to each connection anew";
      return Promise.resolve([{ id: ID, status: "unknown", what, why }]);
    }
    const hasWrites = (needs.objects ?? []).length > 0;
    const finding = judgeStreams({ streams, connections, watches, hasWrites, requestsPerSec });
    return Promise.resolve([finding]);
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
): DoctorFinding {
  const places = streams * connections;
  const s = connections === 1 ? "" : "s";
  const most = streams === Infinity ? "any number of" : String(streams);
  const has = `${connections} connection${s}, on each of which the server takes ${most} requests ` +
    "at a time";
  // A watcher's lists are over when its watch begins; writes need a place beside the watches.
  const needed = watches + (hasWrites ? 1 : 0);
  if (watches > 0 && places < needed) {
    return {
      id: ID,
      status: "problem",
      what: `${has}; the run has ${watches} watches${hasWrites ? " and writes" : ""}`,
      why:
        "Watches do not end by themselves: what finds no place waits for as long as they are open",
      fix: `--conns ${Math.ceil(needed / Math.max(1, streams))}`,
    };
  }
  const wait = requestsPerSec === null || places === Infinity || requestsPerSec === 0
    ? ""
    : `; at ${formatSignificant(requestsPerSec)} requests/s they wait for a place once one takes ` +
      `over ${formatDuration((places - watches) / requestsPerSec * 1_000)} on average`;
  return { id: ID, status: "ok", what: has + wait };
}
