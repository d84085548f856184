/**
 * How does `fetch` get to one server? One `Deno.HttpClient` (over HTTP/2 one connection, over
 * HTTP/1.1 one for each request under way) with the TLS settings of a target, behind a relay where
 * Deno's client cannot do what was asked. It sends nothing by itself.
 * @module
 */

import { given } from "../given.ts";
import { OperationFailedError } from "../errors.ts";
import { explainFailure, type FailureTold, type HintWords } from "./fetch_failure.ts";
import type { PemPair } from "./pem_pair.ts";
import { proxyAddress, type ProxyServer } from "./proxy.ts";
import { shownUrl } from "./address.ts";
import type { TlsTarget } from "./node_tls.ts";
import { startTlsRelay, type TlsRelay } from "./tls_relay.ts";

export type { PemPair };

/** Plain data, as it is also sent to worker threads. */
export interface ChannelTarget {
  /** `https://host:port`, with a path or without. `http://` is taken too, and then nothing of TLS counts. */
  readonly baseUrl: string;
  /** Authorities to trust beside the system's, PEM. */
  readonly caPem?: string;
  /** Takes any certificate; see {@link startTlsRelay} for what that costs. */
  readonly insecure: boolean;
  /** Name in the certificate, if it is not the host of the URL; costs a relay too. */
  readonly serverName?: string;
  readonly http1: boolean;
  readonly clientCert?: PemPair;
  /** Absent: none. What the environment says counts only as proxy.ts reads it. */
  readonly proxy?: ProxyServer;
}

const HTTP_PORT = 80;
const HTTPS_PORT = 443;

/** One request as it goes over the wire. */
export interface HttpRequest {
  /** @default {"GET"} */
  readonly method?: string;
  /** Of the channel's origin. */
  readonly url: string;
  /** One of a name that is there twice is sent twice. */
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body?: string | undefined;
  /** Gives it up; it then rejects with the signal's reason. */
  readonly signal: AbortSignal;
}

/** As the platform's `fetch`, which it is unless the other side is in this process. */
export type Fetch = (
  url: string,
  init: RequestInit & { readonly client?: Deno.HttpClient },
) => Promise<Response>;

/** Dispose it when its requests have ended: those that have not keep its connection open. */
export class HttpChannel implements Disposable {
  readonly client: Deno.HttpClient;
  readonly #origin: string;
  readonly #relay: TlsRelay | undefined;
  readonly #proxy: ProxyServer | undefined;
  readonly #fetch: Fetch;

  /** Use {@link openHttpChannel}. */
  constructor(target: ChannelTarget, relay: TlsRelay | undefined, by: Fetch = fetch) {
    this.#origin = new URL(target.baseUrl).origin;
    this.#relay = relay;
    this.#proxy = target.proxy;
    this.#fetch = by;
    this.client = Deno.createHttpClient(clientOptions(target, relay));
  }

  /** Whether every byte takes another hop through this process. */
  get isRelayed(): boolean {
    return this.#relay !== undefined;
  }

  /**
   * Resolves with the headers of any answer, redirects included; its body is still to come. What is
   * measured is what was sent: nothing is followed, and nothing compressed that does not ask for it.
   * @param words of the hint in the error's message
   * @throws {OperationFailedError} if there is no answer
   * @throws {RangeError} if the URL is of another origin
   */
  async send(request: HttpRequest, words: HintWords): Promise<Response> {
    const { method = "GET", url, headers = [], body, signal } = request;
    const sent = headers.map(([name, value]): [string, string] => [name, value]);
    // Unasked, fetch allows the server to compress, which costs both ends and hides the size.
    const isAsked = sent.some(([name]) => name.toLowerCase() === "accept-encoding");
    if (!isAsked) sent.push(["accept-encoding", "identity"]);
    const init = { method, headers: sent, signal, ...(body === undefined ? {} : { body }) };
    const reachable = this.reachable(url); // what it throws is no failure of the target
    try {
      return await this.#ask(reachable, init);
    } catch (error) {
      throw this.failure(error, request, words);
    }
  }

  /**
   * As the platform's `fetch`, over this channel; nothing is followed.
   * @throws {RangeError} at once, if the URL is of another origin
   */
  fetch(url: string, init: RequestInit): Promise<Response> {
    return this.#ask(this.reachable(url), init);
  }

  #ask(reachable: string, init: RequestInit): Promise<Response> {
    const by = this.#fetch; // called on nothing: the platform's wants it so
    return by(reachable, { ...init, redirect: "manual", client: this.client });
  }

  /** What to throw for what `fetch` or the reader of a body threw. */
  failure(error: unknown, request: HttpRequest, words: HintWords): unknown {
    const { method = "GET", url, signal } = request;
    if (signal.aborted) return signal.reason;
    const { cause, reason, text } = this.explain(error, words);
    const message = `Cannot ${method} ${shownUrl(url)}: ${text}`;
    return new OperationFailedError(reason, message, { why: text, cause });
  }

  /**
   * What to say of a request over it that got no answer.
   * @param thrown by `fetch`, which sees of the relay's failures nothing but a hang-up
   */
  explain(thrown: unknown, words: HintWords): FailureTold & { readonly cause: unknown } {
    const cause = this.#relay?.failure ?? thrown;
    return { cause, ...explainFailure(cause, { words, proxy: this.#proxy }) };
  }

  /**
   * The URL as the client has to see it: behind the relay nothing is encrypted any more.
   * @throws {RangeError} if it is not of the target's origin
   */
  reachable(url: string): string {
    if (this.#relay === undefined && url.startsWith(`${this.#origin}/`)) return url;
    const target = new URL(url);
    if (target.origin !== this.#origin) {
      throw new RangeError(`Cannot get ${url} over a connection to ${this.#origin}`);
    }
    if (this.#relay === undefined) return url;
    const port = target.port || HTTPS_PORT;
    return `http://${target.hostname}:${port}${target.pathname}${target.search}`;
  }

  [Symbol.dispose](): void {
    this.client.close();
    this.#relay?.[Symbol.dispose]();
  }
}

/** To which port its connections go. */
export function remotePort({ baseUrl, proxy }: Pick<ChannelTarget, "baseUrl" | "proxy">): number {
  if (proxy !== undefined) return proxyAddress(proxy).port;
  const { protocol, port } = new URL(baseUrl);
  return Number(port || (protocol === "http:" ? HTTP_PORT : HTTPS_PORT));
}

/**
 * A channel that is ready for requests; nothing has been sent to the target yet.
 * @param by what sends them; the platform's unless given
 */
export async function openHttpChannel(target: ChannelTarget, by?: Fetch): Promise<HttpChannel> {
  const base = new URL(target.baseUrl);
  const needsRelay = base.protocol === "https:" &&
    (target.insecure || target.serverName !== undefined);
  const relay = needsRelay ? await startTlsRelay(relayTarget(base, target)) : undefined;
  return new HttpChannel(target, relay, by);
}

function clientOptions(
  { caPem, http1, clientCert, proxy }: ChannelTarget,
  relay: TlsRelay | undefined,
): Deno.CreateHttpClientOptions {
  const protocol = {
    http1,
    http2: !http1,
    // Between two requests the connection stays, however long the pause.
    poolIdleTimeout: false as const,
  };
  if (relay !== undefined) return { ...protocol, proxy: relay.proxy };
  return {
    ...protocol,
    ...(caPem === undefined ? {} : { caCerts: [caPem] }),
    ...(clientCert ? { cert: clientCert.certPem, key: clientCert.keyPem } : {}),
    ...(proxy === undefined ? {} : { proxy: { url: proxy.url } }),
  };
}

function relayTarget(base: URL, target: ChannelTarget): TlsTarget {
  const { http1, clientCert, serverName, insecure, caPem, proxy } = target;
  return {
    hostname: base.hostname.replace(/^\[|\]$/g, ""),
    port: Number(base.port || HTTPS_PORT),
    alpn: http1 ? "http/1.1" : "h2",
    ...(insecure ? {} : { verify: { caPem } }),
    ...given({ serverName }),
    ...(clientCert ? { clientCert } : {}),
    ...given({ proxy }),
  };
}
