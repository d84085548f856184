/**
 * How does the stand-in for Steve get a socket, with TLS or without? One port for Steve and for the
 * API server behind it, as the real one has it.
 * @module
 */

import { CannotRunError, messageOf } from "../../core/errors.ts";
import { formatAddress } from "../../core/net/address.ts";
import { HttpServer } from "../../core/net/http_server.ts";
import { createServerIdentity, defaultHosts, type ServerIdentity } from "../../core/net/mini_ca.ts";
import { Steve, type SteveAccount, type SteveOptions } from "./steve.ts";

/** How long connections may take to go once their sockets are closed. */
const CLOSE_GRACE_MS = 500;

interface SteveServerOptions extends SteveOptions {
  /** Port 0 takes a free one. */
  readonly listen: { readonly hostname: string; readonly port: number };
  /** False: plain HTTP, which a cookie marked as secure is not sent over. */
  readonly tls: boolean;
  /** Told once when clients had to be turned away; the server goes on by itself. */
  readonly onInterrupted?: ((message: string) => void) | undefined;
}

export interface SteveServer {
  /** `https://127.0.0.1:PORT`: for STEVE_URL. */
  readonly url: string;
  /** Undefined without TLS. */
  readonly caPem: string | undefined;
  readonly account: SteveAccount;
  /** Closes all sockets, and resolves when the port is free, or soon. */
  close(): Promise<void>;
}

/** @throws {CannotRunError} if the address cannot be had */
export async function startSteveServer(options: SteveServerOptions): Promise<SteveServer> {
  const { listen, tls, clock } = options;
  const identity = tls
    ? await createServerIdentity({
      hosts: [...new Set([listen.hostname, ...defaultHosts()])],
      now: clock.wallNow(),
    })
    : undefined;
  const steve = await Steve.start(options);
  const server = listenOn(options, { identity, steve });
  const { port } = server.addr;
  return {
    url: `${tls ? "https" : "http"}://${formatAddress({ hostname: listen.hostname, port })}`,
    caPem: identity?.caPem,
    get account() {
      return steve.account;
    },
    async close() {
      steve[Symbol.dispose]();
      await server.close({ graceMs: CLOSE_GRACE_MS });
    },
  };
}

function listenOn(
  { listen, clock, onInterrupted }: SteveServerOptions,
  { identity, steve }: { identity: ServerIdentity | undefined; steve: Steve },
): HttpServer {
  try {
    return new HttpServer({
      listen,
      tls: identity,
      clock,
      handler: (request, info) => steve.answer(request, info),
      // What a defect is answered with, the client shows.
      onError: (error) => new Response(`Sandbox defect: ${messageOf(error)}\n`, { status: 500 }),
      onInterrupted,
    });
  } catch (error) {
    steve[Symbol.dispose]();
    const place = formatAddress(listen);
    throw new CannotRunError(`Cannot listen on ${place}: ${messageOf(error)}`, { cause: error });
  }
}
