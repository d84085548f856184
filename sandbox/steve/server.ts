/**
 * How does the stand-in for Steve get a socket, with TLS or without? One port for Steve and for the
 * API server behind it, as the real one has it.
 * @module
 */

import { CannotRunError, messageOf } from "../../core/errors.ts";
import { formatAddress } from "../../core/net/address.ts";
import { createServerIdentity, defaultHosts } from "../../core/net/mini_ca.ts";
import { disableNagle } from "../../core/net/tcp_no_delay.ts";
import { Steve, type SteveAccount, type SteveOptions } from "./steve.ts";

/** How long connections may take to go once their sockets are closed. */
const CLOSE_GRACE_MS = 500;

export interface SteveServerOptions extends SteveOptions {
  /** Port 0 takes a free one. */
  readonly listen: { readonly hostname: string; readonly port: number };
  /** False: plain HTTP, which a cookie marked as secure is not sent over. */
  readonly tls: boolean;
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
  const server = listenOn(listen, { identity, steve });
  const { port } = server.addr;
  disableNagle({ localPort: port, listening: true });
  return {
    url: `${tls ? "https" : "http"}://${formatAddress({ hostname: listen.hostname, port })}`,
    caPem: identity?.caPem,
    get account() {
      return steve.account;
    },
    async close() {
      steve[Symbol.dispose]();
      const over = new AbortController();
      const shutdown = server.shutdown().then(() => over.abort());
      await clock.sleepUntil(clock.now() + CLOSE_GRACE_MS, over.signal);
      if (over.signal.aborted) await shutdown;
    },
  };
}

function listenOn(
  { hostname, port }: SteveServerOptions["listen"],
  { identity, steve }: { identity: { certPem: string; keyPem: string } | undefined; steve: Steve },
): Deno.HttpServer<Deno.NetAddr> {
  const common = {
    hostname,
    port,
    // Without these two the runtime prints. What a defect is answered with, the client shows.
    onError: (error: unknown) =>
      new Response(`Sandbox defect: ${messageOf(error)}\n`, { status: 500 }),
    onListen: () => {},
    handler: (request: Request, info: Deno.ServeHandlerInfo) => steve.answer(request, info),
  };
  try {
    return identity === undefined
      ? Deno.serve(common)
      : Deno.serve({ ...common, cert: identity.certPem, key: identity.keyPem });
  } catch (error) {
    steve[Symbol.dispose]();
    const place = formatAddress({ hostname, port });
    throw new CannotRunError(`Cannot listen on ${place}: ${messageOf(error)}`, { cause: error });
  }
}
