/**
 * Do the run's watches and requests fit on its connections? Over HTTP/2 a server takes a bounded
 * number at a time on each, which it says in the SETTINGS frame that greets a connection, and which
 * `fetch` keeps to itself; what is beyond waits inside this process, unseen by the server.
 * @module
 */

import { CannotRunError } from "../../core/errors.ts";
import { formatDuration, formatSignificant } from "../../core/units.ts";
import type { ClusterTarget } from "../config/target.ts";
import type { Check, ClusterContext, DoctorFinding } from "./check.ts";

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
): DoctorFinding {
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

/** Source: RFC 9113, section 3.4: the client's preface, and its SETTINGS frame without entries. */
const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const EMPTY_SETTINGS = new Uint8Array([0, 0, 0, 4, 0, 0, 0, 0, 0]);
const FRAME_HEAD_BYTES = 9;
const ENTRY_BYTES = 6;
const SETTINGS_TYPE = 4;
const MAX_CONCURRENT_STREAMS = 3;
const HTTPS_PORT = 443;

/**
 * SETTINGS_MAX_CONCURRENT_STREAMS, Infinity if the server sets none.
 * @throws {CannotRunError} if the server speaks no HTTP/2
 */
async function maxConcurrentStreams(
  { server, caPem, credentials }: ClusterTarget,
  signal: AbortSignal,
): Promise<number> {
  const { hostname, port } = new URL(server);
  const { clientCert } = await credentials.current();
  using connection = await Deno.connectTls({
    hostname: hostname.replace(/^\[|\]$/g, ""),
    port: Number(port || HTTPS_PORT),
    alpnProtocols: ["h2"],
    ...(caPem === undefined ? {} : { caCerts: [caPem] }),
    ...(clientCert === undefined ? {} : { cert: clientCert.certPem, key: clientCert.keyPem }),
  });
  const { alpnProtocol } = await connection.handshake();
  if (alpnProtocol !== "h2") throw new CannotRunError(`${server} speaks no HTTP/2`);
  const writer = connection.writable.getWriter();
  const greeting = new TextEncoder().encode(PREFACE);
  await writer.write(new Uint8Array([...greeting, ...EMPTY_SETTINGS]));
  return await readSettings(connection, signal);
}

async function readSettings(connection: Deno.TlsConn, signal: AbortSignal): Promise<number> {
  const head = await readExactly(connection, FRAME_HEAD_BYTES, signal);
  const [length, type] = [(head[0]! << 16) | (head[1]! << 8) | head[2]!, head[3]];
  if (type !== SETTINGS_TYPE) {
    throw new CannotRunError(`the server greets with frame type ${type}, not with SETTINGS`);
  }
  return streamsOf(await readExactly(connection, length, signal));
}

/** @param payload entries of a 16-bit identifier and a 32-bit value. Source: RFC 9113, section 6.5.1 */
export function streamsOf(payload: Uint8Array): number {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  for (let at = 0; at + ENTRY_BYTES <= payload.length; at += ENTRY_BYTES) {
    if (view.getUint16(at) === MAX_CONCURRENT_STREAMS) return view.getUint32(at + 2);
  }
  return Infinity;
}

async function readExactly(
  connection: Deno.TlsConn,
  length: number,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let filled = 0; filled < length;) {
    signal.throwIfAborted();
    const count = await connection.read(bytes.subarray(filled));
    if (count === null) throw new CannotRunError("the server hangs up before its SETTINGS");
    filled += count;
  }
  return bytes;
}
