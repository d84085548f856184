/**
 * What does the server answer to each request? Blocks, its health, its counters, or a plain refusal.
 * Never listens on a port and never logs: what happens is told through `onEvent`.
 * @module
 */

import { messageOf } from "../core/errors.ts";
import type { Clock } from "../core/load/clock.ts";
import { BodyTooLargeError } from "../core/net/http_server.ts";
import { DateField } from "../core/serve/date_field.ts";
import type { Answer, Exchange } from "../core/exchange.ts";
import { BlockBody, BlockChunks } from "./block_body.ts";
import type { FlushMode } from "./block_schedule.ts";
import type { BlocksRequest } from "./blocks.ts";
import {
  type ByteAccount,
  ByteAccounts,
  type ClientAccount,
  type StreamOutcome,
  sumOfAccounts,
} from "./byte_accounts.ts";
import { type BlocksQuery, clientIn, KnownQueries } from "./known_queries.ts";

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
  /** A defect of this server; the request was answered with 500. */
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
  readonly onEvent?: (event: ServerEvent) => void;
}

/** Unpaced bodies up to this size are given as a whole: one frame of HTTP/2. */
const WHOLE_BODY_BYTES = 16_384;
/** More than any request needs; thousands of forms without an end must not fill the memory. */
const MAX_FORM_BYTES = 4 * 1024;

/** The routes of the block server. */
export class BlockService {
  readonly #options: BlockServiceOptions;
  readonly #accounts = new ByteAccounts();
  readonly #bodies: ConstructorParameters<typeof BlockBody>[1];
  readonly #queries: KnownQueries;
  readonly #date: DateField;
  /** Responses with blocks that are not over. */
  readonly #open = new Set<Exchange>();
  readonly #startMs: number;

  constructor(options: BlockServiceOptions) {
    const { clock, flush } = options;
    this.#options = options;
    this.#bodies = { clock, flush, chunks: new BlockChunks() };
    this.#queries = new KnownQueries(options);
    this.#date = new DateField(clock);
    this.#startMs = clock.now();
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
    for (const exchange of [...this.#open]) exchange.cut();
  }

  handle(exchange: Exchange): void | Promise<void> {
    const { target } = exchange;
    const at = target.indexOf("?");
    const path = at < 0 ? target : target.slice(0, at);
    const query = at < 0 ? "" : target.slice(at + 1);
    if (path === "/blocks") {
      return hasForm(exchange)
        ? this.#answerForm(exchange, query)
        : this.#answerBlocks(exchange, query);
    }
    exchange.answer(this.#answerOf(path));
  }

  /** What to answer when {@link handle} threw. */
  handleError(error: unknown): Answer {
    this.#options.onEvent?.({ kind: "failed", message: messageOf(error) });
    return this.#plainText(500, "Internal error");
  }

  #answerOf(path: string): Answer {
    if (path === "/healthz") return this.#plainText(200, "ok");
    if (path !== "/stats") {
      return this.#plainText(404, "No such path: expected /blocks, /healthz or /stats");
    }
    const others = this.#options.otherStats?.() ?? [];
    const stats = JSON.stringify([this.stats(), ...others].reduce(sumOfStats));
    return this.#text(200, { type: "application/json", text: stats });
  }

  /** Query and posted form count together, undecoded and joined by `&`, as in Go's ParseForm. */
  async #answerForm(exchange: Exchange, query: string): Promise<void> {
    let isGone = false;
    let form: string;
    exchange.onOver = () => isGone = true;
    try {
      form = await readForm(exchange);
      if (isGone) throw new Error("The client has gone");
    } catch (error) {
      // What is no mistake in the parameters is a form that broke off; nobody reads the answer then.
      return this.#refuse(exchange, { query, status: 400, message: messageOf(error) });
    }
    this.#answerBlocks(exchange, query === "" || form === "" ? query + form : `${query}&${form}`);
  }

  #answerBlocks(exchange: Exchange, query: string): void {
    const { maxStreams } = this.#options;
    let read: BlocksQuery;
    try {
      read = this.#queries.read(query);
    } catch (error) {
      return this.#refuse(exchange, { query, status: 400, message: messageOf(error) });
    }
    const { asked } = read;
    if (exchange.method === "HEAD") {
      return exchange.answer({ status: 200, headers: this.#lengthHeaders(asked) });
    }
    if (this.#open.size >= maxStreams) {
      const message = `Too many open streams: at most ${maxStreams} are served at a time`;
      return this.#refuse(exchange, { query, status: 503, message });
    }
    const account = this.#accounts.of(read.client ?? callerOf(exchange));
    const body = this.#bodyOf(asked, account);
    account.add("streams");
    this.#open.add(exchange);
    exchange.onOver = (isSent) => {
      this.#open.delete(exchange);
      account.add(isSent ? "completed" : "cancelled");
    };
    if (this.#options.onEvent !== undefined) this.#tellOf(exchange, read, body);
    // Only without pacing: curl and HTTP/1.1 clients take a response for finished once they have the
    // announced bytes, and so would go without the period that is due after the last block. A body
    // cut short is told apart all the same, by a reset (HTTP/2) or a missing last chunk (HTTP/1.1).
    const headers = asked.periodMs === 0 ? this.#lengthHeaders(asked) : this.#typeHeaders();
    exchange.answer({ status: 200, headers, body });
  }

  #bodyOf(request: BlocksRequest, account: ClientAccount): BlockBody | Uint8Array {
    const totalBytes = request.sizeBytes * request.count;
    if (request.periodMs !== 0 || totalBytes > WHOLE_BODY_BYTES) {
      return new BlockBody(request, this.#bodies, account.addBytes);
    }
    account.addBytes(totalBytes);
    return this.#bodies.chunks.next(request.sizeBytes, 0, totalBytes);
  }

  /** That it begins now, and, once it is over, how. */
  #tellOf(
    exchange: Exchange,
    { asked: request, client = callerOf(exchange) }: BlocksQuery,
    body: BlockBody | Uint8Array,
  ): void {
    const { clock, onEvent } = this.#options;
    const { onOver } = exchange;
    const startMs = clock.now();
    onEvent?.({ kind: "opened", client, request });
    exchange.onOver = (isSent) => {
      onOver?.(isSent);
      const outcome = isSent ? "completed" : "cancelled";
      const bytes = body instanceof BlockBody ? body.sentBytes : body.length;
      const durationMs = clock.now() - startMs;
      onEvent?.({ kind: "ended", client, request, outcome, bytes, durationMs });
    };
  }

  #refuse(
    exchange: Exchange,
    { query, status, message }: { query: string; status: 400 | 503; message: string },
  ): void {
    const client = clientIn(query) ?? callerOf(exchange);
    this.#accounts.of(client).add(status === 503 ? "rejected" : "invalid");
    this.#options.onEvent?.({ kind: "refused", client, status, message });
    exchange.answer(this.#plainText(status, message));
  }

  #typeHeaders(): Answer["headers"] {
    return [["content-type", "application/octet-stream"], this.#date.now()];
  }

  /** A HEAD may announce the length of a response that is sent without one: RFC 9110 section 8.6. */
  #lengthHeaders({ sizeBytes, count }: BlocksRequest): Answer["headers"] {
    return [...this.#typeHeaders(), ["content-length", String(sizeBytes * count)]];
  }

  #plainText(status: number, message: string): Answer {
    return this.#text(status, { type: "text/plain; charset=utf-8", text: `${message}\n` });
  }

  #text(status: number, { type, text }: { type: string; text: string }): Answer {
    const body = ENCODER.encode(text);
    return { status, headers: [["content-type", type], this.#date.now()], body };
  }
}

const ENCODER = new TextEncoder();

/** Under which name its traffic is counted, where the query has none. */
function callerOf(exchange: Exchange): string {
  return exchange.header("x-scaletool-run") || exchange.remoteAddr.hostname;
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

const FORM_METHODS: readonly string[] = ["POST", "PUT", "PATCH"];

function hasForm(exchange: Exchange): boolean {
  if (!FORM_METHODS.includes(exchange.method)) return false;
  const type = exchange.header("content-type")?.split(";")[0]?.trim().toLowerCase();
  return type === "application/x-www-form-urlencoded";
}

/** @throws {RangeError} if the form is larger than 4 KiB */
async function readForm(exchange: Exchange): Promise<string> {
  try {
    return new TextDecoder().decode(await exchange.readBody(MAX_FORM_BYTES));
  } catch (error) {
    if (!(error instanceof BodyTooLargeError)) throw error;
    throw new RangeError(`Cannot read the form: ${error.message}`, { cause: error });
  }
}
