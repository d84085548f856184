/**
 * A TCP connection to a server by way of a proxy, for the relay: `fetch` makes its own. Speaks with
 * the proxy and never with the server.
 * Sources: RFC 9110, section 9.3.6 (CONNECT); RFC 1928 and 1929 (SOCKS 5).
 * @module
 */

import { Buffer } from "node:buffer";
import { connect, type Socket } from "node:net";
import { OperationFailedError } from "../errors.ts";
import { type Address, formatAddress } from "./address.ts";
import { proxyAddress, type ProxyServer } from "./proxy.ts";

/** Nobody's answer to CONNECT is longer. */
const MOST_ANSWER_BYTES = 65_536;

/**
 * Resolves with the connection when the proxy has made its own to the server.
 * @param proxy `http://` or `socks5://`
 * @param signal cuts the attempt; the connection then belongs to nobody
 * @throws {OperationFailedError} that says what the proxy did
 */
export async function openTunnel(
  proxy: ProxyServer,
  target: Address,
  signal: AbortSignal,
): Promise<Socket> {
  const { hostname, port } = proxyAddress(proxy);
  const socket = connect({ host: hostname, port });
  const failed = Promise.withResolvers<never>();
  const fail = (error: unknown) => failed.reject(error);
  const onAbort = () => fail(signal.reason);
  failed.promise.catch(() => {}); // once the tunnel is there nobody waits for it
  // Also later, when nobody else may listen yet: an error without a listener would end the process.
  socket.on("error", fail);
  socket.once("close", () => fail(new OperationFailedError("connection-closed", CLOSED)));
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    await Promise.race([connected(socket), failed.promise]);
    socket.setNoDelay(true); // Deno 2.6.8 cannot any more once TLS has it
    const { protocol, username, password } = new URL(proxy.url);
    const user = [username, password].map(decodeURIComponent).join(":");
    const opening = protocol === "http:"
      ? connectByHttp(socket, { target, user })
      : connectBySocks(socket, { target, username, password });
    opening.catch(() => {}); // the first failure is told
    await Promise.race([opening, failed.promise]);
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

const CLOSED = "the proxy closed the connection";

function connected(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once("connect", () => resolve()));
}

async function connectByHttp(
  socket: Socket,
  { target, user }: { target: Address; user: string },
): Promise<void> {
  const authority = formatAddress(target);
  const authorization = user === ":"
    ? ""
    : `Proxy-Authorization: Basic ${Buffer.from(user).toString("base64")}\r\n`;
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${authorization}\r\n`);
  const answer = await received(socket, (bytes) => bytes.includes("\r\n\r\n"));
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
  socket: Socket,
  { target, username, password }: { target: Address; username: string; password: string },
): Promise<void> {
  const method = username === "" ? NO_AUTHENTICATION : BY_PASSWORD;
  socket.write(Buffer.from([SOCKS_VERSION, 1, method]));
  const [, chosen] = await received(socket, (bytes) => bytes.length >= 2);
  if (chosen !== method) throw refused("proxy authentication required");
  if (method === BY_PASSWORD) {
    const fields = [username, password].map((text) => counted(decodeURIComponent(text)));
    socket.write(Buffer.concat([Buffer.from([1]), ...fields]));
    const [, status] = await received(socket, (bytes) => bytes.length >= 2);
    if (status !== 0) throw refused("proxy authentication required");
  }
  // Command CONNECT, to a name that the proxy looks up: it takes an address as a name too.
  const name = counted(target.hostname);
  const port = Buffer.from([target.port >> 8, target.port & 0xff]);
  socket.write(Buffer.concat([Buffer.from([SOCKS_VERSION, 1, 0, 3]), name, port]));
  const [, code] = await received(socket, (bytes) => bytes.length >= socksAnswerBytes(bytes));
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

/** What has come when it is enough; the server behind says nothing before TLS begins. */
function received(socket: Socket, isEnough: (bytes: Buffer) => boolean): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let bytes = Buffer.alloc(0);
    const onData = (chunk: Uint8Array) => {
      bytes = Buffer.concat([bytes, chunk]);
      const isOver = isEnough(bytes);
      if (!isOver && bytes.length <= MOST_ANSWER_BYTES) return;
      socket.removeListener("data", onData);
      socket.pause();
      if (isOver) resolve(bytes);
      else reject(refused("its answer does not end"));
    };
    socket.on("data", onData);
    socket.resume();
  });
}

function refused(why: string): OperationFailedError {
  return new OperationFailedError("proxy", why);
}
