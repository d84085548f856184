/**
 * How does the block server get a port, and how does it leave it? Listens with TLS for HTTP/2 and
 * HTTP/1.1. Never decides what a request is answered with.
 * @module
 */

import { CannotRunError, messageOf } from "../core/errors.ts";
import { formatAddress } from "../core/net/address.ts";
import { HttpsServer, type HttpsServerOptions } from "../core/serve/https_server.ts";
import type { ServerConnections } from "../core/serve/server_connections.ts";
import { BlockService, type BlockServiceOptions, type ServerStats } from "./block_service.ts";

export type { ServerEvent, ServerStats } from "./block_service.ts";

/** How long connections may take to go once their responses have been cut. */
const CUT_GRACE_MS = 1_000;

export type BlockServerOptions =
  & BlockServiceOptions
  & Pick<HttpsServerOptions, "listen" | "tls" | "reusePort" | "onInterrupted" | "onConnection">;

/** A server that accepts connections. */
export interface BlockServer {
  /** The port in use. */
  readonly port: number;
  /** False where small blocks may be held back by Nagle's algorithm; worth a warning. */
  readonly nagleDisabled: boolean;
  stats(): ServerStats;
  /** What became of its connections so far. */
  connections(): ServerConnections;
  /** Resolves when the server has stopped. */
  readonly finished: Promise<void>;
  /**
   * Stops accepting, lets open responses end for `graceMs` and then cuts them. A second call has
   * its own grace, so that an impatient user can shorten the first.
   */
  close(options: { graceMs: number }): Promise<void>;
}

/**
 * Starts to listen; the port is open when the promise resolves.
 * @throws {CannotRunError} if the address cannot be had or the certificate cannot be used
 */
export function startBlockServer(options: BlockServerOptions): Promise<BlockServer> {
  // A promise, so that every failure to start is a rejection.
  return Promise.resolve().then(() => {
    const service = new BlockService(options);
    const server = listen(options, service);
    return {
      port: server.addr.port,
      nagleDisabled: server.nagleDisabled,
      stats: () => service.stats(),
      connections: () => server.connections(),
      finished: server.finished,
      async close({ graceMs }) {
        if (await server.close({ graceMs })) return;
        service.cutAll();
        // Bounded, because a client that reads no further takes no end either.
        if (await server.close({ graceMs: CUT_GRACE_MS })) return;
        server.cut();
        await server.finished;
      },
    };
  });
}

/** Many small requests on one connection: a limit of ours would be one of the client's load. */
const MOST_STREAMS_OF_CONNECTION = 10_000;

function listen(options: BlockServerOptions, service: BlockService): HttpsServer {
  try {
    return new HttpsServer({
      ...options,
      settings: { maxConcurrentStreams: MOST_STREAMS_OF_CONNECTION },
      handler: (exchange) => service.handle(exchange),
      onError: (error) => service.handleError(error),
    });
  } catch (error) {
    throw cannotListen(error, options.listen);
  }
}

function cannotListen(
  error: unknown,
  address: { hostname: string; port: number },
): CannotRunError {
  const place = formatAddress(address);
  const options = { cause: error };
  if (error instanceof Deno.errors.AddrInUse) {
    const advice = "choose another port with --listen or stop the program that has it";
    return new CannotRunError(`Cannot listen on ${place}: the port is taken; ${advice}`, options);
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    const advice = "choose a port of 1024 or above";
    return new CannotRunError(`Cannot listen on ${place}: not permitted; ${advice}`, options);
  }
  if (error instanceof Deno.errors.AddrNotAvailable) {
    const advice = "this machine has no such address; 0.0.0.0 means all it has";
    return new CannotRunError(`Cannot listen on ${place}: ${advice}`, options);
  }
  return new CannotRunError(`Cannot listen with TLS on ${place}: ${messageOf(error)}`, options);
}
