/**
 * What does the server answer to each request? Blocks, its health, its counters, or a plain refusal.
 * Never listens on a port and never logs: what happens is told through `onEvent`.
 * @module
 */

import { messageOf } from "../core/errors.ts";
import type { Clock } from "../core/load/clock.ts";
import { BodyTooLargeError, readBody } from "../core/net/http_server.ts";
import { BlockBody, BlockChunks } from "./block_body.ts";
import type { FlushMode } from "./block_schedule.ts";
import { type BlocksRequest, parseBlocksQuery } from "./blocks.ts";
import {
  type ByteAccount,
  ByteAccounts,
  type StreamOutcome,
  sumOfAccounts,
} from "./byte_accounts.ts";

/** Something worth a line in a log; the service itself writes none. */
export type ServerEvent =
  | { readonly kind: "opened"; readonly client: string; readonly request: BlocksRequest }
  | {
    readonly kind: "ended";
    readonly client: string;
    readonly request: BlocksRequest;
    readonly outcome: StreamOutcome;
    /** Bytes handed to the connection. */
    readonly bytes: number;
    readonly durationMs: number;
  }
  | {
    readonly kind: "refused";
    readonly client: string;
    readonly status: number;
    readonly message: string;
  }
  /** A defect of this server or of an extra handler; the request was answered with 500. */
  | { readonly kind: "failed"; readonly message: string };

/** What `/stats` answers, as JSON. */
export interface ServerStats {
  /** Since the start of the service, ms; with `bytes` it gives a rate between two looks. */
  readonly elapsedMs: number;
  readonly openStreams: number;
  readonly total: ByteAccount;
  /** By the `client` parameter, else the `x-scaletool-run` header, else the remote address. */
  readonly clients: Readonly<Record<string, ByteAccount>>;
}

export interface BlockServiceOptions {
  /** What the servers beside this one on the same port have counted; `/stats` adds it. */
  readonly otherStats?: () => readonly ServerStats[];
  readonly clock: Clock;
  /** The largest `size` that is answered. */
  readonly maxBlockBytes: number;
  /** Responses with blocks that may be open at a time; more are turned away with 503. */
  readonly maxStreams: number;
  readonly flush: FlushMode;
  /** Asked for every path that is not the service's own; undefined means 404. */
  readonly extraHandler?: (request: Request) => Promise<Response> | undefined;
  readonly onEvent?: (event: ServerEvent) => void;
}

/** What the service needs to know of a connection; `Deno.ServeHandlerInfo` is one. */
interface RequestInfo {
  readonly remoteAddr: Deno.Addr;
  /** Resolves when the response has been sent, rejects when it has not. */
  readonly completed: Promise<void>;
}

/** Why an open response was broken off by the server itself. */
class ServerClosedError extends Error {
  override name = "ServerClosedError";
}

/** The routes of the block server. */
export class BlockService {
  readonly #options: BlockServiceOptions;
  readonly #accounts = new ByteAccounts();
  readonly #chunks = new BlockChunks();
  readonly #open = new Set<BlockBody>();
  readonly #startMs: number;

  constructor(options: BlockServiceOptions) {
    this.#options = options;
    this.#startMs = options.clock.now();
  }

  stats(): ServerStats {
    return {
      elapsedMs: this.#options.clock.now() - this.#startMs,
      openStreams: this.#open.size,
      total: this.#accounts.total,
      clients: this.#accounts.clients,
    };
  }

  /** Breaks every open response off; each is counted as cancelled. */
  cutAll(): void {
    for (const body of this.#open) body.cut(new ServerClosedError("server closed"));
  }

  async handle(request: Request, info: RequestInfo): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === "/blocks") return await this.#answerBlocks(request, info);
    if (pathname === "/healthz") return plainText(200, "ok");
    if (pathname === "/stats") {
      const others = this.#options.otherStats?.() ?? [];
      return Response.json([this.stats(), ...others].reduce(sumOfStats));
    }
    return await this.#options.extraHandler?.(request) ??
      plainText(404, `No such path: expected /blocks, /healthz or /stats`);
  }

  /** Takes what a handler or a body threw, so that the runtime does not print it. */
  handleError(error: unknown): Response {
    if (!(error instanceof ServerClosedError)) {
      this.#options.onEvent?.({ kind: "failed", message: messageOf(error) });
    }
    return plainText(500, "Internal error");
  }

  async #answerBlocks(request: Request, info: RequestInfo): Promise<Response> {
    const { maxBlockBytes, maxStreams } = this.#options;
    const caller = callerOf(request, info);
    let asked: BlocksRequest;
    try {
      const params = await requestParams(request);
      caller.client = new URLSearchParams(params).get("client") || caller.client;
      asked = parseBlocksQuery(params, { maxBlockBytes });
    } catch (error) {
      // What is no mistake in the parameters is a form that broke off; nobody reads the answer then.
      return this.#refuse(caller.client, { status: 400, message: messageOf(error) });
    }
    if (caller.isHead) return new Response(null, { headers: lengthHeaders(asked) });
    if (this.#open.size >= maxStreams) {
      const message = `Too many open streams: at most ${maxStreams} are served at a time`;
      return this.#refuse(caller.client, { status: 503, message });
    }
    const body = this.#openBody(asked, caller);
    // Only without pacing: curl and HTTP/1.1 clients take a response for finished once they have the
    // announced bytes, and so would go without the period that is due after the last block. A body
    // cut short is told apart all the same, by a reset (HTTP/2) or a missing last chunk (HTTP/1.1).
    const headers = asked.periodMs === 0 ? lengthHeaders(asked) : typeHeaders();
    return new Response(body.stream, { headers });
  }

  #openBody(request: BlocksRequest, caller: Caller): BlockBody {
    const { clock, flush, onEvent } = this.#options;
    const { client } = caller;
    const startMs = clock.now();
    const onBytes = (bytes: number) => this.#accounts.add(client, "bytes", bytes);
    const body = new BlockBody(request, { clock, flush, chunks: this.#chunks, onBytes });
    this.#open.add(body);
    this.#accounts.add(client, "streams");
    onEvent?.({ kind: "opened", client, request });
    void caller.isSent.then((isSent) => {
      const outcome = body.isEnded && isSent ? "completed" : "cancelled";
      this.#open.delete(body);
      this.#accounts.add(client, outcome);
      const durationMs = clock.now() - startMs;
      onEvent?.({ kind: "ended", client, request, outcome, bytes: body.sentBytes, durationMs });
    });
    return body;
  }

  #refuse(client: string, refusal: { status: 400 | 503; message: string }): Response {
    const { status, message } = refusal;
    this.#accounts.add(client, status === 503 ? "rejected" : "invalid");
    this.#options.onEvent?.({ kind: "refused", client, status, message });
    return plainText(status, message);
  }
}

/** Who asks, and what becomes of the answer. */
interface Caller {
  /** The name that its traffic is counted under. */
  client: string;
  readonly isHead: boolean;
  /** Resolves when the response is over: false if it is known not to have reached the client. */
  readonly isSent: Promise<boolean>;
}

/** Read at once, because a request whose client has gone throws at every look (TypeError). */
function callerOf(request: Request, info: RequestInfo): Caller {
  const { remoteAddr } = info;
  const address = "hostname" in remoteAddr ? remoteAddr.hostname : "unknown";
  // HTTP/2 has :authority in place of the host header that HTTP/1.1 demands (RFC 9113, 8.3.1). Over
  // HTTP/1.1 the promise says little: Deno 2.9.6 resolves it for a client that went away, 2.6.8
  // rejects it for a sound response with a length. There the end of the body has to do.
  const isHttp1 = request.headers.has("host");
  return {
    client: new URL(request.url).searchParams.get("client") ||
      request.headers.get("x-scaletool-run") || address,
    isHead: request.method === "HEAD",
    isSent: info.completed.then(() => true, () => isHttp1),
  };
}

function typeHeaders(): Record<string, string> {
  return { "content-type": "application/octet-stream" };
}

/** A HEAD may announce the length of a response that is sent without one: RFC 9110 section 8.6. */
function lengthHeaders(request: BlocksRequest): Record<string, string> {
  return { ...typeHeaders(), "content-length": String(request.sizeBytes * request.count) };
}

function plainText(status: number, message: string): Response {
  const headers = { "content-type": "text/plain; charset=utf-8" };
  return new Response(`${message}\n`, { status, headers });
}

function sumOfStats(one: ServerStats, other: ServerStats): ServerStats {
  const clients = new Map(Object.entries(one.clients));
  for (const [name, account] of Object.entries(other.clients)) {
    const known = clients.get(name);
    clients.set(name, known === undefined ? account : sumOfAccounts(known, account));
  }
  return {
    elapsedMs: Math.max(one.elapsedMs, other.elapsedMs),
    openStreams: one.openStreams + other.openStreams,
    total: sumOfAccounts(one.total, other.total),
    clients: Object.fromEntries(clients),
  };
}

/** More than any request needs; a body without an end must not fill the memory. */
const MAX_FORM_BYTES = 64 * 1024;

/**
 * Where a request carries its parameters: the query of its URL, without the `?`, and the posted form
 * joined by `&`, undecoded; both count together, as in Go's ParseForm.
 * @throws {RangeError} if the form is larger than 64 KiB
 */
async function requestParams(request: Request): Promise<string> {
  const query = new URL(request.url).search.slice(1);
  if (!hasForm(request) || request.body === null) return query;
  const form = await readForm(request.body);
  return query === "" ? form : form === "" ? query : `${query}&${form}`;
}

function hasForm(request: Request): boolean {
  const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  return type === "application/x-www-form-urlencoded" &&
    ["POST", "PUT", "PATCH"].includes(request.method);
}

async function readForm(body: ReadableStream<Uint8Array>): Promise<string> {
  try {
    return new TextDecoder().decode(await readBody(body, { mostBytes: MAX_FORM_BYTES }));
  } catch (error) {
    if (!(error instanceof BodyTooLargeError)) throw error;
    throw new RangeError(`Cannot read the form: ${error.message}`, { cause: error });
  }
}
