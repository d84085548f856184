/**
 * How does an HTTP server of ours outlive its surroundings? `Deno.serve` stops accepting for good when
 * the process has no descriptor left, and it waits for ever for a client that connects and says nothing.
 * This one listens again, and cuts connections that hold a descriptor for nothing: at their limits
 * where the kernel lets it see them (docs/design/011). No body fills the memory. Never knows what a request is answered with.
 * @module
 */

import { Buffer } from "node:buffer";
import type { Clock } from "../load/clock.ts";
import { messageOf } from "../errors.ts";
import { formatAddress } from "./address.ts";
import {
  canSeeSockets,
  cutConnections,
  disableNagle,
  ownSockets,
  type SocketMatch,
} from "./own_sockets.ts";
import { PeerActivity } from "./peer_activity.ts";
import { SpareDescriptor } from "./spare_descriptor.ts";
import { openTcpTable, type TcpTable } from "./tcp_table.ts";

const SWEEP_MS = 2_000;
/** After it had to listen again, until it is seen to listen. */
const TROUBLED_SWEEP_MS = 250;
/** Where there are many sockets a look takes time; this share of it at most, unless it is very long. */
const SWEEP_SHARE = 0.01;
const LONGEST_PAUSE_MS = 10_000;
const SHORTEST_BACK_OFF_MS = 50;
const LONGEST_BACK_OFF_MS = 1_000;

export type HttpHandler = (
  request: Request,
  info: Deno.ServeHandlerInfo<Deno.NetAddr>,
) => Response | Promise<Response>;

export interface HttpServerOptions {
  /** Port 0 takes a free one. */
  readonly listen: { readonly hostname: string; readonly port: number };
  /** PEM texts; absent: plain HTTP. */
  readonly tls?: { readonly certPem: string; readonly keyPem: string } | undefined;
  readonly clock: Clock;
  readonly handler: HttpHandler;
  /** Answers for a handler that threw. */
  readonly onError: (error: unknown) => Response;
  /** Told once: that it had to listen again, and so turned clients away. */
  readonly onInterrupted?: ((message: string) => void) | undefined;
}

/** Accepts connections until it is closed. */
export class HttpServer {
  readonly #options: HttpServerOptions;
  readonly #activity = new PeerActivity();
  /** Undefined where nobody can be cut, and so nobody needs to be looked at. */
  readonly #table = canSeeSockets() ? openTcpTable() : undefined;
  readonly #closing = new AbortController();
  /** The last one accepts; those before still answer on the connections that they have. */
  readonly #listeners: Deno.HttpServer<Deno.NetAddr>[] = [];
  /** Undefined when it could not be seen. */
  #listeningInode: number | undefined;
  #isListeningAgain = false;
  #hasTold = false;
  readonly #finished = Promise.withResolvers<void>();
  /** Looking which to cut takes one, too; undefined where nobody is cut. */
  readonly #spareDescriptor: SpareDescriptor | undefined;
  #backOffMs = SHORTEST_BACK_OFF_MS;
  readonly addr: Deno.NetAddr;
  /** False where small writes may be held back by Nagle's algorithm. */
  readonly nagleDisabled: boolean;

  /** Listens at once. @throws whatever `Deno.serve` throws for an address or a certificate */
  constructor(options: HttpServerOptions) {
    this.#options = options;
    const { addr, nagleDisabled } = this.#listen(options.listen.port);
    this.addr = addr;
    this.nagleDisabled = nagleDisabled;
    if (this.#table === undefined) return;
    this.#spareDescriptor = new SpareDescriptor();
    void this.#sweepAll(this.#table);
  }

  /** Resolves when it was closed and all its requests have ended. */
  get finished(): Promise<void> {
    return this.#finished.promise;
  }

  /**
   * Stops accepting, and waits for open requests. A second call has its own grace.
   * @returns whether all requests have ended within `graceMs`
   */
  async close({ graceMs }: { graceMs: number }): Promise<boolean> {
    this.#closing.abort();
    this.#spareDescriptor?.[Symbol.dispose]();
    const { clock } = this.#options;
    const over = new AbortController();
    void Promise.allSettled(this.#listeners.map((one) => one.shutdown())).then(() => {
      over.abort();
      this.#finished.resolve();
    });
    await clock.sleepUntil(clock.now() + graceMs, over.signal);
    if (over.signal.aborted) return true;
    // A client that reads no further must hold nothing up. Aborting a server while it shuts down
    // would throw past every catch (BadResource, Deno 2.6.8 to 2.9.6).
    for (const one of this.#listeners) one.unref();
    return false;
  }

  #listen(port: number): Pick<HttpServer, "addr" | "nagleDisabled"> {
    const { listen: { hostname }, tls, onError } = this.#options;
    const before = listeningInodes();
    const server = Deno.serve({
      hostname,
      port,
      ...(tls === undefined ? {} : { cert: tls.certPem, key: tls.keyPem }),
      handler: this.#table === undefined
        ? this.#options.handler
        : (request, info) => this.#handle(request, info),
      // Without these two the runtime prints.
      onError,
      onListen: () => {},
    });
    this.#listeners.push(server);
    server.finished.catch((error) => {
      // Deno 2.6.8 tells of an earlier one only when that one's last connection has gone.
      if (server === this.#listeners.at(-1)) void this.#listenAgain(error);
    });
    const match = { localPort: server.addr.port, listening: true };
    this.#listeningInode = listeningInodes(match).find((inode) => !before.includes(inode));
    return { addr: server.addr, nagleDisabled: disableNagle(match) > 0 };
  }

  #handle(
    request: Request,
    info: Deno.ServeHandlerInfo<Deno.NetAddr>,
  ): Response | Promise<Response> {
    const { port } = info.remoteAddr;
    this.#activity.began(port);
    const end = () => this.#activity.ended(port);
    info.completed.then(end, end);
    const answer = this.#options.handler(request, info);
    if (!(answer instanceof Promise)) return answer;
    return answer.then((response) => {
      if (response.status === 101) this.#activity.upgraded(port);
      return response;
    });
  }

  async #sweepAll(table: TcpTable): Promise<void> {
    using open = table;
    const { clock } = this.#options;
    const { signal } = this.#closing;
    for (let pauseMs = SWEEP_MS; !signal.aborted;) {
      await clock.sleepUntil(clock.now() + pauseMs, signal);
      if (signal.aborted) return;
      const startMs = clock.now();
      await this.#sweep(open);
      const wantedMs = Math.max(SWEEP_MS, (clock.now() - startMs) / SWEEP_SHARE);
      const isInTrouble = this.#backOffMs > SHORTEST_BACK_OFF_MS;
      pauseMs = isInTrouble ? TROUBLED_SWEEP_MS : Math.min(wantedMs, LONGEST_PAUSE_MS);
    }
  }

  async #sweep(table: TcpTable): Promise<void> {
    const { clock } = this.#options;
    const before = this.#activity.snapshot();
    const sockets = await table.socketsAt(this.addr.port);
    if (this.#closing.signal.aborted) return;
    const connections = sockets.filter(({ listening }) => !listening);
    const ports = connections.map(({ remotePort }) => remotePort);
    const overdue = this.#activity.overdue(ports, clock.now(), before);
    if (overdue.size > 0) this.#cut(() => overdue);
    const isListening = sockets.some(({ listening, inode }) =>
      listening && (this.#listeningInode ?? inode) === inode
    );
    if (isListening) this.#backOffMs = SHORTEST_BACK_OFF_MS;
    // Here too, because Deno 2.6.8 tells only when the last connection has gone.
    else void this.#listenAgain(new Error("its listening socket is gone"));
  }

  /** Cuts those of the connections whose peers' ports are chosen. */
  #cut(choose: (ports: number[]) => ReadonlySet<number>): void {
    this.#spareDescriptor?.lend(() => {
      const sockets = ownSockets({ localPort: this.addr.port, listening: false });
      const chosen = choose(sockets.map(({ remotePort }) => remotePort));
      cutConnections(sockets.filter(({ remotePort }) => chosen.has(remotePort)));
    });
  }

  /** Until it succeeds; one attempt at a time, ever more seldom. */
  async #listenAgain(error: unknown): Promise<void> {
    if (this.#isListeningAgain || this.#closing.signal.aborted) return;
    this.#isListeningAgain = true;
    this.#tell(error);
    const { clock } = this.#options;
    do {
      if (this.#table !== undefined) this.#cut((ports) => this.#activity.dispensable(ports));
      await clock.sleepUntil(clock.now() + this.#backOffMs, this.#closing.signal);
      if (this.#closing.signal.aborted) return;
      this.#backOffMs = Math.min(LONGEST_BACK_OFF_MS, 2 * this.#backOffMs);
    } while (!this.#listensNow());
    this.#isListeningAgain = false;
  }

  #listensNow(): boolean {
    try {
      this.#listen(this.addr.port);
      return true;
    } catch {
      return false; // still no descriptor, or somebody else has the port for now
    }
  }

  #tell(error: unknown): void {
    if (this.#hasTold) return;
    this.#hasTold = true;
    const why = messageOf(error).replace(/^Error: /, "");
    this.#options.onInterrupted?.(
      `The server on ${formatAddress(this.addr)} could take no more connections (${why}). ` +
        "It cut those without a request and listens again; clients were turned away meanwhile. " +
        "A higher limit of open files (ulimit -n) leaves room for them",
    );
  }
}

function listeningInodes(match: SocketMatch = {}): number[] {
  return ownSockets({ ...match, listening: true }).map(({ inode }) => inode);
}

/** A body is larger than its reader takes; the rest of it was not read. */
export class BodyTooLargeError extends Error {
  override name = "BodyTooLargeError";
}

/** @throws {BodyTooLargeError} as soon as more than `mostBytes` have come */
export async function readBody(
  body: ReadableStream<Uint8Array> | null,
  { mostBytes }: { mostBytes: number },
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop early cancels the rest of the body.
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > mostBytes) throw new BodyTooLargeError(`expected at most ${mostBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
