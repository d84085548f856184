/**
 * A TCP connection to a server by way of a proxy, for whoever makes its own connections: `fetch` makes
 * them by itself. Speaks with the proxy and never with the server.
 * Sources: RFC 9110, section 9.3.6 (CONNECT); RFC 1928 and 1929 (SOCKS 5).
 * @module
 */

import { Buffer } from "node:buffer";
import { connect, type Socket } from "node:net";
import { OperationFailedError } from "../errors.ts";
import { type Address, formatAddress } from "./address.ts";
import type { ByteConnection } from "./byte_connection.ts";
import { bridged } from "./loopback_bridge.ts";
import { closedOnFailure, connectTcp, startTls } from "./native_tls.ts";
import { proxyAddress, type ProxyServer } from "./proxy.ts";

/** Nobody's answer to CONNECT is longer. */
const MOST_ANSWER_BYTES = 65_536;

interface TunnelOptions {
  /** Cuts the attempt. */
  readonly signal: AbortSignal;
  /** Authorities that may vouch for an `https://` proxy, beside the system's; PEM. */
  readonly caPem?: string | undefined;
}

/**
 * Resolves with the connection when the proxy has made its own to the server.
 * @throws {OperationFailedError} that says what the proxy did
 * @throws what there is to say of a proxy that cannot be reached, and the signal's reason
 */
export async function openTunnel(
  proxy: ProxyServer,
  target: Address,
  options: TunnelOptions,
): Promise<Deno.TcpConn> {
  const conn = await askedFor(target, proxy, options);
  if (!("handshake" in conn)) return conn;
  return await bridged(conn, async (bridge) => {
    const near = await connectTcp(bridge, options.signal);
    return { conn: near, localPort: near.localAddr.port };
  });
}

/** As {@link openTunnel}, for who speaks TLS by node:tls. */
export async function openSocketTunnel(
  proxy: ProxyServer,
  target: Address,
  options: TunnelOptions,
): Promise<Socket> {
  return await bridged(await askedFor(target, proxy, options), async ({ hostname, port }) => {
    // Paused from the start: Deno 2.6.8 gives TLS no socket that is being read.
    const near = connect({ host: hostname, port }).pause();
    // Also later, when nobody else may listen yet: an error without a listener would end the process.
    await new Promise<void>((resolve, reject) => near.on("error", reject).once("connect", resolve));
    near.setNoDelay(true); // Deno 2.6.8 cannot any more once TLS has it
    return { conn: near, localPort: near.localPort! };
  });
}

async function askedFor(
  target: Address,
  proxy: ProxyServer,
  { signal, caPem }: TunnelOptions,
): Promise<Deno.TcpConn | Deno.TlsConn> {
  const address = proxyAddress(proxy);
  const { protocol, username, password } = new URL(proxy.url);
  const tcp = await connectTcp(address, signal);
  const conn = protocol === "https:"
    ? await startTls(tcp, { serverName: address.hostname, caPem, alpn: "http/1.1" }, signal)
    : tcp;
  return await closedOnFailure(conn, signal, async () => {
    const user = [username, password].map(decodeURIComponent).join(":");
    if (protocol.startsWith("http")) await connectByHttp(conn, { target, user });
    else await connectBySocks(conn, { target, username, password });
    return conn;
  });
}

async function connectByHttp(
  conn: ByteConnection,
  { target, user }: { target: Address; user: string },
): Promise<void> {
  const authority = formatAddress(target);
  const authorization = user === ":"
    ? ""
    : `Proxy-Authorization: Basic ${Buffer.from(user).toString("base64")}\r\n`;
  const request = `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${authorization}\r\n`;
  await writeAll(conn, Buffer.from(request));
  const answer = await received(conn, (bytes) => bytes.includes("\r\n\r\n"));
  const [, status = ""] = /^HTTP\/1\.[01] (\d{3})/.exec(answer.toString("latin1")) ?? [];
  if (status === "200") return;
  // The words that Deno has for it.
  if (status === "407") throw refused("proxy authentication required");
  throw refused(`unsuccessful tunnel (${status || "no HTTP answer"})`);
}

const SOCKS_VERSION = 5;
const NO_AUTHENTICATION = 0;
const BY_PASSWORD = 2;

async function connectBySocks(
  conn: ByteConnection,
  { target, username, password }: { target: Address; username: string; password: string },
): Promise<void> {
  const method = username === "" ? NO_AUTHENTICATION : BY_PASSWORD;
  await writeAll(conn, Buffer.from([SOCKS_VERSION, 1, method]));
  const [, chosen] = await received(conn, (bytes) => bytes.length >= 2);
  if (chosen !== method) throw refused("proxy authentication required");
  if (method === BY_PASSWORD) {
    const fields = [username, password].map((text) => counted(decodeURIComponent(text)));
    await writeAll(conn, Buffer.concat([Buffer.from([1]), ...fields]));
    const [, status] = await received(conn, (bytes) => bytes.length >= 2);
    if (status !== 0) throw refused("proxy authentication required");
  }
  // Command CONNECT, to a name that the proxy looks up: it takes an address as a name too.
  const name = counted(target.hostname);
  const port = Buffer.from([target.port >> 8, target.port & 0xff]);
  await writeAll(conn, Buffer.concat([Buffer.from([SOCKS_VERSION, 1, 0, 3]), name, port]));
  const [, code] = await received(conn, (bytes) => bytes.length >= socksAnswerBytes(bytes));
  if (code !== 0) throw refused(`unsuccessful tunnel (SOCKS code ${code})`);
}

/** Version, code, reserved, kind of address, address, port. */
function socksAnswerBytes(bytes: Uint8Array): number {
  const [, , , kind, length = 0] = bytes;
  return 6 + (kind === 1 ? 4 : kind === 4 ? 16 : 1 + length);
}

function counted(text: string): Uint8Array {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from([bytes.length]), bytes]);
}

async function writeAll(conn: ByteConnection, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
}

/** What has come when it is enough; the server behind says nothing before TLS begins. */
async function received(
  conn: ByteConnection,
  isEnough: (bytes: Buffer) => boolean,
): Promise<Buffer> {
  const buffer = Buffer.alloc(MOST_ANSWER_BYTES);
  for (let filled = 0; filled < buffer.length;) {
    const bytes = await conn.read(buffer.subarray(filled));
    if (bytes === null) throw new OperationFailedError("connection-closed", CLOSED);
    filled += bytes;
    const answer = buffer.subarray(0, filled);
    if (isEnough(answer)) return answer;
  }
  throw refused("its answer does not end");
}

const CLOSED = "the proxy closed the connection";

function refused(why: string): OperationFailedError {
  return new OperationFailedError("proxy", why);
}
