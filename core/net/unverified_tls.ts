/**
 * TLS with a server that nobody can verify, for whoever speaks its own protocol over it: node:tls is
 * the one part of Deno that can leave verification out for one connection (see docs/design/003). What
 * speaks by `fetch` takes tls_relay.ts instead.
 * @module
 */

import type { TLSSocket } from "node:tls";
import type { ByteConnection } from "./byte_connection.ts";
import { connectTls, type TlsTarget } from "./tls_relay.ts";

/**
 * @throws what node:tls says, if there is no TLS with it
 * @throws the signal's reason
 */
export async function connectUnverified(
  target: Omit<TlsTarget, "verify">,
  signal: AbortSignal,
): Promise<ByteConnection> {
  signal.throwIfAborted();
  const socket = connectTls(target);
  const secure = Promise.withResolvers<void>();
  const onAbort = () => secure.reject(signal.reason);
  socket.once("secureConnect", () => {
    // Deno 2.6.8 has this event before a handshake that fails, and then null here; the error follows.
    if ((socket.alpnProtocol as string | false | null) !== null) secure.resolve();
  });
  socket.once("error", secure.reject);
  socket.once("close", () => secure.reject(new Deno.errors.UnexpectedEof("closed within TLS")));
  signal.addEventListener("abort", onAbort, { once: true });
  // From the start: what comes with the end of the handshake must find a listener.
  const connection = new SocketConnection(socket);
  try {
    await secure.promise;
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/**
 * A socket of node's that is read when its reader wants to. It is never paused: node:tls of Deno 2.9.6
 * goes on reading nevertheless, and then loses the end of the stream; so what waits is bounded by what
 * the server sends unasked.
 */
class SocketConnection implements ByteConnection {
  readonly #socket: TLSSocket;
  readonly #waiting: Uint8Array[] = [];
  #isOver = false;
  #failure: Error | undefined;
  #wake = () => {};

  constructor(socket: TLSSocket) {
    this.#socket = socket;
    socket.on("data", (bytes: Uint8Array) => {
      this.#waiting.push(bytes);
      this.#wake();
    });
    socket.on("error", (error: Error) => this.#failure ??= error);
    socket.once("end", () => this.#end());
    socket.once("close", () => this.#end());
  }

  async read(into: Uint8Array): Promise<number | null> {
    while (this.#waiting.length === 0 && !this.#isOver) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    const bytes = this.#waiting.shift();
    if (bytes === undefined) {
      if (this.#failure !== undefined) throw this.#failure;
      return null;
    }
    into.set(bytes.subarray(0, into.length));
    if (bytes.length > into.length) this.#waiting.unshift(bytes.subarray(into.length));
    return Math.min(bytes.length, into.length);
  }

  write(bytes: Uint8Array): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#socket.write(bytes, (error) => error ? reject(error) : resolve(bytes.length));
    });
  }

  close(): void {
    if (!this.#isOver) this.#failure ??= new Deno.errors.Interrupted("closed by this end");
    this.#end();
    this.#socket.destroy();
  }

  #end(): void {
    this.#isOver = true;
    this.#wake();
  }
}
