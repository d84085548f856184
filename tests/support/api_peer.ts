/**
 * An API server that a test writes: it keeps every request that it gets and answers it with what the
 * test's function returns. Real HTTP over real TLS, on 127.0.0.1 alone; it checks nothing.
 * @module
 */

import { createServerIdentity, type ServerIdentity } from "../../core/net/mini_ca.ts";

/** One request, as it came over the wire. */
export interface Received {
  readonly method: string;
  /** Without the query, and as it was sent: nothing is decoded. */
  readonly path: string;
  /** With its question mark; empty without one. */
  readonly query: string;
  readonly headers: Headers;
  readonly body: string;
  /** Of the client's end of the connection. */
  readonly port: number;
}

/** A Response as it is; anything else is sent as JSON with status 200. */
export type Answering = (request: Received) => unknown;

export interface ApiPeerOptions {
  /** Undefined: plain HTTP. */
  readonly identity?: Pick<ServerIdentity, "certPem" | "keyPem"> | undefined;
  /** Sees a request before its body is read; a Response that it returns is the answer. */
  readonly before?: (request: Request) => Response | undefined;
}

/** Valid for 127.0.0.1 and for a name that nobody resolves. */
export const PEER_NAME = "kubernetes.test";
export const peerIdentity = await createServerIdentity({
  hosts: ["127.0.0.1", PEER_NAME],
  now: new Date(),
});

export class ApiPeer implements AsyncDisposable {
  readonly received: Received[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #scheme: "http" | "https";
  #answer: Answering;

  constructor(
    answer: Answering = () => ({ kind: "None", metadata: {} }),
    options: ApiPeerOptions = {},
  ) {
    const { identity, before } = { identity: peerIdentity, ...options };
    this.#answer = answer;
    this.#scheme = identity === undefined ? "http" : "https";
    this.#server = Deno.serve({
      hostname: "127.0.0.1",
      port: 0,
      onListen: () => {},
      ...(identity === undefined ? {} : { cert: identity.certPem, key: identity.keyPem }),
    }, (request, info) => before?.(request) ?? this.#serve(request, info));
  }

  get port(): number {
    return this.#server.addr.port;
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${this.port}`;
  }

  /** `GET /api/v1/namespaces?limit=1` of each request in turn. */
  get lines(): string[] {
    return this.received.map(({ method, path, query }) => `${method} ${path}${query}`);
  }

  /** The only request, or the last one. */
  get last(): Received {
    const last = this.received.at(-1);
    if (last === undefined) throw new Error("The peer has received no request");
    return last;
  }

  /** The client's ports, each once, in the order in which they first had a request. */
  get clientPorts(): number[] {
    return [...new Set(this.received.map(({ port }) => port))];
  }

  /** From now on requests are answered so. */
  onRequest(answer: Answering): void {
    this.#answer = answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  async #serve(request: Request, info: Deno.ServeHandlerInfo<Deno.NetAddr>): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    const received: Received = {
      method: request.method,
      path: pathname,
      query: search,
      headers: new Headers(request.headers),
      body: await request.text(),
      port: info.remoteAddr.port,
    };
    this.received.push(received);
    const answer = await this.#answer(received);
    return answer instanceof Response ? answer : Response.json(answer);
  }
}

/** What an API server says instead of success. */
export function statusAnswer(
  code: number,
  { reason, message = reason ?? `status ${code}`, details, headers }: {
    reason?: string;
    message?: string;
    details?: unknown;
    headers?: Record<string, string>;
  } = {},
): Response {
  const body = {
    kind: "Status",
    apiVersion: "v1",
    status: "Failure",
    message,
    reason,
    details,
    code,
  };
  return Response.json(body, { status: code, ...(headers === undefined ? {} : { headers }) });
}

/** A body that the test writes piece by piece; `cancelled` resolves when the client has left. */
export function openBody() {
  let controller!: ReadableStreamDefaultController<Uint8Array>;
  const left = Promise.withResolvers<void>();
  const body = new ReadableStream<Uint8Array>({
    start: (given) => {
      controller = given;
    },
    cancel: () => left.resolve(),
  });
  const encoder = new TextEncoder();
  return {
    body,
    cancelled: left.promise,
    write: (text: string) => controller.enqueue(encoder.encode(text)),
    close: () => controller.close(),
  };
}
