/**
 * How does the stand-in get a TLS socket, and how does a request get from there to its service? Knows
 * no object and no rule of the API.
 * @module
 */

import { CannotRunError, messageOf } from "../core/errors.ts";
import { formatAddress } from "../core/net/address.ts";
import { HttpServer } from "../core/net/http_server.ts";
import { createServerIdentity, defaultHosts, type ServerIdentity } from "../core/net/mini_ca.ts";
import type { SandboxAccount } from "./account.ts";
import type { ApiHandler } from "./faults/fault.ts";
import { refusalAnswer } from "./kubernetes/answers/answers.ts";
import { ApiError } from "./kubernetes/answers/api_error.ts";
import { type Api, SandboxService, type ServiceOptions, URL_PREFIX } from "./service.ts";

/** How long connections may take to go once their watches have ended. */
const CLOSE_GRACE_MS = 500;

interface SandboxServerOptions extends ServiceOptions {
  /** Port 0 takes a free one. */
  readonly listen: { readonly hostname: string; readonly port: number };
  /** Told once when clients had to be turned away; the server goes on by itself. */
  readonly onInterrupted?: ((message: string) => void) | undefined;
  /** Makes what answers, once it is known where; it is disposed with the server. */
  readonly createApi: (at: ListenedAt) => Promise<Api>;
}

export interface ListenedAt {
  readonly hostname: string;
  readonly port: number;
  readonly caPem: string;
}

export interface SandboxServer {
  /** For clients. */
  readonly url: string;
  readonly caPem: string;
  /** Answers without faults; for traffic of the sandbox's own. */
  readonly handler: ApiHandler;
  /** Answers as over its own socket: for a server that passes requests on. */
  answer(request: Request, info: Pick<Deno.ServeHandlerInfo, "completed">): Promise<Response>;
  account(): Omit<SandboxAccount, "trafficWrites">;
  /** Ends watches, and resolves when the port is free, or soon. */
  close(): Promise<void>;
}

/** @throws {CannotRunError} if the address cannot be had */
export async function startServer(options: SandboxServerOptions): Promise<SandboxServer> {
  const { listen, clock } = options;
  const identity = await createServerIdentity({
    hosts: [...new Set([...hostsOf(listen.hostname), ...defaultHosts()])],
    now: clock.wallNow(),
  });
  const service = new SandboxService(options);
  const server = listenOn(options, { identity, service });
  const { port } = server.addr;
  const hostname = isAnyAddress(listen.hostname) ? "127.0.0.1" : listen.hostname;
  const { caPem } = identity;
  const api = await options.createApi({ hostname, port, caPem });
  const handler: ApiHandler = (call) => api.handle(call);
  service.begin(handler);
  return {
    url: `https://${formatAddress({ hostname, port })}${URL_PREFIX}`,
    caPem,
    handler,
    answer: (request, info) => service.answer(request, info),
    account: () => service.account(),
    async close() {
      service.stop();
      api[Symbol.dispose]();
      await server.close({ graceMs: CLOSE_GRACE_MS });
    },
  };
}

function listenOn(
  { listen, clock, onInterrupted }: SandboxServerOptions,
  { identity, service }: { identity: ServerIdentity; service: SandboxService },
): HttpServer {
  try {
    return new HttpServer({
      listen,
      tls: identity,
      clock,
      handler: (request, info) => service.answer(request, info),
      // What a defect is answered with, the client shows.
      onError: (error) =>
        refusalAnswer(new ApiError({ code: 500, message: `Sandbox defect: ${messageOf(error)}` })),
      onInterrupted,
    });
  } catch (error) {
    const place = formatAddress(listen);
    const why = error instanceof Deno.errors.AddrInUse
      ? "the port is taken; choose another with --listen, or 0 for any"
      : messageOf(error);
    throw new CannotRunError(`Cannot listen on ${place}: ${why}`, { cause: error });
  }
}

function isAnyAddress(hostname: string): boolean {
  return hostname === "0.0.0.0" || hostname === "::";
}

/** All interfaces have no name that a certificate could hold. */
function hostsOf(hostname: string): string[] {
  return isAnyAddress(hostname) ? [] : [hostname];
}
