/**
 * How does `fetch` reach a server whose certificate nobody can verify, or one that has to be asked
 * for under another name than its address? Deno has no such switch per client, and its process flag
 * cannot be given to a compiled program and disables every custom CA. So this relay speaks TLS with
 * the server and hands the plain bytes to `fetch` over a Unix socket that only this user can open. It
 * never looks into the bytes, so the server sees requests with the scheme `http`. It costs throughput:
 * 0.3 (Deno 2.6.8) to 0.5 (2.9.6) of a direct connection's was measured.
 * @module
 */

import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { setTimeout as delay } from "node:timers/promises";
import { messageOf } from "../errors.ts";
import { TemporaryFolder } from "../files.ts";
import { alpnMismatch } from "./alpn.ts";
import { chosenAlpn, connectTls, type TlsTarget } from "./node_tls.ts";
import { openSocketTunnel } from "./proxy_tunnel.ts";

/** One read of what `fetch` sends: requests, which are small. */
const REQUEST_BUFFER_BYTES = 65_536;
/** After an accept that failed, e.g. for want of a descriptor. */
const ACCEPT_PAUSE_MS = 50;

/**
 * Each connection that `fetch` makes to it becomes one TLS connection to the target. Disposing it
 * cuts them all.
 */
export class TlsRelay implements Disposable {
  readonly #target: TlsTarget;
  readonly #folder: TemporaryFolder;
  readonly #listener: Deno.UnixListener;
  readonly #tunnels = new Set<Tunnel>();
  readonly #closing = new AbortController();
  #failure: Error | undefined;
  #isClosed = false;

  /** Owns the folder from now on. Use {@link startTlsRelay}. */
  constructor(target: TlsTarget, folder: TemporaryFolder) {
    this.#target = target;
    this.#folder = folder;
    this.#listener = Deno.listen({ transport: "unix", path: this.proxy.path });
    void this.#acceptAll();
  }

  /** For `Deno.createHttpClient`; the URL is then `http://` with the target's own authority. */
  get proxy(): { transport: "unix"; path: string } {
    return { transport: "unix", path: `${this.#folder.path}/relay` };
  }

  /**
   * Why the latest TLS connection could not be made or broke, as node:tls has it; `fetch` only sees
   * the relay hang up. A target without the wanted protocol is an OperationFailedError (protocol).
   */
  get failure(): Error | undefined {
    return this.#failure;
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#listener.close();
    this.#closing.abort();
    for (const tunnel of this.#tunnels) tunnel.close();
    this.#folder[Symbol.dispose]();
  }

  /** A failed accept is one connection lost, of which `fetch` is told; it never ends the process. */
  async #acceptAll(): Promise<void> {
    while (!this.#isClosed) {
      try {
        void this.#serve(await this.#listener.accept());
      } catch (error) {
        if (this.#isClosed) return;
        this.#failure = error instanceof Error ? error : new Error(messageOf(error));
        await delay(ACCEPT_PAUSE_MS);
      }
    }
  }

  async #serve(local: Deno.Conn): Promise<void> {
    this.#failure = undefined;
    const { proxy, verify } = this.#target;
    let carrier: Socket | undefined;
    try {
      const options = { signal: this.#closing.signal, caPem: verify?.caPem };
      carrier = proxy && await openSocketTunnel(proxy, this.#target, options);
    } catch (error) {
      this.#failure = error instanceof Error ? error : new Error(String(error));
      return local.close();
    }
    if (this.#closing.signal.aborted) {
      carrier?.destroy();
      return local.close();
    }
    const tunnel = new Tunnel(local, this.#target, carrier);
    this.#tunnels.add(tunnel);
    // Known before the hang-up, so that one who is told of that can ask for it.
    this.#failure = await tunnel.ended ?? this.#failure;
    this.#tunnels.delete(tunnel);
    tunnel.close();
  }
}

/** A relay that is ready for connections; nothing has been sent to the target yet. */
export function startTlsRelay(target: TlsTarget): Promise<TlsRelay> {
  // No other user of this machine may use our client certificate.
  return Promise.resolve(new TlsRelay(target, new TemporaryFolder("relay")));
}

/** One connection from `fetch` and the TLS connection that it was given. */
class Tunnel {
  readonly #local: Deno.Conn;
  readonly #remote: TLSSocket;
  readonly #ended = Promise.withResolvers<Error | undefined>();
  /**
   * Bytes from the target that `fetch` has not taken yet. What bounds them are HTTP/2's own windows
   * (fetch grants a connection 5 MiB); over HTTP/1.1 nothing does. The socket is never paused:
   * node:tls of Deno 2.9.6 goes on reading nevertheless, and then loses the end of the stream.
   */
  #waiting: Uint8Array[] = [];
  #delivering = false;
  #secure = false;
  #remoteEnded = false;
  #error: Error | undefined;
  #requestsWritten = () => {};
  #closed = false;

  /** @param carrier an open connection to the target; absent: one is made */
  constructor(local: Deno.Conn, target: TlsTarget, carrier?: Socket) {
    this.#local = local;
    this.#remote = connectTls(target, carrier);
    this.#remote.once("secureConnect", () => this.#onSecure(target));
    this.#remote.on("data", (chunk: Uint8Array) => this.#onData(chunk));
    this.#remote.once("end", () => {
      // Within the handshake the error that says more is still to come.
      if (this.#secure) this.#onRemoteEnd();
    });
    // What came before the error is still delivered; "close" follows.
    this.#remote.once("error", (error: Error) => this.#error = error);
    this.#remote.once("close", () => this.#onRemoteEnd());
  }

  /** Resolves when either end has closed: with what went wrong, if that is known. */
  get ended(): Promise<Error | undefined> {
    return this.#ended.promise;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#ended.resolve(undefined);
    this.#requestsWritten();
    this.#remote.destroy();
    this.#local.close();
  }

  #onSecure(target: TlsTarget): void {
    const chosen = chosenAlpn(this.#remote);
    if (chosen === null) return;
    this.#secure = true;
    const mismatch = alpnMismatch(chosen, target);
    if (mismatch === undefined) return void this.#forwardRequests();
    this.#ended.resolve(mismatch);
  }

  #onRemoteEnd(): void {
    this.#remoteEnded = true;
    void this.#deliver();
  }

  #onData(chunk: Uint8Array): void {
    this.#waiting.push(chunk);
    void this.#deliver();
  }

  async #deliver(): Promise<void> {
    if (this.#delivering) return;
    this.#delivering = true;
    try {
      while (this.#waiting.length > 0) {
        const batch = joined(this.#waiting);
        this.#waiting = [];
        for (let at = 0; at < batch.length;) at += await this.#local.write(batch.subarray(at));
      }
      if (this.#remoteEnded) this.#ended.resolve(this.#error);
    } catch {
      // fetch has hung up: an end like any other.
      this.#ended.resolve(undefined);
    } finally {
      this.#delivering = false;
    }
  }

  async #forwardRequests(): Promise<void> {
    try {
      const buffer = new Uint8Array(REQUEST_BUFFER_BYTES);
      while (true) {
        const read = await this.#local.read(buffer);
        if (read === null) break;
        await this.#writeRemote(buffer.slice(0, read));
      }
    } catch {
      // As above; what happened to the other side comes with its own event.
    }
    this.#ended.resolve(undefined);
  }

  /** Resolves when the socket has taken the bytes, or the tunnel is closed. */
  #writeRemote(bytes: Uint8Array): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#requestsWritten = resolve;
    this.#remote.write(bytes, () => resolve());
    return promise;
  }
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const [only] = chunks;
  if (only !== undefined && chunks.length === 1) return only;
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
