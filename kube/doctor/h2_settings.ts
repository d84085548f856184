/**
 * How many requests at a time does a server take on one HTTP/2 connection? Reads the SETTINGS frame
 * with which it greets a connection of its own, which `fetch` keeps to itself. Judges nothing.
 * @module
 */

import { CannotRunError } from "../../core/errors.ts";
import type { ClusterTarget } from "../config/target.ts";

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
export async function maxConcurrentStreams(
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
