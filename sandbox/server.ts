/**
 * How does the stand-in get a TLS socket, and how does a request get to it? Authenticates, counts and
 * lets faults answer first. Knows no object and no rule of the API.
 * @module
 */

import { CannotRunError, messageOf } from "../core/errors.ts";
import type { Clock } from "../core/load/clock.ts";
import type { Rng } from "../core/load/rng.ts";
import { formatAddress } from "../core/net/address.ts";
import { HttpServer } from "../core/net/http_server.ts";
import { createServerIdentity, defaultHosts, type ServerIdentity } from "../core/net/mini_ca.ts";
import { RequestAccount, type SandboxAccount } from "./account.ts";
import { authenticate } from "./authentication.ts";
import type { ApiHandler } from "./faults/fault.ts";
import { FaultChain } from "./faults/fault_chain.ts";
import type { FaultSpec } from "./faults/fault_spec.ts";
import { refusalAnswer } from "./kubernetes/answers/answers.ts";
import { ApiError } from "./kubernetes/answers/api_error.ts";
import { bodyText } from "./kubernetes/requests/request_body.ts";
import { seen } from "./request_kind.ts";

/**
 * In front of every path, so that one who sees the server's URL knows what it is. Paths without it
 * are answered as well: addresses from EndpointSlices have no path.
 */
const URL_PREFIX = "/sandbox";

/** How long connections may take to go once their watches have ended. */
const CLOSE_GRACE_MS = 500;

interface SandboxServerOptions {
  /** Port 0 takes a free one. */
  readonly listen: { readonly hostname: string; readonly port: number };
  readonly token: string;
  readonly faults: readonly FaultSpec[];
  readonly clock: Clock;
  readonly rng: Rng;
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

/** What answers, whatever the socket. */
interface Api extends Disposable {
  handle: ApiHandler;
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

/** Request -> answer. */
class SandboxService {
  readonly #token: string;
  readonly #faults: FaultChain;
  readonly #account = new RequestAccount();
  readonly #stopped = new AbortController();
  #handler: ApiHandler | undefined;

  constructor({ token, faults, clock, rng }: SandboxServerOptions) {
    this.#token = token;
    this.#faults = new FaultChain(faults, { clock, rng });
  }

  begin(handler: ApiHandler): void {
    this.#handler = handler;
  }

  stop(): void {
    this.#stopped.abort();
  }

  account(): Omit<SandboxAccount, "trafficWrites"> {
    const { requests, mostWatches } = this.#account;
    return { requests, mostWatches, faults: this.#faults.hits };
  }

  async answer(request: Request, info: Pick<Deno.ServeHandlerInfo, "completed">) {
    const { pathname, search } = new URL(request.url);
    const { method, headers } = request;
    const path = withoutPrefix(pathname) + search;
    const about = seen({ method, path });
    const answered = this.#account.request(about);
    const handler = this.#handler;
    if (handler === undefined) return new Response(null, { status: 503 }); // not there yet
    try {
      const user = authenticate(headers, { token: this.#token });
      const body = await bodyText(request);
      // Of other requests `completed` stays untouched: nobody would catch its rejection.
      const isWatch = about.kind === "watches";
      const signal = isWatch ? this.#untilOver(info.completed) : this.#stopped.signal;
      const call = { method, path, headers, body, user, signal };
      const answer = await this.#faults.answer(call, { seen: about, handler });
      answered(answer.status);
      if (isWatch && answer.ok) this.#account.watch(info.completed);
      return answer;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      answered(error.refusal.code);
      return refusalAnswer(error);
    }
  }

  /**
   * Of a watch. The request's own signal is left alone: since 2.9 Deno prints a line on stderr about
   * it. What it would tell beside this, that a client has left before its answer, concerns nobody.
   */
  #untilOver(completed: Promise<void>): AbortSignal {
    const over = new AbortController();
    const end = () => over.abort();
    completed.then(end, end);
    return AbortSignal.any([over.signal, this.#stopped.signal]);
  }
}

/** `/sandbox/api` -> `/api`. */
function withoutPrefix(pathname: string): string {
  if (pathname === URL_PREFIX) return "/";
  return pathname.startsWith(`${URL_PREFIX}/`) ? pathname.slice(URL_PREFIX.length) : pathname;
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
