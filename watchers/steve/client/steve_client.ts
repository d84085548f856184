/**
 * How does one request get to Steve, and what does it answer? HTTP/1.1 with the session's cookie or
 * token; lists, schemas, WebSockets. Never retries, and never shows a secret: neither a header nor a
 * body is part of an error.
 * @module
 */

import { given } from "../../../core/given.ts";
import { shownUrl } from "../../../core/net/address.ts";
import { parsedJson } from "../../../core/parsed_json.ts";
import * as z from "zod";
import { OperationFailedError } from "../../../core/errors.ts";
import type { Clock } from "../../../core/load/clock.ts";
import { withinTime } from "../../../core/load/deadline.ts";
import {
  type ChannelTarget,
  type HttpChannel,
  type HttpRequest,
  openHttpChannel,
} from "../../../core/net/http_channel.ts";
import { StatusError } from "../../../kube/status_error.ts";
import type { SteveType } from "../written_event.ts";

/** All it takes to reach a Steve; plain data, as it is also sent to threads. Holds secrets. */
export interface SteveAccess {
  /** `baseUrl`: what `/v1` is appended to. */
  readonly target: Omit<ChannelTarget, "http1">;
  /** Sent with each request: the session. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly userAgent: string;
  /** Longest time for one answer, ms; 0: no limit. */
  readonly requestTimeoutMs: number;
}

interface SteveRequest {
  readonly method?: "GET" | "POST";
  /** Begins with a slash and has its query. */
  readonly path: string;
  /** From the server's root and not from `baseUrl`. */
  readonly isOfRoot?: boolean;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

export interface SteveAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Of the body as it came; uncompressed unless the server compresses unasked. */
  readonly bytes: number;
  readonly text: string;
}

/** Query parameters of a list. Source: rancher/steve, README, "List". */
export interface ListQuery {
  /** In the path, which is not the same as a filter: it also decides on permissions. */
  readonly namespace?: string;
  /** Each as `metadata.namespace=x`; all must hold. */
  readonly filter?: readonly string[];
  /** Fields to leave out of the objects, e.g. `data`. */
  readonly exclude?: readonly string[];
  /** Not older than this. */
  readonly revision?: string;
  readonly pageSize?: number;
  readonly signal?: AbortSignal;
}

const Collection = z.object({
  type: z.literal("collection"),
  resourceType: z.string().optional(),
  revision: z.string().optional(),
  count: z.number().optional(),
  data: z.array(z.record(z.string(), z.unknown())),
});

/** A list of Steve. */
export interface SteveList extends z.infer<typeof Collection> {
  readonly bytes: number;
}

/** Source: rancher/apiserver, pkg/types, Error; Rancher's own layer has the status as a text. */
const SteveError = z.object({
  type: z.literal("error"),
  code: z.string().optional(),
  message: z.string().optional(),
});

const Schema = z.object({
  attributes: z.object({
    columns: z.array(z.object({ name: z.string() })).nullish(),
  }).nullish(),
});

const NEVER = new AbortController().signal;

const HINT_WORDS = {
  ca: "--steve-ca FILE",
  url: "--steve-url",
  insecure: "--insecure-skip-tls-verify",
  http1: "an HTTP/1.1 port of it",
};

/** See the module. Dispose it when its requests have ended. */
export class SteveClient implements Disposable {
  readonly access: SteveAccess;
  readonly #channel: HttpChannel;
  readonly #clock: Clock;

  private constructor(access: SteveAccess, parts: { channel: HttpChannel; clock: Clock }) {
    this.access = access;
    this.#channel = parts.channel;
    this.#clock = parts.clock;
  }

  /** Nothing is sent yet. */
  static async open(access: SteveAccess, { clock }: { clock: Clock }): Promise<SteveClient> {
    // Only HTTP/1.1 can become a WebSocket (RFC 6455, section 4.1).
    const channel = await openHttpChannel({ ...access.target, http1: true });
    return new SteveClient(access, { channel, clock });
  }

  get url(): string {
    return this.access.target.baseUrl;
  }

  /** `wss://host/v1/subscribe`. */
  get subscribeUrl(): string {
    return `${this.url}/v1/subscribe`.replace(/^http/, "ws");
  }

  /** Begins to open the socket of {@link subscribeUrl}; it may still fail to connect. */
  subscribe(): WebSocket {
    const url = this.#channel.reachable(`${this.url}/v1/subscribe`).replace(/^http/, "ws");
    return new WebSocket(url, { headers: this.#headers(), client: this.#channel.client });
  }

  /**
   * Also the answers that refuse.
   * @throws {OperationFailedError} if none comes
   * @throws the signal's reason, unchanged, once it has aborted
   */
  async exchange({ signal = NEVER, ...request }: SteveRequest): Promise<SteveAnswer> {
    const { requestTimeoutMs: limitMs } = this.access;
    const failure = (error: unknown) =>
      this.#channel.failure(error, this.#sent(request, signal), HINT_WORDS);
    const late = new OperationFailedError("timeout", `no answer in ${limitMs} ms`);
    try {
      // fetch may miss an abort once the headers are there, so that the wait itself is cut.
      return await withinTime(this.#clock, (cut) => this.#fetch(request, cut), {
        limitMs: limitMs === 0 ? Infinity : limitMs,
        signal,
        late: () => failure(late) as Error,
      });
    } catch (error) {
      throw error instanceof OperationFailedError ? error : failure(error);
    }
  }

  /**
   * As {@link exchange}, and only what succeeded.
   * @throws {StatusError} for any other answer
   */
  async call(request: SteveRequest): Promise<SteveAnswer> {
    const answer = await this.exchange(request);
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw refusal(answer, `${request.method ?? "GET"} ${this.#urlOf(request)}`);
  }

  /**
   * One list, whole.
   * @param type e.g. `configmaps`
   */
  async list(type: SteveType, { signal, ...query }: ListQuery = {}): Promise<SteveList> {
    const path = listPath(type, query);
    const answer = await this.call({ path, ...given({ signal }) });
    const parsed = Collection.safeParse(parsedJson(answer.text));
    if (parsed.success) return { ...parsed.data, bytes: answer.bytes };
    const what = `Cannot read the answer to GET ${this.url}${path}: it is no collection of Steve`;
    throw new OperationFailedError("protocol", what);
  }

  /** The names of the columns in which Steve shows a type, in order; none if it has no such. */
  async columns(schemaId: string, signal?: AbortSignal): Promise<readonly string[]> {
    const path = `/v1/schemas/${encodeURIComponent(schemaId)}`;
    const { text } = await this.call({ path, ...given({ signal }) });
    const parsed = Schema.safeParse(parsedJson(text));
    if (parsed.success) return (parsed.data.attributes?.columns ?? []).map(({ name }) => name);
    const what = `Cannot read the answer to GET ${this.url}${path}: it is no schema of Steve`;
    throw new OperationFailedError("protocol", what);
  }

  [Symbol.dispose](): void {
    this.#channel[Symbol.dispose]();
  }

  async #fetch(request: SteveRequest, signal: AbortSignal): Promise<SteveAnswer> {
    const answer = await this.#channel.send(this.#sent(request, signal), HINT_WORDS);
    const bytes = new Uint8Array(await answer.arrayBuffer());
    const { status, headers } = answer;
    return { status, headers, bytes: bytes.length, text: new TextDecoder().decode(bytes) };
  }

  #sent({ method = "GET", body, ...request }: SteveRequest, signal: AbortSignal): HttpRequest {
    return {
      method,
      url: this.#urlOf(request),
      headers: [
        ...this.#headers(),
        ["accept", "application/json"],
        ...(body === undefined ? [] : [["content-type", "application/json"] as const]),
      ],
      body: body === undefined ? undefined : JSON.stringify(body),
      signal,
    };
  }

  #headers(): [string, string][] {
    const { headers, userAgent } = this.access;
    return [["user-agent", userAgent], ...headers.map(([n, v]): [string, string] => [n, v])];
  }

  #urlOf({ path, isOfRoot = false }: SteveRequest): string {
    return (isOfRoot ? new URL(this.url).origin : this.url) + path;
  }
}

/** `/v1/configmaps/ns?filter=...`. */
export function listPath(type: SteveType, query: Omit<ListQuery, "signal">): string {
  const { namespace, filter = [], exclude = [], revision, pageSize } = query;
  const parts = ["v1", type, ...(namespace === undefined ? [] : [namespace])];
  const parameters = new URLSearchParams([
    ...filter.map((term) => ["filter", term]),
    ...exclude.map((field) => ["exclude", field]),
    ...(revision === undefined ? [] : [["revision", revision]]),
    ...(pageSize === undefined ? [] : [["pagesize", String(pageSize)]]),
  ]);
  const text = parameters.size === 0 ? "" : `?${parameters}`;
  return `/${parts.map(encodeURIComponent).join("/")}${text}`;
}

/** What an answer other than success says, as the error of the request `what`. */
export function refusal({ status, headers, text }: SteveAnswer, what: string): StatusError {
  const said = SteveError.safeParse(parsedJson(text)).data;
  const location = status < 400 ? headers.get("location") : null;
  const message = location === null
    ? said?.message || said?.code || `the server answered ${status}`
    : `the server redirects to "${shownUrl(location).slice(0, 200)}"`;
  const retryAfterSec = Number(headers.get("retry-after") || NaN);
  return new StatusError(
    { kind: "Status", message: `Cannot ${what}: ${message} (${status})` },
    { code: status, ...(retryAfterSec >= 0 ? { retryAfterMs: retryAfterSec * 1_000 } : {}) },
  );
}
