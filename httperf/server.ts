/**
 * How does the block server get a port, and how does it leave it? Listens with TLS for HTTP/2 and
 * HTTP/1.1. Never decides what a request is answered with.
 * @module
 */

import { CannotRunError, messageOf } from "../core/errors.ts";
import { disableNagle } from "../core/net/tcp_no_delay.ts";
import { BlockService, type BlockServiceOptions, type ServerStats } from "./block_service.ts";

export type { ServerEvent, ServerStats } from "./block_service.ts";

/**
 * Streams that Deno.serve allows on one HTTP/2 connection (SETTINGS_MAX_CONCURRENT_STREAMS); there
 * is no option for it. A client's further requests wait until one of them ends.
 */
export const STREAMS_PER_CONNECTION = 200;

/** How long connections may take to go once their responses have been cut. */
const CUT_GRACE_MS = 1_000;

export interface BlockServerOptions extends BlockServiceOptions {
  /** Port 0 takes a free one. */
  readonly listen: { readonly hostname: string; readonly port: number };
  readonly tls: { readonly certPem: string; readonly keyPem: string };
  /** Lets several servers (threads) share one port; needs the runtime's unstable "net" feature. */
  readonly reusePort?: boolean;
}

/** A server that accepts connections. */
export interface BlockServer {
  /** The port in use. */
  readonly port: number;
  /** False where small blocks may be held back by Nagle's algorithm; worth a warning. */
  readonly nagleDisabled: boolean;
  stats(): ServerStats;
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
    const { port } = server.addr;
    return {
      port,
      nagleDisabled: disableNagle({ localPort: port, listening: true }) > 0,
      stats: () => service.stats(),
      finished: server.finished,
      close: ({ graceMs }) => closeServer(server, { service, clock: options.clock, graceMs }),
    };
  });
}

function listen(
  options: BlockServerOptions,
  service: BlockService,
): Deno.HttpServer<Deno.NetAddr> {
  const { hostname, port } = options.listen;
  try {
    return Deno.serve({
      hostname,
      port,
      cert: options.tls.certPem,
      key: options.tls.keyPem,
      reusePort: options.reusePort ?? false,
      handler: (request, info) => service.handle(request, info),
      // Without these two the runtime prints.
      onError: (error) => service.handleError(error),
      onListen: () => {},
    });
  } catch (error) {
    throw cannotListen(error, options.listen);
  }
}

async function closeServer(
  server: Deno.HttpServer<Deno.NetAddr>,
  options: { service: BlockService; clock: BlockServerOptions["clock"]; graceMs: number },
): Promise<void> {
  const { service, clock, graceMs } = options;
  const stopped = new AbortController();
  const shutdown = server.shutdown().then(() => stopped.abort());
  await clock.sleepUntil(clock.now() + graceMs, stopped.signal);
  if (stopped.signal.aborted) return await shutdown;
  service.cutAll();
  // Bounded, because a request that an extra handler never answers cannot be cut: aborting a server
  // that is shutting down throws past every catch (BadResource, Deno 2.6.8 to 2.9.6).
  await clock.sleepUntil(clock.now() + CUT_GRACE_MS, stopped.signal);
}

function cannotListen(
  error: unknown,
  address: { hostname: string; port: number },
): CannotRunError {
  const { hostname, port } = address;
  const place = `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
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
